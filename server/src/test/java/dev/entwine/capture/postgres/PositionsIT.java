package dev.entwine.capture.postgres;

import static dev.entwine.capture.postgres.Site.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.capture.LogReader;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** From where the log is read again: nothing is skipped, and nothing that was acknowledged comes back. */
@ParameterizedClass
@MethodSource("versions")
final class PositionsIT {
    private static final Table T = table("t", 1, "id", "a");
    private static final int COMMITS = 1000;

    private final PostgresServer server;
    private Site site;

    PositionsIT(PostgresBinaries version) throws IOException {
        server = Servers.of(version);
    }

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @BeforeEach
    void createTables() throws SQLException {
        site = new Site(server);
        site.execute("CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE other (id int)");
        site.publish(T);
    }

    @AfterEach
    void dropSite() throws SQLException {
        site.close();
    }

    private void commitRows(int from, int to) throws SQLException {
        try (Connection connection = server.connect(site.database());
                Statement statement = connection.createStatement()) {
            for (int id = from; id <= to; id++) {
                statement.execute("INSERT INTO t VALUES (" + id + ", 'x')");
            }
        }
    }

    private static int id(LogEntry entry) {
        return Integer.parseInt(
                ((LocalTransaction) entry).changes().getFirst().key().values().getFirst());
    }

    @Test
    void the_transaction_at_the_acknowledged_position_comes_again_and_none_before_it() throws Exception {
        commitRows(1, COMMITS);
        List<Position> positions = new ArrayList<>();
        try (LogReader reader = site.reader()) {
            for (LogEntry entry : site.readAll(reader)) {
                positions.add(entry.position());
            }
        }
        assertThat(positions).hasSize(COMMITS);
        int[] acknowledged = {1, 2, 3, 100, 101, 499, 500, 501, 998, 999, 1000};
        for (int id : acknowledged) {
            try (LogReader reader = site.reader()) {
                reader.acknowledge(positions.get(id - 1));
                site.awaitConfirmed(positions.get(id - 1));
            }
            try (LogReader reader = site.reader()) {
                LogEntry first = Site.next(reader);
                assertThat(id(first)).isEqualTo(id);
                assertThat(first.position()).isEqualTo(positions.get(id - 1));
            }
        }
    }

    @Test
    void the_slot_never_moves_beyond_what_was_acknowledged() throws Exception {
        commitRows(1, 3);
        try (LogReader reader = site.reader()) {
            Position atStart = site.confirmed();
            List<LogEntry> entries = site.readAll(reader);
            writeElsewhere(Duration.ofSeconds(2), atStart);
            reader.acknowledge(entries.get(1).position());
            reader.acknowledge(entries.get(0).position());
            site.awaitConfirmed(entries.get(1).position());
            writeElsewhere(Duration.ofSeconds(2), entries.get(1).position());
        }
        try (LogReader reader = site.reader()) {
            assertThat(id(Site.next(reader))).isEqualTo(2);
        }
    }

    /** The server then tells again and again how far its log has grown; the driver's own idea is to confirm that. */
    @Test
    void the_slot_of_a_reader_that_has_received_nothing_does_not_move() throws Exception {
        Position atStart = site.confirmed();
        try (LogReader reader = site.reader()) {
            writeElsewhere(Duration.ofSeconds(3), atStart);
            assertThat(site.readAll(reader)).isEmpty();
            assertThat(site.confirmed()).isEqualTo(atStart);
        }
    }

    private void writeElsewhere(Duration time, Position expected) throws Exception {
        long deadline = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < deadline) {
            site.execute("INSERT INTO other SELECT generate_series(1, 1000); SELECT pg_switch_wal()");
            assertThat(site.confirmed()).isEqualTo(expected);
        }
    }

    /** Servers before 17 write a slot to disk at their next need, so that a restart takes it back as a crash does. */
    private static final int MAJOR_THAT_SAVES_SLOTS_AT_SHUTDOWN = 17;

    @Test
    void after_a_restart_of_the_server_a_new_reader_goes_on_without_gap_or_repetition() throws Exception {
        int first = firstAfter(server::restart);
        if (server.binaries().major() >= MAJOR_THAT_SAVES_SLOTS_AT_SHUTDOWN) {
            assertThat(first).isEqualTo(10);
        }
    }

    @Test
    void after_a_crash_of_the_server_a_new_reader_goes_on_without_gap_or_repetition() throws Exception {
        firstAfter(() -> {
            server.kill();
            server.startAgain();
        });
    }

    private interface Trouble {
        void happen() throws IOException;
    }

    /** Reads up to 20, acknowledges 10, and after the trouble up to 30; says with which row the new reader begins. */
    private int firstAfter(Trouble trouble) throws Exception {
        commitRows(1, 20);
        try (LogReader reader = site.reader()) {
            Position tenth = site.readAll(reader).get(9).position();
            reader.acknowledge(tenth);
            site.awaitConfirmed(tenth);
            long began = System.nanoTime();
            trouble.happen();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            assertThatThrownBy(() -> Site.next(reader))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("east")
                    .hasMessageContaining(site.slot());
        }
        commitRows(21, 30);
        try (LogReader reader = site.reader()) {
            List<Integer> ids = site.readAll(reader).stream()
                    .filter(LocalTransaction.class::isInstance)
                    .map(PositionsIT::id)
                    .toList();
            assertThat(ids.getFirst()).isLessThanOrEqualTo(10);
            assertThat(ids).isEqualTo(range(ids.getFirst(), 30));
            return ids.getFirst();
        }
    }

    private static List<Integer> range(int from, int to) {
        return java.util.stream.IntStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void closing_ends_a_wait_at_once() throws Exception {
        LogReader reader = site.reader();
        CompletableFuture<LogEntry> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return reader.next();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        assertThatThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        long closed = System.nanoTime();
        reader.close();
        assertThatThrownBy(() -> waiting.get(5, TimeUnit.SECONDS))
                .rootCause()
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("closed");
        assertThat(Duration.ofNanos(System.nanoTime() - closed)).isLessThan(Duration.ofSeconds(1));
        reader.close();
    }

    @Test
    void closing_leaves_neither_thread_nor_session() throws Exception {
        LogReader reader = site.reader();
        site.readAll(reader);
        reader.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("capture-east");
        Site.within("waiting for the sessions to end", () -> {
            while (!site.value("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + site.database()
                            + "' AND application_name = 'entwine'")
                    .equals("0")) {
                Thread.sleep(20);
            }
            return true;
        });
    }

    @Test
    void the_slot_of_a_reader_that_was_just_closed_can_be_read_again() throws Exception {
        for (int i = 0; i < 20; i++) {
            site.reader().close();
        }
    }

    @Test
    void a_missing_slot_is_an_error_of_the_server() throws Exception {
        server.execute("postgres", "SELECT pg_drop_replication_slot('" + site.slot() + "')");
        assertThatThrownBy(() -> site.reader()).isInstanceOf(SQLException.class).hasMessageContaining(site.slot());
    }
}
