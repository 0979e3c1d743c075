package dev.entwine.cli;

/** Ends a command with a message for the user. */
final class CommandFailure extends Exception {
    private final int exitCode;

    /** @param message what, where, the state that was found, and the next step */
    CommandFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
