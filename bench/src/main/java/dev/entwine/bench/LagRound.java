package dev.entwine.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures the lag in both directions while something writes at both sites; see {@link Probe}. */
final class LagRound {
    /**
     * @param warmUp  seconds under load before anything counts
     * @param seconds that are measured
     * @param probeMs milliseconds between two probes of one direction
     */
    record Timing(int warmUp, int seconds, int probeMs) {}

    /** What writes at both sites until it is closed. */
    interface Load extends AutoCloseable {
        /** Rows written so far. */
        long writes();

        @Override
        void close();
    }

    /** Begins to write. */
    interface Begin {
        Load begin() throws Exception;
    }

    /**
     * @param directions    by the site that the probes come from
     * @param writes        a second, at both sites together
     * @param ownSeconds    of processor time of what keeps the sites in step, outside the servers, while it was measured
     * @param serverSeconds of what serves it in both servers
     */
    record Outcome(Map<String, Lags> directions, double writes, double ownSeconds, double serverSeconds) {
        Lags all() {
            return Lags.all(directions.values());
        }
    }

    private final Pair pair;
    private final String database;
    private final Contender contender;
    private final Timing timing;

    /** @param database with the tables of {@link Arrivals} */
    LagRound(Pair pair, String database, Contender contender, Timing timing) {
        this.pair = pair;
        this.database = database;
        this.contender = contender;
        this.timing = timing;
    }

    Outcome run(Begin begin) throws Exception {
        List<Probe.Running> probes = new ArrayList<>();
        for (String site : Pair.SITES) {
            probes.add(Probe.start(
                    site,
                    pair.connector(site, database, "public"),
                    pair.connector(Pair.other(site), database, "public"),
                    timing.probeMs()));
        }
        for (Probe.Running probe : probes) {
            probe.awaitFirst();
        }
        try (Load load = begin.begin()) {
            return measure(load, probes);
        }
    }

    private Outcome measure(Load load, List<Probe.Running> probes) throws Exception {
        Thread.sleep(timing.warmUp() * 1000L);
        double ownSeconds = contender.ownSeconds();
        double serverSeconds = pair.serverSeconds(database);
        long writes = load.writes();
        probes.forEach(Probe.Running::measure);
        Thread.sleep(timing.seconds() * 1000L);
        ownSeconds = contender.ownSeconds() - ownSeconds;
        serverSeconds = pair.serverSeconds(database) - serverSeconds;
        writes = load.writes() - writes;
        Map<String, Lags> directions = new LinkedHashMap<>();
        for (Probe.Running probe : probes) {
            directions.put(probe.probe().toString(), probe.finish());
        }
        return new Outcome(directions, (double) writes / timing.seconds(), ownSeconds, serverSeconds);
    }
}
