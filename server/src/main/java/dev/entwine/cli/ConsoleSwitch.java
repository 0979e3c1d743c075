package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConsoleSettings;
import dev.entwine.console.Console;
import dev.entwine.console.Live;
import dev.entwine.engine.Engine;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The console of a command that runs an engine, and who tells when something is amiss. Data does not wait for it: when its address is taken, the command goes on without one, and
 * tries again with the next engine. Owned by the command's thread, but for the engine.
 */
final class ConsoleSwitch implements AutoCloseable {
    private final Context context;
    private final Consumer<String> notice;
    private final AtomicReference<@Nullable Engine> engine = new AtomicReference<>();
    private @Nullable Console console;
    private @Nullable Live live;

    ConsoleSwitch(Context context, Consumer<String> notice) {
        this.context = context;
        this.notice = notice;
    }

    /** The engine that runs now; null for none. */
    void show(@Nullable Engine running) {
        engine.set(running);
    }

    /** Begins, unless it has begun already; the configuration may have other tables than before. */
    void on(Configuration configuration, ConsoleSettings settings) {
        if (live == null && (settings.on() || configuration.notice().isWanted())) {
            live = new Live(
                    this::engine,
                    new ConsoleDesk(context, configuration),
                    configuration.notice(),
                    configuration.engine().spoolBytesMax());
        }
        if (console == null && live != null && settings.on()) {
            listen(configuration, settings, live);
        }
    }

    private Optional<Engine> engine() {
        return Optional.ofNullable(engine.get());
    }

    private void listen(Configuration configuration, ConsoleSettings settings, Live samples) {
        try {
            Console started = Console.start(settings, this::engine, new ConsoleDesk(context, configuration), samples);
            console = started;
            notice.accept("console: " + started.invitation() + " (this link opens it once, within an hour)");
        } catch (IOException e) {
            notice.accept("console: there is none, for " + settings + " cannot be listened at (" + e.getMessage()
                    + "); set console.listen to another address");
        }
    }

    /** Where it listens; 0 for nowhere. */
    int port() {
        return console == null ? 0 : console.port();
    }

    @Override
    public void close() {
        if (live != null) {
            live.close();
            live = null;
        }
        if (console != null) {
            console.close();
            console = null;
        }
    }
}
