package dev.entwine.merge;

import java.util.ArrayList;
import java.util.List;

/** An outbox that keeps everything, in memory. */
final class KeptItems implements Outbox {
    private final List<Item> items = new ArrayList<>();

    /** Oldest first. */
    List<Item> all() {
        return List.copyOf(items);
    }

    /** Begins again with the first ticket. */
    void clear() {
        items.clear();
    }

    @Override
    public long nextTicket() {
        return items.size();
    }

    @Override
    public void append(Item item) {
        items.add(item);
    }

    @Override
    public Item read(long ticket) {
        return items.get((int) ticket);
    }
}
