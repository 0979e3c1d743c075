package dev.entwine.testkit.torture;

/**
 * How the sites are written.
 *
 * @param seed                  fixes what each writer chooses; which rows it finds and when it writes them is up to the machine
 * @param transactionsPerSecond at each site; a site that cannot keep up does fewer
 * @param writers               how many connections write at each site
 */
public record TortureOptions(long seed, double transactionsPerSecond, int writers) {
    public TortureOptions {
        if (transactionsPerSecond <= 0 || writers < 1) {
            throw new IllegalArgumentException(
                    "rate and writers must be positive: rate " + transactionsPerSecond + ", writers " + writers);
        }
    }
}
