package dev.entwine.testkit;

import dev.entwine.testkit.FaultProxy.Direction;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The faults that are set now. Any thread may use it. */
final class Faults {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Direction, Fault> faults = new EnumMap<>(Direction.class);

    Fault of(Direction direction) {
        lock.lock();
        try {
            return faults.getOrDefault(direction, Fault.NONE);
        } finally {
            lock.unlock();
        }
    }

    void set(Direction direction, Fault fault) {
        lock.lock();
        try {
            faults.put(direction, fault);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when another fault is set, or the time is over. */
    void awaitOtherThan(Fault fault, Direction direction, long nanosMax) throws InterruptedException {
        long left = nanosMax;
        lock.lockInterruptibly();
        try {
            while (left > 0 && faults.getOrDefault(direction, Fault.NONE).equals(fault)) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    void awaitOtherThan(Fault fault, Direction direction) throws InterruptedException {
        awaitOtherThan(fault, direction, TimeUnit.DAYS.toNanos(1));
    }
}
