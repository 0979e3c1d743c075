package dev.entwine.capture.postgres;

import dev.entwine.model.LogEntry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue between the thread that decodes and the one that asks for entries, bounded in bytes. It ends with the reason for which
 * reading ended, which comes after the entries that were read before.
 */
final class Handover {
    /** More would only be memory: what waits here can be read from the server again. One larger entry is let in alone. */
    static final long BYTES_MAX = 32L << 20;

    private record Waiting(LogEntry entry, long bytes) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private long bytes;
    private @Nullable Throwable end;

    /** Returns false when there was no room within the time; true also when nobody will ever take it, after the end. */
    boolean offer(LogEntry entry, long millisMax) throws InterruptedException {
        long size = bytesOf(entry);
        long nanosLeft = TimeUnit.MILLISECONDS.toNanos(millisMax);
        lock.lockInterruptibly();
        try {
            while (end == null && !queue.isEmpty() && bytes + size > BYTES_MAX) {
                if (nanosLeft <= 0) {
                    return false;
                }
                nanosLeft = changed.awaitNanos(nanosLeft);
            }
            if (end == null) {
                queue.add(new Waiting(entry, size));
                bytes += size;
                changed.signalAll();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static long bytesOf(LogEntry entry) {
        return switch (entry) {
            case LogEntry.LocalTransaction local -> local.bytes();
            case LogEntry.Marker marker -> 200 + 150L * marker.merged().size();
            case LogEntry.Fence fence -> 100;
            case LogEntry.Rekeyed rekeyed -> 100;
        };
    }

    /** What was read but not taken stays to be taken. The first reason counts. */
    void end(Throwable reason) {
        lock.lock();
        try {
            if (end == null) {
                end = reason;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is to be taken any more. */
    void discard(Throwable reason) {
        lock.lock();
        try {
            queue.clear();
            bytes = 0;
            end = reason;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an entry; null: there will be none, see {@link #reason}. */
    @Nullable
    LogEntry take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (queue.isEmpty() && end == null) {
                changed.await();
            }
            return poll().orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** An entry that is here. */
    Optional<LogEntry> poll() {
        lock.lock();
        try {
            Waiting first = queue.poll();
            if (first == null) {
                return Optional.empty();
            }
            bytes -= first.bytes;
            changed.signalAll();
            return Optional.of(first.entry);
        } finally {
            lock.unlock();
        }
    }

    /** Why there will be no further entry. */
    Throwable reason() {
        lock.lock();
        try {
            if (end == null) {
                throw new IllegalStateException("reading has not ended");
            }
            return end;
        } finally {
            lock.unlock();
        }
    }
}
