package dev.entwine.bench;

/**
 * What is measured; each is a system property of the name that stands beside it.
 *
 * @param seconds how long each round measures ({@code bench.seconds})
 * @param warmUp  seconds under load before that ({@code bench.warmup})
 * @param rounds  of each contender ({@code bench.rounds})
 * @param rate    operations per second at each site ({@code bench.rate})
 * @param rows    of each table at the beginning ({@code bench.rows})
 * @param probeMs milliseconds between two probes of one direction ({@code bench.probe})
 */
record Settings(int seconds, int warmUp, int rounds, int rate, int rows, int probeMs) {
    static Settings ofSystem() {
        return new Settings(
                Integer.getInteger("bench.seconds", 20),
                Integer.getInteger("bench.warmup", 8),
                Integer.getInteger("bench.rounds", 2),
                Integer.getInteger("bench.rate", 500),
                Integer.getInteger("bench.rows", 1_000),
                Integer.getInteger("bench.probe", 20));
    }
}
