package dev.entwine.engine;

import dev.entwine.merge.TransactionSnapshot;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one target's applier waits for, so that nothing else wakes it. Guarded by the core's lock. */
@SuppressWarnings("WaitNotInLoop") // the callers look again
final class Waiting {
    private final Condition work;
    private final Condition log;
    /** What would let it go on is not, or not only, an item that concerns it. */
    private boolean mayNotPlan;
    /** Waited for in the log; null: any entry may be it. */
    private @Nullable TransactionSnapshot ended;

    Waiting(Lock lock) {
        work = lock.newCondition();
        log = lock.newCondition();
    }

    /** @param mayPlan whether an item that concerns the target is all that is needed */
    void awaitWork(boolean mayPlan, long nanos) throws InterruptedException {
        mayNotPlan = !mayPlan;
        work.awaitNanos(nanos);
        mayNotPlan = false;
    }

    /** Waits for an entry of the target's log; returns the time that is left. */
    long awaitLog(long nanos) throws InterruptedException {
        return log.awaitNanos(nanos);
    }

    /** Waits for the entry of the target's log by which all has been taken; returns the time that is left. */
    long awaitEnded(TransactionSnapshot snapshot, long nanos) throws InterruptedException {
        ended = snapshot;
        try {
            return log.awaitNanos(nanos);
        } finally {
            ended = null;
        }
    }

    void workArrived() {
        work.signalAll();
    }

    /** A log has been taken further, or has shown batches. */
    void mayPlanNow() {
        if (mayNotPlan) {
            work.signalAll();
        }
    }

    /** An entry of the target's log has been taken. */
    void logTaken(Predicate<TransactionSnapshot> isTaken) {
        if (ended == null || isTaken.test(ended)) {
            log.signalAll();
        }
    }

    /** Whatever is waited for. */
    void wake() {
        work.signalAll();
        log.signalAll();
    }
}
