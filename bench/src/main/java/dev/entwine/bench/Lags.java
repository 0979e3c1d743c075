package dev.entwine.bench;

import java.util.Arrays;
import java.util.stream.LongStream;

/** Measured lags in nanoseconds, in order of size. */
final class Lags {
    private final long[] sorted;

    private Lags(long[] sorted) {
        this.sorted = sorted;
    }

    static Lags of(LongStream nanos) {
        return new Lags(nanos.sorted().toArray());
    }

    static Lags all(Iterable<Lags> parts) {
        LongStream all = LongStream.empty();
        for (Lags part : parts) {
            all = LongStream.concat(all, Arrays.stream(part.sorted));
        }
        return of(all);
    }

    int count() {
        return sorted.length;
    }

    /** The least lag that is not exceeded by this share of all, in milliseconds; the share lies over 0 and up to 1. */
    double milliseconds(double share) {
        if (sorted.length == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1e6;
    }

    @Override
    public String toString() {
        return "%6d probes   p50 %7.2f   p99 %7.2f   p99.9 %7.2f   max %7.2f ms"
                .formatted(count(), milliseconds(0.5), milliseconds(0.99), milliseconds(0.999), milliseconds(1));
    }
}
