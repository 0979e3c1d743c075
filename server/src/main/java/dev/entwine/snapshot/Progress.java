package dev.entwine.snapshot;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;

/** Told what is going on; called from several threads. */
public interface Progress {
    /** A step begins. */
    void step(String what);

    /** Rows of a table have been read so far; called often. */
    void rows(SiteId target, TableId table, long rows);

    /** A table is copied. */
    void copied(SiteId target, TableId table, long rows);
}
