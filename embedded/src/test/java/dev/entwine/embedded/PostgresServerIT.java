package dev.entwine.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresServerIT {
    private static final String TABLE = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)";

    @Test
    void settings_are_overridden_and_alter_system_wins_over_them() throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withSetting("max_replication_slots", "7");
        try (PostgresServer server = PostgresServer.start(PostgresBinaries.bundled(), options)) {
            assertThat(server.value("postgres", "SHOW max_replication_slots")).isEqualTo("7");
            assertThat(server.value("postgres", "SHOW wal_level")).isEqualTo("logical");
            server.execute("postgres", "ALTER SYSTEM SET max_replication_slots = 9");
            server.restart();
            assertThat(server.value("postgres", "SHOW max_replication_slots")).isEqualTo("9");
        }
    }

    @Test
    void a_database_is_created_and_a_stopped_server_starts_again_on_its_port() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            server.createDatabase("shop");
            server.execute("shop", TABLE);
            int port = server.port();
            server.stop();
            assertThat(server.isRunning()).isFalse();
            assertThatThrownBy(() -> server.connect("shop")).isInstanceOf(SQLException.class);
            server.startAgain();
            assertThat(server.port()).isEqualTo(port);
            assertThat(server.value("shop", "SELECT id FROM t")).isEqualTo("1");
        }
    }

    @Test
    void a_paused_server_does_not_answer_until_it_is_resumed() throws Exception {
        try (PostgresServer server = PostgresServer.start();
                Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement()) {
            server.pause();
            CompletableFuture<Boolean> answer = CompletableFuture.supplyAsync(() -> executed(statement, "SELECT 1"));
            assertThatThrownBy(() -> answer.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            server.resume();
            assertThat(answer.get(10, TimeUnit.SECONDS)).isTrue();
            server.pause();
            server.kill();
            server.startAgain();
            assertThat(server.value("postgres", "SELECT 1")).isEqualTo("1");
        }
    }

    private static boolean executed(Statement statement, String sql) {
        try {
            return statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void with_a_password_nobody_comes_in_without_it() throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword("it's secret");
        assertThat(options.toString()).doesNotContain("secret");
        try (PostgresServer server = PostgresServer.start(PostgresBinaries.bundled(), options)) {
            assertThat(server.value("postgres", "SELECT 1")).isEqualTo("1");
            assertThatThrownBy(() -> DriverManager.getConnection(server.url("postgres"), "postgres", "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void a_given_data_directory_is_kept_and_used_again(@TempDir Path folder) throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withDataDirectory(folder.resolve("data"));
        try (PostgresServer server = PostgresServer.start(PostgresBinaries.bundled(), options)) {
            server.execute("postgres", TABLE);
        }
        try (PostgresServer server = PostgresServer.start(PostgresBinaries.bundled(), options)) {
            assertThat(server.value("postgres", "SELECT id FROM t")).isEqualTo("1");
        }
    }

    @Test
    void a_temporary_data_directory_is_gone_after_close() throws Exception {
        Path data;
        try (PostgresServer server = PostgresServer.start()) {
            data = Path.of(String.valueOf(server.value("postgres", "SHOW data_directory")));
            assertThat(data).exists();
        }
        assertThat(data.getParent()).doesNotExist();
    }

    @Test
    void a_port_in_use_is_reported_with_the_servers_own_words() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            PostgresOptions same = PostgresOptions.DEFAULTS.withPort(server.port());
            assertThatThrownBy(() -> PostgresServer.start(PostgresBinaries.bundled(), same))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("did not start")
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void root_without_user_namespaces_runs_the_server_as_nobody() throws Exception {
        assumeTrue(Launch.isRoot(), "only root can become somebody else");
        PostgresBinaries binaries = PostgresBinaries.bundled(Launch.NOBODY);
        try (PostgresServer server = PostgresServer.start(binaries, PostgresOptions.DEFAULTS.withPassword("x"))) {
            server.execute("postgres", TABLE);
            server.kill();
            server.startAgain();
            Path data = Path.of(String.valueOf(server.value("postgres", "SHOW data_directory")));
            assertThat(Files.getAttribute(data.resolve("PG_VERSION"), "unix:uid"))
                    .isEqualTo(65534);
        }
    }

    @Test
    void the_clock_is_shifted_where_libfaketime_is_installed() throws Exception {
        assumeTrue(PostgresServer.canShiftClock(), "libfaketime is not installed");
        PostgresOptions options = PostgresOptions.DEFAULTS.withClockOffset(Duration.ofHours(-3));
        try (PostgresServer server = PostgresServer.start(PostgresBinaries.bundled(), options)) {
            String shift = server.value(
                    "postgres", "SELECT round(extract(epoch FROM now()) - " + System.currentTimeMillis() / 1000 + ")");
            assertThat(Long.parseLong(String.valueOf(shift))).isBetween(-10_805L, -10_795L);
        }
    }
}
