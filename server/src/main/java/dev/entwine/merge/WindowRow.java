package dev.entwine.merge;

import dev.entwine.model.RowId;
import dev.entwine.model.VersionVector;
import org.jspecify.annotations.Nullable;

/**
 * A row of the window: the engine's current decision about it. There may be millions, so one that is not in conflict holds numbers
 * only: its version lies in the outbox, under the ticket.
 */
final class WindowRow {
    private final RowId id;
    private VersionVector vector;
    /** Of the item that holds the version of a row not in conflict; meaningless for one in conflict. */
    private long ticket;

    /** How many queues' items name this row. */
    private int pending;

    private @Nullable ConflictState conflict;

    private WindowRow(RowId id, VersionVector vector, long ticket, @Nullable ConflictState conflict) {
        this.id = id;
        this.vector = vector;
        this.ticket = ticket;
        this.conflict = conflict;
    }

    static WindowRow plain(RowId id, VersionVector vector, long ticket) {
        return new WindowRow(id, vector, ticket, null);
    }

    static WindowRow inConflict(VersionVector vector, ConflictState conflict) {
        return new WindowRow(conflict.key().id(), vector, -1, conflict);
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
    }

    /** The row in conflict has moved on, or been decided anew. */
    void settle(VersionVector next, MergedRow version) {
        vector = next;
        conflict().become(version);
    }

    /** From now on the row is in conflict. */
    void collide(VersionVector next, ConflictState state) {
        vector = next;
        conflict = state;
    }

    void awaited(int times) {
        pending += times;
    }

    void delivered() {
        if (--pending < 0) {
            throw new IllegalStateException("row " + id + " was delivered more often than it was sent");
        }
    }
}
