package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.engine.Engine;
import dev.entwine.engine.EngineFailure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The service. */
@Command(
        name = "run",
        description =
                "Keep the sites in step until SIGTERM or Ctrl-C. A second engine waits as a standby and takes over when"
                        + " the first one ends.")
final class RunCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    RunCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, EngineFailure, InterruptedException {
        Configuration loaded = configuration.load(context);
        Terminal terminal = context.terminal();
        AtomicReference<@Nullable Engine> running = new AtomicReference<>();
        StopSignal stop = StopSignal.onStop(() -> {
            Engine engine = running.get();
            if (engine != null) {
                engine.close();
            }
            terminal.out().println("stopped");
            terminal.out().flush();
            return ExitCode.FINE;
        });
        try (Engine engine = Engine.start(loaded, host(), text -> say(terminal, text))) {
            running.set(engine);
            say(terminal, "running (epoch " + engine.epoch() + "): " + loaded.siteIds());
            engine.await();
        } finally {
            stop.cancel();
        }
        return ExitCode.FINE;
    }

    private static void say(Terminal terminal, String text) {
        terminal.out().println(text);
        terminal.out().flush();
    }

    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
