package dev.entwine.verify;

import dev.entwine.model.TableId;

/** Told how far a comparison is; called from several threads, often. */
public interface ScanProgress {
    /** Nobody wants to know. */
    ScanProgress NONE = new ScanProgress() {
        @Override
        public void scanned(TableId table, double share) {}

        @Override
        public void judging(long rows, int round) {}
    };

    /** @param share of the table's present pass, from 0 to 1 */
    void scanned(TableId table, double share);

    /** So many rows are looked at again. */
    void judging(long rows, int round);
}
