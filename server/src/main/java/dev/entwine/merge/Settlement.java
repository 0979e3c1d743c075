package dev.entwine.merge;

import dev.entwine.model.SiteId;
import java.util.List;

/**
 * Clashes that wait to be decided: at the place in the target's log where the engine's empty transaction of that number stands. No
 * other site has seen anything so late, so what is decided there is news to all of them.
 */
public final class Settlement {
    /** What came of it. */
    public enum Outcome {
        WAITING,
        /** To be planned again: rows were decided, or the batch must bring more. */
        PLAN_AGAIN,
        /** Nothing can be decided. */
        NOTHING
    }

    private final Batch batch;
    private final List<Clash> clashes;
    private final int transaction;
    private Outcome outcome = Outcome.WAITING;

    Settlement(Batch batch, List<Clash> clashes, int transaction) {
        this.batch = batch;
        this.clashes = List.copyOf(clashes);
        this.transaction = transaction;
    }

    public SiteId target() {
        return batch.target();
    }

    Batch batch() {
        return batch;
    }

    List<Clash> clashes() {
        return clashes;
    }

    boolean isAt(long number) {
        return (int) number == transaction;
    }

    void settled(Outcome what) {
        outcome = what;
    }

    public Outcome outcome() {
        return outcome;
    }
}
