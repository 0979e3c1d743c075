package dev.entwine.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the forecast against what happens: both sites change rows at random times, all rows alike and then by a Zipf distribution, and the
 * engine says how many collisions it expected and how many it decided. {@code -Dforecast.rate} (250 changes a second at each site), {@code
 * -Dforecast.rows} (60), {@code -Dforecast.zipf.rows} (2000), {@code -Dforecast.seconds} (120) can be set. Exit code 1 when observed over
 * expected is not within 0.9 and 1.1 (uniform), or 1/1.5 and 1.5 (Zipf), or when there were fewer than 1,000 collisions.
 */
public final class ForecastBenchmark {
    private static final String DATABASE = "forecast";
    private static final int RATE = Integer.getInteger("forecast.rate", 250);
    private static final int ROWS = Integer.getInteger("forecast.rows", 60);
    private static final int ZIPF_ROWS = Integer.getInteger("forecast.zipf.rows", 2_000);
    private static final int SECONDS = Integer.getInteger("forecast.seconds", 120);
    private static final double EXPONENT = 0.99;
    private static final int COLLISIONS_MIN = 1_000;
    private static final int WRITERS = 2;
    /** In which the engine is compiled; its latencies are not those of later. */
    private static final int WARMUP_SECONDS = 20;

    private static final int PUBLISHED_MS = 8_000;

    private ForecastBenchmark() {}

    private record Outcome(double expected, double observed) {
        double ratio() {
            return observed / expected;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Outcome uniform = measure("uniform over " + ROWS + " rows", cumulative(ROWS, 0));
        Outcome zipf = measure("Zipf " + EXPONENT + " over " + ZIPF_ROWS + " rows", cumulative(ZIPF_ROWS, EXPONENT));
        boolean good = uniform.ratio() > 0.9
                && uniform.ratio() < 1.1
                && zipf.ratio() > 1 / 1.5
                && zipf.ratio() < 1.5
                && Math.min(uniform.observed(), zipf.observed()) >= COLLISIONS_MIN;
        System.out.println(good ? "as forecast" : "NOT as forecast");
        System.exit(good ? 0 : 1);
    }

    /** The probability of a row or any before it. */
    private static double[] cumulative(int rows, double exponent) {
        double[] sums = new double[rows];
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += Math.pow(i + 1, -exponent);
            sums[i] = sum;
        }
        for (int i = 0; i < rows; i++) {
            sums[i] /= sum;
        }
        return sums;
    }

    private static Outcome measure(String what, double[] cumulative) throws Exception {
        try (Pair pair = Pair.start()) {
            for (String site : Pair.SITES) {
                pair.server(site).createDatabase(DATABASE);
                pair.server(site)
                        .execute(
                                DATABASE,
                                "CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL); INSERT INTO item SELECT g, 0"
                                        + " FROM generate_series(0, " + (cumulative.length - 1) + ") g;"
                                        + "CREATE TABLE warm (id int PRIMARY KEY, n int NOT NULL); INSERT INTO warm"
                                        + " SELECT g, 0 FROM generate_series(0, 100000) g");
            }
            EngineProcess.Setup setup = EngineProcess.setup(
                    pair, DATABASE, "512m", "tables:\n  - match: public.*\nconsole:\n  listen: off\n");
            try (EngineProcess engine = setup.run()) {
                write(pair, "warm", cumulative(100_000, 0), WARMUP_SECONDS);
                write(pair, "item", cumulative, SECONDS);
                Thread.sleep(PUBLISHED_MS);
                Outcome outcome = outcome(pair);
                System.out.printf(
                        "%s: %,.0f collisions observed, %,.0f expected: %.2f (live heap %,d kB)%n",
                        what, outcome.observed(), outcome.expected(), outcome.ratio(), engine.liveBytes() / 1024);
                return outcome;
            }
        }
    }

    private static void write(Pair pair, String table, double[] cumulative, int seconds) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> writers = new ArrayList<>();
            for (String site : Pair.SITES) {
                for (int i = 0; i < WRITERS; i++) {
                    long seed = site.hashCode() + 31L * i;
                    writers.add(threads.submit(() -> write(pair, site, table, cumulative, seconds, seed)));
                }
            }
            for (Future<Integer> writer : writers) {
                writer.get();
            }
        }
    }

    /** One change after the other, at random times. */
    private static int write(Pair pair, String site, String table, double[] cumulative, int seconds, long seed)
            throws SQLException {
        SplittableRandom random = new SplittableRandom(seed);
        int changes = 0;
        try (Connection connection = pair.server(site).connect(DATABASE);
                PreparedStatement update =
                        connection.prepareStatement("UPDATE " + table + " SET n = n + 1 WHERE id = ?")) {
            double mean = 1e9 * WRITERS / RATE;
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            long due = System.nanoTime();
            while (due < end) {
                due += (long) (-mean * Math.log(1 - random.nextDouble()));
                LockSupport.parkNanos(due - System.nanoTime());
                int found = Arrays.binarySearch(cumulative, random.nextDouble());
                update.setInt(1, found < 0 ? -found - 1 : found);
                changes += update.executeUpdate();
            }
        }
        return changes;
    }

    /** As the engine published it last; both numbers are of the same time. */
    private static Outcome outcome(Pair pair) throws SQLException {
        try (Connection connection = pair.server(Pair.SITES.getFirst()).connect(DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                    SELECT (t ->> 'expected_per_hour')::float8 * (status #>> '{forecast,seconds}')::float8 / 3600,
                           (t ->> 'observed_per_hour')::float8 * (status #>> '{forecast,seconds}')::float8 / 3600
                    FROM entwine.lease, jsonb_array_elements(status #> '{forecast,tables}') t
                    WHERE t ->> 'name' = 'item'
                    """)) {
            row.next();
            return new Outcome(row.getDouble(1), row.getDouble(2));
        }
    }
}
