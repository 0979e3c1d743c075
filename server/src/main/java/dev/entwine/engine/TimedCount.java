package dev.entwine.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** How many of something there were within a time before the newest, give or take a part of it. Guarded by the core's lock. */
final class TimedCount {
    /** Bounds the memory, and how far what is counted may lie back: by one of these parts more than the time. */
    private static final int PARTS = 64;

    private final long withinMicros;
    private final Deque<Part> parts = new ArrayDeque<>();
    private long sum;

    private record Part(long number, long count) {}

    TimedCount(Duration within) {
        withinMicros = within.toNanos() / 1_000;
    }

    /** @param micros may run backwards a little: then it counts as the newest that there was */
    void add(long micros, long count) {
        long number = number(micros);
        Part last = parts.peekLast();
        if (last != null && last.number() >= number) {
            parts.removeLast();
            parts.addLast(new Part(last.number(), last.count() + count));
        } else {
            parts.addLast(new Part(number, count));
        }
        sum += count;
        while (parts.getFirst().number() < number - PARTS) {
            sum -= parts.removeFirst().count();
        }
    }

    /** What there was within the time before a moment. */
    long before(long micros) {
        long oldest = number(micros) - PARTS;
        long over = 0;
        for (Part part : parts) {
            over += part.number() < oldest ? part.count() : 0;
        }
        return sum - over;
    }

    void clear() {
        parts.clear();
        sum = 0;
    }

    private long number(long micros) {
        return Math.floorDiv(micros, Math.max(1, withinMicros / PARTS));
    }
}
