package dev.entwine.bench;

import java.util.List;

/**
 * What is measured; each is a system property of the name that stands beside it.
 *
 * @param seconds  how long each round measures ({@code bench.seconds})
 * @param warmUp   seconds under load before that ({@code bench.warmup})
 * @param rounds   of each contender ({@code bench.rounds})
 * @param rate     operations per second at each site, of which a third finds no row or one too many ({@code bench.rate})
 * @param writers  connections that write at each site; as each waits for the disk, few cannot reach the rate ({@code bench.writers})
 * @param rows     of each table at the beginning ({@code bench.rows})
 * @param probeMs  milliseconds between two probes of one direction ({@code bench.probe})
 * @param parts    which rounds: {@code own}, {@code entwine}, {@code verifying}, {@code colliding} ({@code bench.parts})
 * @param javaOptions of the engine, beside the launcher's ({@code bench.java})
 */
record Settings(
        int seconds,
        int warmUp,
        int rounds,
        int rate,
        int writers,
        int rows,
        int probeMs,
        List<String> parts,
        List<String> javaOptions) {
    static Settings ofSystem() {
        return new Settings(
                Integer.getInteger("bench.seconds", 20),
                Integer.getInteger("bench.warmup", 60),
                Integer.getInteger("bench.rounds", 2),
                Integer.getInteger("bench.rate", 900),
                Integer.getInteger("bench.writers", 8),
                Integer.getInteger("bench.rows", 1_000),
                Integer.getInteger("bench.probe", 20),
                words("bench.parts", "own entwine colliding"),
                words("bench.java", ""));
    }

    private static List<String> words(String property, String otherwise) {
        return List.of(System.getProperty(property, otherwise).trim().split(" +")).stream()
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
