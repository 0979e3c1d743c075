package dev.entwine.bench;

import java.util.List;

/**
 * How much is measured.
 *
 * @param pairs     how often each of the two is measured
 * @param backlogs  that there are, as large as they are to be
 * @param warmUp    seconds under load before a lag counts
 * @param seconds   of load that are measured
 */
record Scale(int pairs, List<Backlog> backlogs, int warmUp, int seconds) {
    private static final int QUICK_DIVISOR = 10;
    private static final int PAIRS = 5;
    private static final int QUICK_PAIRS = 3;

    static Scale whole() {
        return new Scale(PAIRS, Backlogs.all(1), 30, 30);
    }

    /** A tenth of the counts. */
    static Scale quick() {
        return new Scale(QUICK_PAIRS, Backlogs.all(QUICK_DIVISOR), 5, 8);
    }

    Scale withPairs(int count) {
        return new Scale(count, backlogs, warmUp, seconds);
    }
}
