package dev.entwine.verify;

/**
 * How much of a server's time a comparison takes.
 *
 * @param percent of the time of one process at each site; 100 is as fast as it goes
 */
public record Pace(int percent) {
    /** As fast as it goes. */
    public static final Pace FULL = new Pace(100);

    public Pace {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("a share of " + percent + " % is not between 1 and 100");
        }
    }

    /** How long to rest after so much work. */
    public long pauseNanos(long workedNanos) {
        return workedNanos / percent * (100 - percent);
    }
}
