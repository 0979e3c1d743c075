package dev.entwine.merge;

import dev.entwine.model.LogEntry.Marker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The batches that one target has committed and that its log has not shown yet, oldest first: until then a crash of the target may undo
 * them. Owned by the merger.
 */
final class UnshownBatches {
    /** A batch, and what may be known of its target's transactions once the log shows it. */
    record Unshown(Batch batch, int horizon, long changes, long bytes) {
        private Unshown(Batch batch, int horizon) {
            this(batch, horizon, changesOf(batch), bytesOf(batch));
        }

        private static long changesOf(Batch batch) {
            long changes = 0;
            for (Item item : batch.items()) {
                changes += item instanceof Item.Transaction transaction
                        ? transaction.deliveries().size()
                        : 1;
            }
            return changes;
        }

        private static long bytesOf(Batch batch) {
            long bytes = 0;
            for (Item item : batch.items()) {
                bytes += item instanceof Item.Transaction transaction ? transaction.bytes() : 0;
            }
            return bytes;
        }
    }

    private final Deque<Unshown> batches = new ArrayDeque<>();
    private long ticketShown;

    /** @param ticketShown the last ticket that counts as dealt with at the beginning */
    UnshownBatches(long ticketShown) {
        this.ticketShown = ticketShown;
    }

    void add(Batch batch, int horizon) {
        batches.addLast(new Unshown(batch, horizon));
    }

    /** Takes out those that the target's log shows by this marker, which is of the same engine. */
    List<Unshown> shownBy(Marker marker) {
        List<Unshown> shown = new ArrayList<>(1);
        while (!batches.isEmpty() && batches.getFirst().batch().number() <= marker.batch()) {
            Unshown first = batches.removeFirst();
            ticketShown = first.batch().ticketThrough();
            shown.add(first);
        }
        return shown;
    }

    /** What was committed may be gone. */
    void forget() {
        batches.clear();
    }

    /** The last ticket that the log has shown as dealt with. */
    long ticketShown() {
        return ticketShown;
    }

    /** How many changes are kept in the batches. */
    long changes() {
        long changes = 0;
        for (Unshown batch : batches) {
            changes += batch.changes();
        }
        return changes;
    }

    /** An estimate of what these take in memory. */
    long bytes() {
        long bytes = 0;
        for (Unshown batch : batches) {
            bytes += batch.bytes();
        }
        return bytes;
    }
}
