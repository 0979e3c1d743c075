package dev.entwine.cli;

import java.util.function.IntSupplier;

/**
 * Turns SIGTERM and Ctrl-C into an orderly end with an exit code of its own. The virtual machine runs its shutdown hooks then; this
 * one does the work and ends the process itself, for otherwise the exit code would tell of the signal.
 */
final class StopSignal {
    private final Thread hook;

    private StopSignal(Thread hook) {
        this.hook = hook;
    }

    /** @param end ends everything; runs on a thread of its own, once; its result is the exit code */
    static StopSignal onStop(IntSupplier end) {
        Thread hook = new Thread(() -> Runtime.getRuntime().halt(end.getAsInt()), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        return new StopSignal(hook);
    }

    /** The command has come to its own end. Waits for ever if a signal came first: its end counts then. */
    void cancel() throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            hook.join(); // the virtual machine is going down already
        }
    }
}
