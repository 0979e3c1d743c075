package dev.entwine.engine;

import java.util.Arrays;

/**
 * How long something took, in classes that are each a fifth longer than the one before, from a tenth of a millisecond to a day. Not
 * thread-safe.
 */
public final class Latencies {
    private static final double FIRST_SECONDS = 1e-4;
    private static final double GROWTH = 1.2;
    private static final int CLASSES = 114;

    private final long[] counts;
    private long count;
    private double sumSeconds;

    Latencies() {
        counts = new long[CLASSES];
    }

    private Latencies(long[] counts, long count, double sumSeconds) {
        this.counts = counts;
        this.count = count;
        this.sumSeconds = sumSeconds;
    }

    /** A negative time, of clocks that differ, counts as none. */
    void add(double seconds) {
        double bounded = Math.max(0, seconds);
        int index = bounded <= FIRST_SECONDS
                ? 0
                : (int) Math.ceil(Math.log(bounded / FIRST_SECONDS) / Math.log(GROWTH) - 1e-9);
        counts[Math.min(CLASSES - 1, index)]++;
        count++;
        sumSeconds += bounded;
    }

    Latencies copy() {
        return new Latencies(counts.clone(), count, sumSeconds);
    }

    /** What has come since an earlier copy of the same. */
    public Latencies since(Latencies earlier) {
        long[] difference = counts.clone();
        for (int i = 0; i < CLASSES; i++) {
            difference[i] -= earlier.counts[i];
        }
        return new Latencies(difference, count - earlier.count, sumSeconds - earlier.sumSeconds);
    }

    public long count() {
        return count;
    }

    public double sumSeconds() {
        return sumSeconds;
    }

    /** How many took no longer; rounded to a class. */
    public long countUpTo(double seconds) {
        long sum = 0;
        for (int i = 0; i < CLASSES && upper(i) <= seconds * (1 + 1e-9); i++) {
            sum += counts[i];
        }
        return sum;
    }

    /** The upper end of the class that holds it; 0 when there is nothing. */
    public double quantileSeconds(double quantile) {
        long rank = (long) Math.ceil(quantile * count);
        long seen = 0;
        for (int i = 0; i < CLASSES; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return upper(i);
            }
        }
        return 0;
    }

    private static double upper(int index) {
        return FIRST_SECONDS * Math.pow(GROWTH, index);
    }

    @Override
    public String toString() {
        return count + " in " + sumSeconds + " s, " + Arrays.stream(counts).sum() + " in classes";
    }
}
