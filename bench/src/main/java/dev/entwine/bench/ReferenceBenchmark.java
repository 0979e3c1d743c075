package dev.entwine.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures what checking foreign keys costs: how fast a backlog of rows is applied that refer to parents, with the foreign key declared
 * and without, in turn on the same two servers; medians and their ratio. {@code -Dreferences.rows} (200,000) and
 * {@code -Dreferences.rounds} (5) can be set.
 */
public final class ReferenceBenchmark {
    private static final int ROWS = Integer.getInteger("references.rows", 200_000);
    private static final int ROUNDS = Integer.getInteger("references.rounds", 5);
    private static final int ROWS_PER_TRANSACTION = 10;
    private static final int PARENTS = 10_000;
    private static final int MINUTES_MAX = 10;

    private ReferenceBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        try (Pair pair = Pair.start()) {
            for (int round = 0; round < ROUNDS; round++) {
                without.add(rate(pair, "without_" + round, ""));
                with.add(rate(pair, "with_" + round, " REFERENCES parent"));
                System.out.printf("rows/s without foreign key %,.0f, with %,.0f%n", without.getLast(), with.getLast());
            }
        }
        System.out.printf(
                "medians: without %,.0f, with %,.0f rows/s; ratio %.2f%n",
                median(without), median(with), median(with) / median(without));
    }

    private static double rate(Pair pair, String database, String reference) throws Exception {
        for (String site : Pair.SITES) {
            pair.server(site).createDatabase(database);
            pair.server(site)
                    .execute(
                            database,
                            "CREATE TABLE parent (id int PRIMARY KEY, name text);"
                                    + "CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL" + reference
                                    + ", note text); INSERT INTO parent SELECT g, 'parent' FROM generate_series(1, "
                                    + PARENTS + ") g");
        }
        EngineProcess.Setup setup = EngineProcess.setup(pair, database, "512m", "tables:\n  - match: public.*\n");
        write(pair, database);
        EngineProcess engine = setup.run();
        try {
            int begun = await(pair, database, ROWS / 10);
            long start = System.nanoTime();
            await(pair, database, ROWS);
            return (ROWS - begun) / ((System.nanoTime() - start) / 1e9);
        } finally {
            engine.close();
        }
    }

    private static void write(Pair pair, String database) throws SQLException {
        try (Connection connection = pair.server(Pair.SITES.getFirst()).connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute("""
                DO $$ BEGIN
                    FOR i IN 0 .. %d LOOP
                        INSERT INTO child SELECT i * %d + g, 1 + (i * %d + g) * 7919 %% %d, 'of this parent'
                        FROM generate_series(1, %d) g;
                        COMMIT;
                    END LOOP;
                END $$
                """.formatted(
                            ROWS / ROWS_PER_TRANSACTION - 1,
                            ROWS_PER_TRANSACTION,
                            ROWS_PER_TRANSACTION,
                            PARENTS,
                            ROWS_PER_TRANSACTION));
        }
    }

    /** Waits until so many rows are there, and returns how many there are. */
    private static int await(Pair pair, String database, int rows) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + MINUTES_MAX * 60_000_000_000L;
        try (Connection connection = pair.server(Pair.SITES.getLast()).connect(database);
                Statement statement = connection.createStatement()) {
            while (System.nanoTime() < deadline) {
                try (var row = statement.executeQuery("SELECT coalesce(max(id), 0) FROM child")) {
                    row.next();
                    if (row.getInt(1) >= rows) {
                        return row.getInt(1);
                    }
                }
                Thread.sleep(20);
            }
        }
        throw new IllegalStateException("not all rows have arrived within " + MINUTES_MAX + " minutes");
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
