package dev.entwine.merge;

import dev.entwine.model.Change;
import dev.entwine.model.JournalNote;
import dev.entwine.model.Position;
import dev.entwine.model.Repair;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.List;

/** What the merger sends on, in its order. */
public sealed interface Item {
    /** Whether the target has anything to do with it. */
    boolean concerns(SiteId target);

    /** A local transaction, for every site but its own: the net change of each row, with what its version contains. */
    record Transaction(
            SiteId source,
            Position position,
            Stamp stamp,
            long transaction,
            List<Delivery> deliveries,
            List<TableId> truncated,
            List<JournalNote> notes)
            implements Item {
        public Transaction {
            deliveries = List.copyOf(deliveries);
            truncated = List.copyOf(truncated);
            notes = List.copyOf(notes);
        }

        /** An estimate of what its changes take in memory. */
        public long bytes() {
            long bytes = 0;
            for (Delivery delivery : deliveries) {
                bytes += delivery.change().bytes();
            }
            return bytes;
        }

        public Transaction(
                SiteId source,
                Position position,
                Stamp stamp,
                long transaction,
                List<Delivery> deliveries,
                List<TableId> truncated) {
            this(source, position, stamp, transaction, deliveries, truncated, List.of());
        }

        /** The same with no row but this one. */
        Transaction only(RowId row) {
            List<Delivery> one = deliveries.stream()
                    .filter(delivery -> delivery.change().key().id().equals(row))
                    .toList();
            return new Transaction(source, position, stamp, transaction, one, truncated, notes);
        }

        /** As {@link dev.entwine.model.LogEntry.LocalTransaction#isRepair}. */
        boolean isRepair() {
            return notes.stream().anyMatch(Repair.class::isInstance);
        }

        @Override
        public boolean concerns(SiteId target) {
            return !source.equals(target);
        }
    }

    /** A row whose merged version the target has yet to get although none of the changes sent to it says so. */
    record Touch(SiteId target, RowKey key) implements Item {
        @Override
        public boolean concerns(SiteId site) {
            return target.equals(site);
        }
    }

    /**
     * One row's net change and the version vector of the row after it.
     *
     * @param former the ticket of the item with the version before it, as long as the row was not in conflict; -1 for none
     */
    record Delivery(Change change, VersionVector vector, long former) {
        /** Whether it was added because the transaction refers to the row, of which it has changed nothing. */
        public boolean isUse() {
            return ScopeRules.isUse(change);
        }
    }
}
