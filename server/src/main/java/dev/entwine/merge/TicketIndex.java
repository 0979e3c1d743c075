package dev.entwine.merge;

import java.util.Arrays;

/** Under which tickets one site's transactions lie in the outbox: two numbers each, both growing. */
final class TicketIndex {
    private static final int CAPACITY = 64;

    private long[] positions = new long[CAPACITY];
    private long[] tickets = new long[CAPACITY];
    private int from;
    private int to;

    void add(long position, long ticket) {
        if (to == positions.length) {
            makeRoom();
        }
        positions[to] = position;
        tickets[to++] = ticket;
    }

    void forgetBefore(long ticket) {
        int found = Arrays.binarySearch(tickets, from, to, ticket);
        from = found < 0 ? -found - 1 : found;
    }

    private void makeRoom() {
        int kept = to - from;
        int capacity = kept > positions.length / 2 ? positions.length * 2 : positions.length;
        positions = Arrays.copyOf(Arrays.copyOfRange(positions, from, to), capacity);
        tickets = Arrays.copyOf(Arrays.copyOfRange(tickets, from, to), capacity);
        from = 0;
        to = kept;
    }

    /** The ticket of the transaction at a position; -1 for none. */
    long find(long position) {
        int found = Arrays.binarySearch(positions, from, to, position);
        return found < 0 ? -1 : tickets[found];
    }
}
