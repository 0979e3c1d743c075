package dev.entwine.simulation;

import dev.entwine.merge.Item;
import dev.entwine.merge.Outbox;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;

/** Keeps items in memory and forgets them as soon as it may, so that a use of a forgotten one is found. */
final class SimOutbox implements Outbox {
    private final List<Item> items = new ArrayList<>();
    private final Oracle oracle;
    private long forgotten;

    SimOutbox(Oracle oracle) {
        this.oracle = oracle;
    }

    @Override
    public long nextTicket() {
        return items.size();
    }

    @Override
    public void append(Item item) {
        items.add(item);
        if (item instanceof Item.Transaction transaction) {
            oracle.stamped(transaction.source(), transaction.position(), transaction.stamp());
        }
    }

    @Override
    public Item read(long ticket) {
        if (ticket < forgotten) {
            throw new IllegalStateException("item " + ticket + " is forgotten, oldest is " + forgotten);
        }
        return items.get((int) ticket);
    }

    void forgetBefore(long ticket) {
        forgotten = Math.max(forgotten, ticket);
    }

    /** Up to so many items that concern the target, after a ticket. */
    List<Long> next(SiteId target, long after, int count) {
        return next(target, after, count, -1);
    }

    /** So many, and beyond that all through a ticket. */
    List<Long> next(SiteId target, long after, int count, long through) {
        List<Long> result = new ArrayList<>();
        for (long ticket = after + 1; ticket < items.size() && (result.size() < count || ticket <= through); ticket++) {
            if (read(ticket).concerns(target)) {
                result.add(ticket);
            }
        }
        return result;
    }
}
