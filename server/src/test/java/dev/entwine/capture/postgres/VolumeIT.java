package dev.entwine.capture.postgres;

import static dev.entwine.capture.postgres.Site.table;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.capture.LogReader;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Table;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Large rows, large transactions, and more of both than memory is given for. */
@ParameterizedClass
@MethodSource("versions")
final class VolumeIT {
    private static final Table T = table("t", 1, "id", "a", "n", "at");
    private static final int LARGE_TRANSACTION_ROWS = 200_000;

    private final PostgresServer server;
    private Site site;

    VolumeIT(PostgresBinaries version) throws IOException {
        server = Servers.of(version);
    }

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    @BeforeEach
    void createTables() throws SQLException {
        site = new Site(server);
        site.execute("CREATE TABLE t (id int PRIMARY KEY, a text, n numeric(12,2), at timestamptz)");
        site.publish(T);
    }

    @AfterEach
    void dropSite() throws SQLException {
        site.close();
    }

    private static String rows(int from, int to) {
        return "INSERT INTO t SELECT i, 'text of row ' || i, i / 100.0, '2026-01-01'::timestamptz + i * interval '1 s'"
                + " FROM generate_series(" + from + ", " + to + ") i";
    }

    @Test
    void a_row_of_a_megabyte_comes_whole() throws Exception {
        try (LogReader reader = site.reader()) {
            site.execute("INSERT INTO t SELECT i, repeat(chr(64 + i), 1000000) FROM generate_series(1, 10) i");
            List<Change> changes = site.readOne(reader, LocalTransaction.class).changes();
            assertThat(changes).hasSize(10);
            for (int i = 0; i < 10; i++) {
                Cell large = requireNonNull(changes.get(i).after()).cell(1);
                assertThat(large)
                        .isEqualTo(Cell.text(Character.toString('A' + i).repeat(1_000_000)));
            }
        }
    }

    @Test
    void a_transaction_of_200000_rows_comes_whole_and_in_order() throws Exception {
        site.execute(rows(1, LARGE_TRANSACTION_ROWS));
        site.execute(rows(LARGE_TRANSACTION_ROWS + 1, LARGE_TRANSACTION_ROWS + 1));
        try (LogReader reader = site.reader()) {
            long began = System.nanoTime();
            LocalTransaction large = (LocalTransaction) Site.next(reader);
            Duration time = Duration.ofNanos(System.nanoTime() - began);
            System.out.printf(
                    "%s: one transaction of %d rows: %d rows/s%n",
                    server, LARGE_TRANSACTION_ROWS, LARGE_TRANSACTION_ROWS * 1000L / time.toMillis());
            assertThat(large.changes()).hasSize(LARGE_TRANSACTION_ROWS);
            for (int i = 0; i < LARGE_TRANSACTION_ROWS; i++) {
                assertThat(large.changes().get(i).key().values().getFirst()).isEqualTo(Integer.toString(i + 1));
            }
            assertThat(((LocalTransaction) Site.next(reader)).changes()).hasSize(1);
        }
    }

    @Test
    void many_transactions_wait_in_bounded_memory_until_they_are_taken() throws Exception {
        int transactions = 300;
        site.execute("DO $$ BEGIN FOR i IN 1.." + transactions + " LOOP INSERT INTO t SELECT i * 1000 + j, 'some text'"
                + " FROM generate_series(0, 999) j; COMMIT; END LOOP; END $$");
        try (LogReader reader = site.reader()) {
            long began = System.nanoTime();
            int rows = 0;
            for (LogEntry entry : site.readAll(reader)) {
                rows += ((LocalTransaction) entry).changes().size();
            }
            Duration time = Duration.ofNanos(System.nanoTime() - began);
            System.out.printf("%s: transactions of 1000 rows: %d rows/s%n", server, rows * 1000L / time.toMillis());
            assertThat(rows).isEqualTo(transactions * 1000);
        }
    }
}
