package dev.entwine.bench;

/**
 * What is measured; each is a system property of the name that stands beside it.
 *
 * @param changes       that wait at each of the two sites when the engine starts ({@code backlog.changes})
 * @param single        whether each site's changes are one transaction ({@code backlog.single})
 * @param heap          of the engine, as the virtual machine reads it ({@code backlog.heap})
 * @param memory        the engine's setting {@code memory_bytes_max} ({@code backlog.memory})
 * @param minutesMax    how long the sites may take to be in step ({@code backlog.minutes})
 * @param sampleSeconds seconds between two looks at the engine's heap ({@code backlog.sample}); each look costs a collection
 */
record BacklogSettings(int changes, boolean single, String heap, long memory, int minutesMax, int sampleSeconds) {
    static BacklogSettings ofSystem() {
        return new BacklogSettings(
                Integer.getInteger("backlog.changes", 1_000_000),
                Boolean.getBoolean("backlog.single"),
                System.getProperty("backlog.heap", "160m"),
                Long.getLong("backlog.memory", 32L << 20),
                Integer.getInteger("backlog.minutes", 60),
                Integer.getInteger("backlog.sample", 5));
    }
}
