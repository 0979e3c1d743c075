package dev.entwine.capture.postgres;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The server on which tests run; one at a time, kept while tests ask for the same version. It ends with the test process. */
final class Servers {
    private static @Nullable PostgresServer running;

    private Servers() {}

    static synchronized PostgresServer of(PostgresBinaries version) throws IOException {
        PostgresServer before = running;
        if (before != null && before.isRunning() && before.binaries().equals(version)) {
            return before;
        }
        if (before != null) {
            before.close();
        }
        PostgresServer started = PostgresServer.start(version, PostgresOptions.DEFAULTS);
        running = started;
        return started;
    }
}
