package dev.entwine.testkit;

import java.util.ArrayList;
import java.util.List;

/** Remembers what was written. Any thread may use it. */
public final class Recorder {
    private final List<Write> writes = new ArrayList<>();
    private long failures;

    synchronized void add(List<Write> transaction) {
        writes.addAll(transaction);
    }

    synchronized void addFailure() {
        failures++;
    }

    /** In the order in which they became known, which for writers side by side is not that of their commits. */
    public synchronized List<Write> writes() {
        return List.copyOf(writes);
    }

    /** How many transactions, or attempts to connect, came to nothing for certain. */
    public synchronized long failures() {
        return failures;
    }
}
