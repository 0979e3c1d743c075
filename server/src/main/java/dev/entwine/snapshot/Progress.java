package dev.entwine.snapshot;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;

/** Told what is going on; called from several threads. */
public interface Progress {
    /** A step begins. */
    void step(String what);

    /** Tables are going to be copied, of so many bytes on disk. */
    void copying(long bytes);

    /** More rows of a table have been read; called often. */
    void rows(SiteId target, TableId table, long more);

    /** More of the bytes are done. */
    void finished(long bytes);

    /**
     * A table is copied.
     *
     * @param rows how many were copied now, by this attempt
     */
    void copied(SiteId target, TableId table, long rows);
}
