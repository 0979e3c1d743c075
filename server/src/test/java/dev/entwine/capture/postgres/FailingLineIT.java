package dev.entwine.capture.postgres;

import static dev.entwine.capture.postgres.Site.table;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.capture.LogReader;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.Cell;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.testkit.FaultProxy;
import dev.entwine.testkit.FaultProxy.Direction;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The line to the server is slow, stops, or breaks. */
final class FailingLineIT {
    private static final Table T = table("t", 1, "id", "a");
    private static final int ROWS = 20_000;

    private Site site;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException, SQLException {
        PostgresServer server = Servers.of(PostgresVersions.newest());
        proxy = FaultProxy.to("127.0.0.1", server.port());
        site = new Site(server);
        site.execute("CREATE TABLE t (id int PRIMARY KEY, a text)");
        site.publish(T);
    }

    @AfterEach
    void stop() throws IOException, SQLException {
        proxy.close();
        site.close();
    }

    private LogReader reader() throws SQLException {
        return site.reader(PostgresServer.SUPERUSER, proxy.port());
    }

    @Test
    void an_acknowledged_position_is_reported_although_a_long_transaction_has_come_to_a_stand_on_the_line()
            throws Exception {
        site.execute("INSERT INTO t VALUES (1, 'a')");
        site.execute("INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(10, 400000) i");
        try (LogReader reader = reader()) {
            Position first = Site.next(reader).position();
            proxy.stall(Direction.TO_CLIENT);
            reader.acknowledge(first);
            site.awaitConfirmed(first);
            proxy.heal();
            assertThat(((LocalTransaction) Site.next(reader)).changes()).hasSize(399_991);
        }
    }

    @Test
    void stalls_in_the_middle_of_messages_do_no_harm() throws Exception {
        int rows = 30;
        site.execute("INSERT INTO t SELECT i, repeat(chr(64 + i), 2000000) FROM generate_series(1, " + rows + ") i");
        try (LogReader reader = reader()) {
            for (int round = 0; round < 5; round++) {
                Thread.sleep(10);
                proxy.stall(Direction.TO_CLIENT);
                // Longer than the interval at which the driver looks up from its reading.
                Thread.sleep(700);
                proxy.heal();
            }
            LocalTransaction transaction = (LocalTransaction) Site.next(reader);
            assertThat(transaction.changes()).hasSize(rows);
            for (int i = 0; i < rows; i++) {
                assertThat(requireNonNull(transaction.changes().get(i).after()).cell(1))
                        .isEqualTo(Cell.text(Character.toString(65 + i).repeat(2_000_000)));
            }
        }
    }

    @Test
    void a_break_at_any_byte_ends_the_reading_and_no_half_transaction_appears() throws Exception {
        site.execute("INSERT INTO t SELECT i, 'x' FROM generate_series(1, " + ROWS + ") i");
        for (int bytes : new int[] {1, 100, 10_001, 300_007}) {
            try (LogReader reader = reader()) {
                proxy.cutAfter(Direction.TO_CLIENT, bytes);
                assertThatThrownBy(() -> {
                            LogEntry entry = Site.next(reader);
                            assertThat(((LocalTransaction) entry).changes()).hasSize(ROWS);
                            Site.next(reader);
                        })
                        .isInstanceOf(SQLException.class);
            }
            proxy.heal();
        }
        try (LogReader reader = reader()) {
            assertThat(site.readOne(reader, LocalTransaction.class).changes()).hasSize(ROWS);
        }
    }

    @Test
    void a_reader_from_which_nobody_takes_stays_alive_and_acknowledges() throws Exception {
        // More than the reader's queue (32 MB) and the sockets on the way hold: two that receive, of up to 32 MB each
        // by the
        // kernel's own choice, and two that send, of up to 4.
        int rows = 100;
        try (LogReader reader = reader()) {
            site.execute("INSERT INTO t VALUES (0, 'first')");
            Position first = Site.next(reader).position();
            site.execute("DO $$ BEGIN FOR i IN 1.." + rows
                    + " LOOP INSERT INTO t VALUES (i, repeat('x', 2000000)); COMMIT; END LOOP; END $$");
            for (int sign = 0; sign < 3; sign++) {
                site.awaitSignOfLife();
            }
            reader.acknowledge(first);
            site.awaitConfirmed(first);
            assertThat(site.unsentBytes()).isGreaterThan(1_000);
            for (int i = 0; i < rows; i++) {
                assertThat(((LocalTransaction) Site.next(reader)).changes()).hasSize(1);
            }
        }
    }
}
