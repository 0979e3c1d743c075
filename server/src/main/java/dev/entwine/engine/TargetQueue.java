package dev.entwine.engine;

import dev.entwine.merge.Item;
import dev.entwine.merge.Outbox;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How far one target has got in the spool, and what waits for it. Guarded by the core's lock. */
final class TargetQueue {
    /** Bounds how long one look at the queue takes: items that do not concern the target may come by the million. */
    private static final int LOOK_ITEMS_MAX = 10_000;

    /** Of one batch, whose values are in memory several times while it is written: as they came, as literals, as a message. */
    private static final long BYTES_MAX = 4L << 20;

    /** What the next batch may hold, and the ticket up to which nothing else concerns the target. */
    record Taken(List<Item> items, long ticketThrough) {}

    private final SiteId target;
    /** The last ticket whose item is committed at the target, or does not concern it. */
    private long taken;

    private long heartbeatDueNanos;
    private boolean applying;
    private String held = "";
    private final Map<SiteId, Long> waitingChanges = new TreeMap<>();
    private final Map<SiteId, Long> waitingBytes = new TreeMap<>();

    TargetQueue(SiteId target, long taken) {
        this.target = target;
        this.taken = taken;
    }

    SiteId target() {
        return target;
    }

    void arrived(Item item) {
        count(item, 1);
    }

    private void count(Item item, int sign) {
        if (item instanceof Item.Transaction transaction && item.concerns(target)) {
            long changes = transaction.deliveries().size();
            waitingChanges.merge(transaction.source(), sign * changes, Long::sum);
            waitingBytes.merge(transaction.source(), sign * transaction.bytes(), Long::sum);
        }
    }

    /** Nothing, though something may wait. */
    Taken nothing() {
        return new Taken(List.of(), taken);
    }

    /**
     * Whole items from the first that waits, up to a number of changes or bytes and at least through a ticket; none also when {@link #LOOK_ITEMS_MAX} items in a row do not
     * concern the target.
     */
    Taken take(Outbox spool, int changesMax, long through) {
        List<Item> items = new ArrayList<>();
        long ticket = taken;
        int changes = 0;
        long bytes = 0;
        long last = Math.min(spool.nextTicket() - 1, Math.max(through, taken + LOOK_ITEMS_MAX));
        while (ticket < last && (ticket < through || (changes < changesMax && bytes < BYTES_MAX))) {
            ticket++;
            Item item = spool.read(ticket);
            if (item.concerns(target)) {
                items.add(item);
                if (item instanceof Item.Transaction transaction) {
                    changes += Math.max(1, transaction.deliveries().size());
                    bytes += transaction.bytes();
                } else {
                    changes++;
                }
            }
        }
        if (items.isEmpty()) {
            taken = ticket;
        }
        applying = !items.isEmpty();
        return new Taken(items, ticket);
    }

    void committed(List<Item> items, long ticketThrough) {
        items.forEach(item -> count(item, -1));
        taken = Math.max(taken, ticketThrough);
        applying = false;
    }

    /** What was committed since may be gone, and waits again. */
    void rewind(Outbox spool, long ticket) {
        for (long again = ticket + 1; again <= taken; again++) {
            arrived(spool.read(again));
        }
        taken = ticket;
        applying = false;
    }

    boolean isHeartbeatDue(long nowNanos) {
        return nowNanos - heartbeatDueNanos >= 0;
    }

    long heartbeatDueNanos() {
        return heartbeatDueNanos;
    }

    void heartbeatAt(long nanos) {
        heartbeatDueNanos = nanos;
    }

    void hold(String reason) {
        held = reason;
        applying &= reason.isEmpty();
    }

    String held() {
        return held;
    }

    /** Whether nothing waits and nothing is under way, given the spool's end. */
    boolean isEmpty() {
        return !applying && waitingChanges.values().stream().allMatch(count -> count == 0);
    }

    long waitingChanges(SiteId source) {
        return waitingChanges.getOrDefault(source, 0L);
    }

    /** An estimate of what they take in memory. */
    long waitingBytes(SiteId source) {
        return waitingBytes.getOrDefault(source, 0L);
    }

    long taken() {
        return taken;
    }
}
