package dev.entwine.merge;

import dev.entwine.model.RowId;
import dev.entwine.model.VersionVector;
import org.jspecify.annotations.Nullable;

/**
 * A row of the window: the engine's current decision about it. There may be many millions, so one that is not in conflict holds
 * numbers only: its version lies in the outbox, under the ticket. What stands here of such a row is a copy out of {@link RowPages},
 * to be used at once; each change of it goes back there.
 */
final class WindowRow {
    private final RowId id;
    private VersionVector vector;
    /** Of the item that holds the version of a row not in conflict; meaningless for one in conflict. */
    private long ticket;

    /** How many queues' items name this row. */
    private int pending;

    private @Nullable ConflictState conflict;
    /** Where a row that is not in conflict is kept. */
    private @Nullable RowPages pages;

    private WindowRow(RowId id, VersionVector vector, long ticket) {
        this.id = id;
        this.vector = vector;
        this.ticket = ticket;
    }

    static WindowRow plain(RowId id, VersionVector vector, long ticket) {
        return new WindowRow(id, vector, ticket);
    }

    static WindowRow inConflict(VersionVector vector, ConflictState conflict) {
        WindowRow row = new WindowRow(conflict.key().id(), vector, -1);
        row.conflict = conflict;
        return row;
    }

    /** A row not in conflict as the pages have it. */
    static WindowRow stored(RowId id, VersionVector vector, long ticket, int pending, RowPages pages) {
        WindowRow row = new WindowRow(id, vector, ticket);
        row.pending = pending;
        row.pages = pages;
        return row;
    }

    /** From now on the pages have it. */
    void keepIn(RowPages store) {
        pages = store;
        store.put(this);
    }

    private void keep() {
        if (pages != null) {
            pages.put(this);
        }
    }

    RowId id() {
        return id;
    }

    VersionVector vector() {
        return vector;
    }

    long ticket() {
        return ticket;
    }

    int pending() {
        return pending;
    }

    boolean inConflict() {
        return conflict != null;
    }

    /** Of a row in conflict. */
    ConflictState conflict() {
        if (conflict == null) {
            throw new IllegalStateException("row " + id + " is not in conflict");
        }
        return conflict;
    }

    boolean isPending() {
        return pending > 0;
    }

    /** The row has moved on, by a change whose item has the given ticket. */
    void succeed(VersionVector next, long nextTicket) {
        vector = next;
        ticket = nextTicket;
        keep();
    }

    /** The row in conflict has moved on, or been decided anew. */
    void settle(VersionVector next, MergedRow version) {
        vector = next;
        conflict().become(version);
    }

    /** From now on the row is in conflict. */
    void collide(VersionVector next, ConflictState state) {
        if (pages != null) {
            pages.remove(id);
            pages = null;
        }
        vector = next;
        conflict = state;
    }

    void awaited(int times) {
        pending += times;
        keep();
    }

    void delivered() {
        if (--pending < 0) {
            throw new IllegalStateException("row " + id + " was delivered more often than it was sent");
        }
        keep();
    }
}
