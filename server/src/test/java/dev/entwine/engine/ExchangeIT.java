package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rows exchange values that only one of them may have, at one site, while applications work with the same rows at the other: none of
 * these ever misses a row that has been there all the time.
 */
final class ExchangeIT {
    private static final int EXCHANGES = 151;
    /** So that the engine keeps up, and yet is hardly ever alone with the rows. */
    private static final int PAUSE_MS = 3;

    private static final String SCHEMA = """
        CREATE TABLE seat (id int PRIMARY KEY, guest text UNIQUE, place int NOT NULL UNIQUE,
                           hits bigint NOT NULL DEFAULT 0);
        CREATE TABLE note (id int PRIMARY KEY, seat int NOT NULL REFERENCES seat);
        ALTER TABLE seat REPLICA IDENTITY FULL;
        INSERT INTO seat SELECT i, 'guest ' || i, i FROM generate_series(1, 4) i;
        """;

    private static final String RULES = """
          - match: public.seat
            on_conflict: merge
            columns: {hits: sum}
          - match: public.note
        """;

    private final AtomicBoolean over = new AtomicBoolean();

    /** Of a column that may be empty, and of one that may not; with a server that tells what a statement overwrites, and one that does not. */
    @ParameterizedTest
    @CsvSource({"18, guest, NULL", "18, place, -place", "15, guest, NULL", "15, place, -place"})
    void no_application_misses_a_row_that_exchanges_values(int version, String column, String meanwhile)
            throws Exception {
        PostgresBinaries binaries = PostgresVersions.ofMajor(version);
        try (Sites sites = Sites.start(binaries, PostgresOptions.DEFAULTS, "east", "west")
                        .withRules(RULES);
                ExecutorService threads = Executors.newCachedThreadPool()) {
            sites.everywhere(SCHEMA);
            sites.command(0, "init", "--equal");
            Process engine = sites.engine();
            List<Future<Integer>> applications = new ArrayList<>();
            applications.add(threads.submit(() -> add(sites, 1)));
            applications.add(threads.submit(() -> add(sites, 2)));
            Future<Integer> notes = threads.submit(() -> refer(sites));
            try {
                exchange(sites, column, meanwhile);
                awaitExchanged(sites, column);
            } finally {
                over.set(true);
            }
            int added = 0;
            for (Future<Integer> application : applications) {
                added += application.get();
            }
            int referred = notes.get();
            sites.command(0, "wait", "--timeout", "60s");
            Sites.stop(engine);
            sites.requireAlike(List.of("seat", "note"));
            assertThat(sites.value("east", "SELECT sum(hits) FROM seat")).isEqualTo("" + added);
            assertThat(sites.value("east", "SELECT count(*) FROM note")).isEqualTo("" + referred);
        }
    }

    private static void exchange(Sites sites, String column, String meanwhile)
            throws SQLException, InterruptedException {
        String swap = "BEGIN; UPDATE seat SET " + column + " = " + meanwhile + " WHERE id IN (1, 2); UPDATE seat SET "
                + column + " = CASE WHEN (id = 1) = %s THEN %s ELSE %s END WHERE id IN (1, 2); COMMIT";
        String one = column.equals("place") ? "1" : "'guest 1'";
        String other = column.equals("place") ? "2" : "'guest 2'";
        try (Connection connection = sites.connect("east");
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < EXCHANGES; i++) {
                statement.execute(swap.formatted(i % 2 == 1, one, other));
                Thread.sleep(PAUSE_MS * 10);
            }
        }
    }

    /** The number of exchanges is odd, so the last one shows. */
    private static void awaitExchanged(Sites sites, String column) throws Exception {
        String sql = "SELECT string_agg(" + column + "::text, ' ' ORDER BY id) FROM seat";
        String last = sites.value("east", sql);
        for (int look = 0; !sites.value("west", sql).equals(last); look++) {
            assertThat(look).as("looks for the last exchange at the other site").isLessThan(300);
            Thread.sleep(100);
        }
    }

    /** Returns how often. */
    private int add(Sites sites, int id) throws SQLException, InterruptedException {
        int added = 0;
        try (Connection connection = sites.connect("west");
                Statement statement = connection.createStatement()) {
            while (!over.get()) {
                assertThat(statement.executeUpdate("UPDATE seat SET hits = hits + 1 WHERE id = " + id))
                        .as("rows that update " + added + " of row " + id + " has found")
                        .isEqualTo(1);
                added++;
                Thread.sleep(PAUSE_MS);
            }
        }
        return added;
    }

    /** A child that comes waits for its parent, if somebody has it locked, and finds it. */
    private int refer(Sites sites) throws SQLException, InterruptedException {
        int referred = 0;
        try (Connection connection = sites.connect("west");
                Statement statement = connection.createStatement()) {
            while (!over.get()) {
                referred++;
                statement.execute("INSERT INTO note VALUES (" + referred + ", " + (1 + referred % 2) + ")");
                Thread.sleep(PAUSE_MS);
            }
        }
        return referred;
    }
}
