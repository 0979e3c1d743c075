package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.Tls;
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
    private static final int POLL_MS = 1_000;

    private final Context context;

    /** What was told last, of all that was waited for. */
    private String said = "";

    private Engine.Manner manner = Engine.Manner.GIVING_WAY;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    RunCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, EngineFailure, InterruptedException {
        AtomicReference<@Nullable Engine> running = new AtomicReference<>();
        ConsoleSwitch console = new ConsoleSwitch(context, this::say);
        StopSignal stop = StopSignal.onStop(() -> {
            console.close();
            Engine engine = running.get();
            if (engine != null) {
                engine.close();
            }
            say("stopped");
            return ExitCode.FINE;
        });
        try {
            Configuration loaded = configuration.load(context);
            warn(loaded);
            console.on(loaded, loaded.console());
            while (runOnce(loaded, running, console) == Next.READ_AGAIN) {
                loaded = configuration.load(context);
                said = "";
                console.close();
                console.on(loaded, loaded.console());
            }
        } finally {
            console.close();
            stop.cancel();
        }
        return ExitCode.FINE;
    }

    /** How it goes on after an engine, or the attempt to start one, has come to its end. */
    private enum Next {
        END,
        READ_AGAIN
    }

    /** Waits for a command that changes the set, and goes on with it as it is then. */
    private Next runOnce(Configuration loaded, AtomicReference<@Nullable Engine> running, ConsoleSwitch console)
            throws EngineFailure, InterruptedException {
        while (true) {
            try (Engine engine = Engine.start(loaded, host(), this::notice, manner)) {
                running.set(engine);
                console.show(engine);
                console.on(loaded, loaded.console());
                manner = Engine.Manner.GIVING_WAY;
                notice("running (epoch " + engine.epoch() + "): " + loaded.siteIds());
                engine.await();
                return Next.END;
            } catch (EngineFailure e) {
                console.show(null);
                boolean hasWaited = !said.isEmpty();
                switch (e.kind()) {
                    case GAVE_WAY -> notice(String.valueOf(e.getMessage()));
                    case UNFINISHED -> {
                        requireWaited(hasWaited, e);
                        notice(e.getMessage() + "; waiting for that");
                        Thread.sleep(POLL_MS);
                    }
                    case TABLES_DIFFER -> {
                        requireWaited(hasWaited, e);
                        notice(e.getMessage() + "; looking at the tables again");
                        manner = Engine.Manner.PATIENT;
                    }
                    case OTHER_TABLES -> {
                        requireWaited(hasWaited, e);
                        notice("the set has other tables now; reading " + configuration.file() + " again");
                        return Next.READ_AGAIN;
                    }
                    case OTHER, CONFIGURATION -> throw e;
                }
            }
        }
    }

    /** What is found at once was so before anybody waited here, and nobody is at work on it. */
    private static void requireWaited(boolean hasWaited, EngineFailure failure) throws EngineFailure {
        if (!hasWaited) {
            throw failure;
        }
    }

    /** Of ways that nothing guards, at every start: somebody may have meant them for an afternoon. */
    private void warn(Configuration loaded) {
        Terminal terminal = context.terminal();
        loaded.sites().forEach(site -> FindingPrinter.print(Tls.findings(site.endpoint()), terminal, terminal.err()));
        terminal.err().flush();
    }

    private void notice(String text) {
        if (!text.equals(said)) {
            said = text;
            say(text);
        }
    }

    private void say(String text) {
        context.terminal().out().println(text);
        context.terminal().out().flush();
    }

    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
