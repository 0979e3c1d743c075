package dev.entwine.merge;

import dev.entwine.model.RowId;

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

    /** The same of a transaction, with one of its rows alone; without any where it does not hold that row. */
    default Item.Transaction read(long ticket, RowId row) {
        if (read(ticket) instanceof Item.Transaction transaction) {
            return transaction.only(row);
        }
        throw new IllegalStateException("item " + ticket + " is no transaction");
    }
}
