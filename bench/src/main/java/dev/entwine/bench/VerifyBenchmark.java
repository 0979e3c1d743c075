package dev.entwine.bench;

import dev.entwine.db.Endpoint;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.Pace;
import dev.entwine.verify.ScanProgress;
import dev.entwine.verify.Streams;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures how fast equal tables are compared, against the bare hash of all rows at both servers at the same time, by one process each;
 * how many bytes go over the line; and how long it takes to find a few rows that differ. {@code -Dverify.rows} (1,000,000) and
 * {@code -Dverify.rounds} (5) can be set.
 */
public final class VerifyBenchmark {
    private static final int ROWS = Integer.getInteger("verify.rows", 1_000_000);
    private static final int ROUNDS = Integer.getInteger("verify.rounds", 5);
    private static final String DATABASE = "verified";
    private static final List<String> COLUMNS =
            List.of("id", "run", "det", "at", "name", "path", "v", "w", "flag", "a", "b", "note");

    /** A table of twelve columns. */
    static final String CREATE = """
        CREATE TABLE t (id bigint PRIMARY KEY, run integer, det integer, at timestamptz, name text, path text,
                        v double precision, w numeric(12,2), flag boolean, a integer, b bigint, note text);
        """;

    /** Fills it; ROWS is the number of rows. */
    static final String FILL = """
        INSERT INTO t SELECT g, g % 1000, g % 77, timestamptz '2026-01-01 00:00Z' + g * interval '1 second', 'name of ' || g,
               '/a/b/c/' || g || '/object', g * 0.37, (g * 1.25)::numeric(12,2), g % 2 = 0, g % 13, g * 17,
               repeat('x', g % 60)
        FROM generate_series(1, ROWS) g;
        """;

    private VerifyBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        try (Pair pair = Pair.start()) {
            for (String site : Pair.SITES) {
                pair.server(site).createDatabase(DATABASE);
                pair.server(site).execute(DATABASE, CREATE + FILL.replace("ROWS", Integer.toString(ROWS)));
                pair.server(site).execute(DATABASE, "VACUUM ANALYZE t");
            }
            measure(pair);
        }
    }

    private static void measure(Pair pair) throws Exception {
        Map<String, CountingRelay> relays = new LinkedHashMap<>();
        List<Endpoint> endpoints = new ArrayList<>();
        for (String site : Pair.SITES) {
            PostgresServer server = pair.server(site);
            CountingRelay relay = CountingRelay.to(server.port());
            relays.put(site, relay);
            String url = server.url(DATABASE).replace(":" + server.port() + "/", ":" + relay.port() + "/");
            endpoints.add(new Endpoint(new SiteId(site), url, PostgresServer.SUPERUSER, server.password()));
        }
        List<Double> bare = new ArrayList<>();
        List<Double> equal = new ArrayList<>();
        List<Double> few = new ArrayList<>();
        long bytes = 0;
        compare(endpoints);
        for (int round = 0; round < ROUNDS; round++) {
            bare.add(bare(pair));
            long before = bytes(relays);
            long start = System.nanoTime();
            require(compare(endpoints), 0);
            equal.add((System.nanoTime() - start) / 1e9);
            bytes = bytes(relays) - before;
            pair.server("west").execute(DATABASE, "UPDATE t SET v = v + 1 WHERE id IN (7, " + ROWS / 2 + ")");
            start = System.nanoTime();
            require(compare(endpoints), 2);
            few.add((System.nanoTime() - start) / 1e9);
            pair.server("west").execute(DATABASE, "UPDATE t SET v = v - 1 WHERE id IN (7, " + ROWS / 2 + ")");
            System.out.printf(
                    "bare hash %.2f s, equal %.2f s, two rows of %,d found in %.2f s, %,d bytes for equal tables%n",
                    bare.getLast(), equal.getLast(), ROWS, few.getLast(), bytes);
        }
        System.out.printf(
                "medians: bare hash %,.0f rows/s, verify %,.0f rows/s: %.0f %%; %,d bytes%n",
                ROWS / median(bare), ROWS / median(equal), 100 * median(bare) / median(equal), bytes);
        for (CountingRelay relay : relays.values()) {
            relay.close();
        }
    }

    private static List<TableComparison> compare(List<Endpoint> endpoints) throws Exception {
        Table table = new Table(new TableId("public", "t"), COLUMNS, List.of(0));
        return new Verification(endpoints, new Verification.Settings(Pace.FULL, 10), ScanProgress.NONE)
                .compare(List.of(table), Streams.NONE);
    }

    private static void require(List<TableComparison> comparisons, long differences) {
        if (comparisons.getFirst().differenceCount() != differences) {
            throw new IllegalStateException("found " + comparisons);
        }
    }

    private static long bytes(Map<String, CountingRelay> relays) {
        return relays.values().stream().mapToLong(CountingRelay::bytes).sum();
    }

    /** Seconds until both servers are through. */
    private static double bare(Pair pair) throws Exception {
        String sql = "SELECT bit_xor(hash_record_extended(ROW(" + String.join(", ", COLUMNS) + "), 0)) FROM t";
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> running = new ArrayList<>();
            for (String site : Pair.SITES) {
                running.add(threads.submit(() -> run(pair, site, sql)));
            }
            for (Future<Boolean> each : running) {
                each.get();
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static boolean run(Pair pair, String site, String sql) throws SQLException {
        try (Connection connection = pair.server(site).connect(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute("SET max_parallel_workers_per_gather = 0");
            return statement.execute(sql);
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
