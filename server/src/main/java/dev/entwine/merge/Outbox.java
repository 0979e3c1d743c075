package dev.entwine.merge;

/**
 * Where the merger puts its items, in one order for all sites. Keeps each of them until every site concerned has taken it and the
 * window refers to it no more ({@link Merger#oldestTicket}).
 */
public interface Outbox {
    /** The ticket that the next appended item will have. Tickets grow by one. */
    long nextTicket();

    void append(Item item);

    /** The item with the given ticket, which must be kept still. */
    Item read(long ticket);
}
