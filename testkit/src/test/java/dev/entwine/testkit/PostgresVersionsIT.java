package dev.entwine.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PostgresVersionsIT {
    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @Test
    void every_supported_version_is_there() {
        assertThat(versions()).extracting(PostgresBinaries::major).containsExactly(14, 15, 16, 17, 18);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void a_server_keeps_committed_rows_when_it_is_killed(PostgresBinaries version) throws Exception {
        try (PostgresServer server = PostgresServer.start(version, PostgresOptions.DEFAULTS.withFsync())) {
            assertThat(server.value("postgres", "SHOW server_version")).startsWith(version.major() + ".");
            server.execute("postgres", "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'ä')");
            server.kill();
            assertThat(server.isRunning()).isFalse();
            server.startAgain();
            assertThat(server.value("postgres", "SELECT x FROM t WHERE id = 1")).isEqualTo("ä");
        }
    }
}
