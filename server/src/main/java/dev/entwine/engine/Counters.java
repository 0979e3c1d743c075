package dev.entwine.engine;

import dev.entwine.merge.Batch;

/** What has been applied since the engine started, in changes of rows. Guarded by the core's lock. */
final class Counters {
    private long applied;
    private long superseded;
    private long parked;

    void committed(Batch batch, int parkedRows) {
        long written = batch.rows().stream().filter(row -> !row.isMerged()).count();
        applied += batch.rows().size() - parkedRows;
        parked += parkedRows;
        superseded += Math.max(0, batch.newChanges() - written);
    }

    /** Rows written at targets. */
    long applied() {
        return applied;
    }

    /** Changes that were folded into a later one of the same row, or gave way to a merged row. */
    long superseded() {
        return superseded;
    }

    long parked() {
        return parked;
    }
}
