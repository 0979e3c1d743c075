package dev.entwine.bench;

import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is measured while applications write: lag, collisions, and what the source pays. Owned by the main thread. */
final class LiveWorkloads {
    static final String STEADY = "steady";
    static final String STORM = "storm";
    static final String SOURCE = "source";

    private static final long SEED = 20_260_101;
    private static final int PROBE_MS = 20;

    /** Of these a third finds no row or one too many. */
    private static final int STEADY_OPERATIONS = 750;

    private static final int STEADY_WRITERS = 8;
    private static final int STEADY_ROWS = 1_000;
    private static final int STORM_ROWS = 1_000;
    private static final int SOURCE_ROWS = 100_000;
    private static final int CONNECTIONS = 4;
    private static final int STORM_RATE = 500;
    private static final String UPDATE = "UPDATE item SET a = a + 1, c = clock_timestamp() WHERE id = ?";
    private static final double PERCENT_99 = 0.99;
    private static final double PERCENT_99_9 = 0.999;

    private final Pair pair;
    private final Results results;
    private final List<String> javaOptions;
    private final LagRound.Timing timing;

    /**
     * @param warmUp  seconds under load before anything counts
     * @param seconds that each round measures
     */
    LiveWorkloads(Pair pair, Results results, List<String> javaOptions, int warmUp, int seconds) {
        this.pair = pair;
        this.results = results;
        this.javaOptions = javaOptions;
        this.timing = new LagRound.Timing(warmUp, seconds, PROBE_MS);
    }

    /** Each site writes rows of its own: the servers' own replication stops at the first insert that collides. */
    void steady(Rival rival, String database) throws Exception {
        WorkloadOptions load = new WorkloadOptions(SEED, STEADY_OPERATIONS, STEADY_ROWS, STEADY_WRITERS);
        pair.create(database, load);
        Map<String, Workload.Connector> writers = new TreeMap<>();
        for (String site : Pair.SITES) {
            writers.put(site, pair.connector(site, database, site)::connect);
        }
        Contender.Stopped stopped = rival.prepare(pair, database, List.of("public", "east", "west"), javaOptions);
        try (Contender contender = stopped.start()) {
            LagRound.Outcome outcome =
                    new LagRound(pair, database, contender, timing).run(() -> MixedLoad.start(load, writers));
            lags(STEADY, rival, outcome);
            Equality.awaitInStep(pair, database);
            results.add(new Measure(STEADY, "engine memory", "MB", false), rival.label(), contender.peakBytes() / 1e6);
        }
        Equality.require(pair, database);
        pair.drop(database);
    }

    private void lags(String workload, Rival rival, LagRound.Outcome outcome) {
        Lags lags = outcome.all();
        Map<String, Double> shares =
                new TreeMap<>(Map.of("p50", 0.5, "p99", PERCENT_99, "p99.9", PERCENT_99_9, "max", 1.0));
        for (String share : List.of("p50", "p99", "p99.9", "max")) {
            add(workload, "lag " + share, "ms", true, rival, lags.milliseconds(shares.getOrDefault(share, 1.0)));
        }
        add(workload, "writes at both", "writes/s", true, rival, outcome.writes());
        add(workload, "engine cpu", "s", false, rival, outcome.ownSeconds());
        add(workload, "server cpu", "s", false, rival, outcome.serverSeconds());
    }

    private void add(String workload, String name, String unit, boolean headline, Rival rival, double value) {
        results.add(new Measure(workload, name, unit, headline), rival.label(), value);
    }

    /** Both sites update the same rows. Whether they are equal afterwards is told, not required, of the servers' own replication. */
    void storm(Rival rival, String database) throws Exception {
        items(database, STORM_ROWS);
        Contender.Stopped stopped = rival.prepare(pair, database, List.of("public"), javaOptions);
        List<Pair.Connector> sites = Pair.SITES.stream()
                .map(site -> pair.connector(site, database, "public"))
                .toList();
        try (Contender contender = stopped.start()) {
            Writers.Task task = new Writers.Task(UPDATE, STORM_ROWS, CONNECTIONS, STORM_RATE);
            LagRound.Outcome outcome =
                    new LagRound(pair, database, contender, timing).run(() -> Writers.start(sites, task));
            lags(STORM, rival, outcome);
            Equality.awaitInStep(pair, database);
        }
        if (rival == Rival.ENTWINE) {
            Equality.require(pair, database);
            String conflicts =
                    pair.server(Pair.SITES.getFirst()).value(database, "SELECT count(*) FROM entwine.conflict");
            add(
                    STORM,
                    "conflicts decided",
                    "conflicts/s",
                    true,
                    rival,
                    number(conflicts) / (timing.warmUp() + timing.seconds()));
        }
        add(STORM, "rows that differ at the end", "rows", true, rival, Equality.rowsThatDiffer(pair, database, "item"));
        pair.drop(database);
    }

    private static double number(@Nullable String text) {
        return text == null ? 0 : Double.parseDouble(text);
    }

    /** How fast one site takes updates, with nothing, with one of the two, and with the other one at work. */
    void source(String subject, String database) throws Exception {
        items(database, SOURCE_ROWS);
        Contender.Stopped stopped = subject.equals(Measure.NOTHING)
                ? () -> Nobody.INSTANCE
                : Rival.of(subject).prepare(pair, database, List.of("public"), javaOptions);
        try (Contender contender = stopped.start()) {
            Writers.Task task = new Writers.Task(UPDATE, SOURCE_ROWS, CONNECTIONS, 0);
            Writers writers = Writers.start(List.of(pair.connector(Pair.SITES.getFirst(), database, "public")), task);
            long counted;
            try (writers) {
                Thread.sleep(timing.warmUp() * 1000L);
                writers.measure();
                long before = writers.writes();
                Thread.sleep(timing.seconds() * 1000L);
                counted = writers.writes() - before;
            }
            results.add(
                    new Measure(SOURCE, "throughput", "transactions/s", true),
                    subject,
                    (double) counted / timing.seconds());
            Lags latencies = writers.latencies();
            results.add(new Measure(SOURCE, "commit p50", "ms", true), subject, latencies.milliseconds(0.5));
            results.add(new Measure(SOURCE, "commit p99", "ms", true), subject, latencies.milliseconds(PERCENT_99));
            if (!subject.equals(Measure.NOTHING)) {
                Equality.awaitInStep(pair, database);
                contender.requireRunning();
            }
        }
        if (!subject.equals(Measure.NOTHING)) {
            Equality.require(pair, database);
        }
        pair.drop(database);
    }

    private void items(String database, int rows) throws Exception {
        for (String site : Pair.SITES) {
            pair.server(site).createDatabase(database);
            pair.server(site).execute(database, Arrivals.TABLES + Backlogs.filled(rows));
        }
    }

    /** Keeps nothing in step. */
    private enum Nobody implements Contender {
        INSTANCE;

        @Override
        public double ownSeconds() {
            return 0;
        }

        @Override
        public long peakBytes() {
            return 0;
        }

        @Override
        public void requireRunning() {}

        @Override
        public void close() {}
    }
}
