package dev.entwine.bench;

import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures the time from a commit at one site until the row is visible at the other one, both ways, under a mixed load at both:
 * Entwine and the servers' own logical replication in turn, on the same two servers. In these rounds each site writes rows of its
 * own, for the servers' replication stops at the first insert that collides; a last round of Entwine alone has both write the same
 * rows. Entwine does not verify in these rounds; in those of the part {@code verifying} it does so all the time, at the pace that is
 * configured by default. See {@link Settings} for what can be set.
 */
public final class LagBenchmark {
    private static final long SEED = 20_260_101;

    private final Settings settings;
    private final WorkloadOptions load;
    private int databases;

    private LagBenchmark(Settings settings) {
        this.settings = settings;
        this.load = new WorkloadOptions(SEED, settings.rate(), settings.rows(), settings.writers());
    }

    /** Starts what keeps a database in step. */
    private interface Start {
        Contender start(Pair pair, String database) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        new LagBenchmark(Settings.ofSystem()).run();
    }

    private void run() throws Exception {
        say("%s%n".formatted(settings));
        List<Lags> engine = new ArrayList<>();
        List<Lags> verifying = new ArrayList<>();
        List<Lags> own = new ArrayList<>();
        try (Pair pair = Pair.start()) {
            for (int round = 1; round <= settings.rounds(); round++) {
                if (settings.parts().contains("own")) {
                    own.add(round(pair, "the server's own", LagBenchmark::own, false));
                }
                if (settings.parts().contains("entwine")) {
                    engine.add(round(pair, "Entwine", this::engine, false));
                }
                if (settings.parts().contains("verifying")) {
                    verifying.add(round(pair, "Entwine, verifying", this::verifying, false));
                }
            }
            if (settings.parts().contains("colliding")) {
                round(pair, "Entwine, colliding", this::engine, true);
            }
        }
        if (!own.isEmpty() && !engine.isEmpty()) {
            compare("the server's own", Lags.all(own), "Entwine", Lags.all(engine));
        }
        if (!verifying.isEmpty() && !engine.isEmpty()) {
            compare("Entwine", Lags.all(engine), "Entwine, verifying", Lags.all(verifying));
        }
    }

    private static Contender own(Pair pair, String database) throws Exception {
        return OwnReplication.prepare(pair, database).start();
    }

    private Contender engine(Pair pair, String database) throws Exception {
        return EngineProcess.start(pair, database, settings.javaOptions(), "  verify_within: off\n");
    }

    /** So short a time that it never rests but for its pace. */
    private Contender verifying(Pair pair, String database) throws Exception {
        return EngineProcess.start(pair, database, settings.javaOptions(), "  verify_within: 1s\n");
    }

    /** @param shared whether both sites write the same rows */
    private Lags round(Pair pair, String name, Start start, boolean shared) throws Exception {
        String database = "bench_" + ++databases;
        pair.create(database, load);
        Map<String, Workload.Connector> writers = new TreeMap<>();
        for (String site : Pair.SITES) {
            writers.put(site, pair.connector(site, database, shared ? "east" : site)::connect);
        }
        LagRound.Timing timing = new LagRound.Timing(settings.warmUp(), settings.seconds(), settings.probeMs());
        try (Contender contender = start.start(pair, database)) {
            LagRound.Outcome outcome =
                    new LagRound(pair, database, contender, timing).run(() -> MixedLoad.start(load, writers));
            outcome.directions().forEach((site, lags) -> say("%-18s from %s  %s".formatted(name, site, lags)));
            say("%-18s %.0f writes/s at both sites together; processor seconds in %d s: engine %.1f, servers %.1f"
                    .formatted(
                            name, outcome.writes(), settings.seconds(), outcome.ownSeconds(), outcome.serverSeconds()));
            return outcome.all();
        }
    }

    private static void compare(String firstName, Lags first, String secondName, Lags second) {
        say("");
        say("all rounds, %-18s  %s".formatted(firstName, first));
        say("all rounds, %-18s  %s".formatted(secondName, second));
        say("ratio                           p50 %.2f   p99 %.2f   p99.9 %.2f"
                .formatted(ratio(second, first, 0.5), ratio(second, first, 0.99), ratio(second, first, 0.999)));
    }

    private static double ratio(Lags one, Lags other, double share) {
        return one.milliseconds(share) / other.milliseconds(share);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
