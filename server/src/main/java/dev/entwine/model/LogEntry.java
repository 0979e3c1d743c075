package dev.entwine.model;

import java.util.List;
import java.util.Map;

/** One committed transaction in a site's log, as capture hands it on: in commit order, each exactly once or again after a restart. */
public sealed interface LogEntry {
    SiteId site();

    /** Of the commit; grows along the site's log. */
    Position position();

    /**
     * Made by an application at the site. One without changes only moves progress (a ping).
     *
     * @param commitMicros the commit time as the site's clock had it, in microseconds since the Unix epoch; may run backwards
     * @param transaction  the server's own transaction number
     * @param changes      in the order in which they were made; a row may occur several times
     * @param truncated    the synchronized tables that it truncated
     * @param notes        for every site's journal
     */
    record LocalTransaction(
            SiteId site,
            Position position,
            long commitMicros,
            long transaction,
            List<Change> changes,
            List<TableId> truncated,
            List<JournalNote> notes)
            implements LogEntry {
        public LocalTransaction {
            changes = List.copyOf(changes);
            truncated = List.copyOf(truncated);
            notes = List.copyOf(notes);
        }

        public LocalTransaction(
                SiteId site,
                Position position,
                long commitMicros,
                long transaction,
                List<Change> changes,
                List<TableId> truncated) {
            this(site, position, commitMicros, transaction, changes, truncated, List.of());
        }

        /** Whether its changes only repeat what stands at its site, for the sites that do not have it. */
        public boolean isRepair() {
            return notes.stream().anyMatch(Repair.class::isInstance);
        }

        /** An estimate of the memory taken, in bytes. */
        public int bytes() {
            int sum = 64;
            for (Change change : changes) {
                sum += change.bytes();
            }
            return sum;
        }
    }

    /**
     * An apply transaction's trace: everything it names had been applied at this site when it committed.
     *
     * @param epoch        of the engine that made it
     * @param batch        that engine's running number of its batches for this site
     * @param stamp        the greatest stamp known to the engine of anything applied or made at this site so far
     * @param acknowledged the place in this site's own log up to which the engine will never need to read it again
     * @param applied      the site's full applied vector
     * @param merged       for each row in conflict that it wrote, the version vector of the merged row
     * @param unlocked     rows that it was to delete and did not find, hence did not lock, with the place of the last change of the site
     *                     itself that the deletion contains: what the site inserted after that place stands there still
     */
    record Marker(
            SiteId site,
            Position position,
            long epoch,
            long batch,
            Stamp stamp,
            Position acknowledged,
            VersionVector applied,
            Map<RowId, VersionVector> merged,
            Map<RowId, Position> unlocked)
            implements LogEntry {
        public Marker {
            merged = Map.copyOf(merged);
            unlocked = Map.copyOf(unlocked);
        }
    }

    /**
     * Committed by the engine to learn when capture has passed the present end of the site's log.
     *
     * @param transaction the server's own transaction number
     */
    record Fence(SiteId site, Position position, long transaction, String token) implements LogEntry {}

    /**
     * The engine has given rows of this site other ids, with all that refers to them. What the log says before it is to be read as if
     * the rows had had those ids from the beginning, so there is nothing in it to be carried over.
     *
     * @param transaction the server's own transaction number
     */
    record Rekeyed(SiteId site, Position position, long transaction) implements LogEntry {}
}
