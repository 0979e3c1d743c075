package dev.entwine.testkit;

/**
 * What a workload does.
 *
 * @param seed                  of every choice that writers make; their interleaving is the machine's
 * @param operationsPerSecond   at each site; a site that cannot keep up does fewer
 * @param rows                  how many rows each table begins with, the same at every site; the fewer, the more collisions
 * @param writers               how many connections write at each site
 */
public record WorkloadOptions(long seed, double operationsPerSecond, int rows, int writers) {
    public WorkloadOptions {
        if (operationsPerSecond <= 0 || rows < 1 || writers < 1) {
            throw new IllegalArgumentException("rate, rows and writers must be positive: rate " + operationsPerSecond
                    + ", rows " + rows + ", writers " + writers);
        }
    }
}
