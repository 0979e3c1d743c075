package dev.entwine.cli;

import java.time.Duration;

/** How fast a copy is and how long it will take, in words. Stateless. */
final class CopyRate {
    private static final double MEGABYTE = 1e6;

    /** Before this no rate can be told. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    private CopyRate() {}

    /**
     * In one line.
     *
     * @param bytes on disk that are to be copied in all
     * @param done  how many of them are
     * @param rows  that were copied in this time
     */
    static String of(long bytes, long done, long rows, Duration since) {
        double seconds = since.toNanos() / 1e9;
        double share = bytes == 0 ? 0 : Math.min(1, (double) done / bytes);
        StringBuilder text = new StringBuilder("%3d %%  %,d rows".formatted((int) (100 * share), rows));
        if (since.compareTo(SETTLED) > 0) {
            text.append("  %,d rows/s".formatted((long) (rows / seconds)));
            if (done > 0) {
                text.append("  %,.0f MB/s".formatted(done / seconds / MEGABYTE));
                text.append("  about ")
                        .append(left(Duration.ofSeconds((long) (seconds / share * (1 - share)))))
                        .append(" left");
            }
        }
        return text.toString();
    }

    private static String left(Duration time) {
        if (time.toHours() > 0) {
            return "%d h %d min".formatted(time.toHours(), time.toMinutesPart());
        }
        return time.toMinutes() > 0
                ? "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart())
                : "%d s".formatted(time.toSeconds());
    }
}
