package dev.entwine.merge;

import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rows whose changes are not known to be applied at every site, deleted ones as well as living ones. */
final class Window {
    /** Tickets are counted in groups, so that finding the oldest in use costs little. */
    private static final int GROUP_BITS = 8;

    private static final int LOOKS_MIN = 1_000;
    private static final int LOOK_AT_ALL_IN = 16;

    private final RowPages plain;
    /** How many rows not in conflict refer to each group of tickets. */
    private final TreeMap<Long, Integer> ticketsInUse = new TreeMap<>();
    /** Rows not in conflict that were delivered everywhere, oldest first; may name rows that moved on since. */
    private final Deque<RowId> delivered = new ArrayDeque<>();

    private final Map<RowId, WindowRow> inConflict = new LinkedHashMap<>();
    /** The same rows, in the order in which they are looked at next: to look at all of them at every marker would take ever longer. */
    private final Deque<RowId> lookedAt = new ArrayDeque<>();

    Window(List<SiteId> sites, WindowMemory memory) {
        plain = new RowPages(sites, memory);
    }

    @Nullable
    WindowRow get(RowId id) {
        WindowRow row = inConflict.get(id);
        return row == null ? plain.get(id) : row;
    }

    /** A row that some queue still names. */
    WindowRow required(RowId id) {
        WindowRow row = get(id);
        if (row == null) {
            throw new IllegalStateException("row " + id + " left the window while a queue still names it");
        }
        return row;
    }

    int size() {
        return plain.size() + inConflict.size();
    }

    Collection<WindowRow> rowsInConflict() {
        return inConflict.values();
    }

    int conflicts() {
        return inConflict.size();
    }

    /** A row that is not in conflict enters. */
    void add(WindowRow row) {
        row.keepIn(plain);
    }

    /** To be called after a row's first or next plain version, with the ticket that it had before, or -1. */
    void refersTo(WindowRow row, long formerTicket) {
        if (formerTicket >= 0) {
            release(formerTicket);
        }
        ticketsInUse.merge(row.ticket() >> GROUP_BITS, 1, Integer::sum);
    }

    /** The row has just got its first merged version and refers to its ticket no more, if it had one. */
    void nowInConflict(WindowRow row, long formerTicket) {
        if (inConflict.put(row.id(), row) == null) {
            lookedAt.addLast(row.id());
            if (formerTicket >= 0) {
                release(formerTicket);
            }
        }
    }

    private void release(long ticket) {
        ticketsInUse.computeIfPresent(ticket >> GROUP_BITS, (group, count) -> count == 1 ? null : count - 1);
    }

    /** No row refers to a ticket before this one; {@code none} when no row refers to any. */
    long oldestTicket(long none) {
        return ticketsInUse.isEmpty() ? none : ticketsInUse.firstKey() << GROUP_BITS;
    }

    void delivered(WindowRow row) {
        if (!row.isPending() && !row.inConflict()) {
            delivered.addLast(row.id());
        }
    }

    /** Forgets rows not in conflict for which the condition holds, in order of delivery, up to the first for which it does not. */
    void evictPlain(Predicate<WindowRow> applied) {
        while (!delivered.isEmpty()) {
            WindowRow row = plain.get(delivered.getFirst());
            if (row != null && !row.isPending()) {
                if (!applied.test(row)) {
                    return;
                }
                release(row.ticket());
                plain.remove(row.id());
            }
            delivered.removeFirst();
        }
    }

    /**
     * Forgets rows in conflict for which the condition holds, telling each to the consumer. Looks at some of them, and at the others the
     * next times.
     */
    void evictInConflict(Predicate<WindowRow> finished, Consumer<WindowRow> evicted) {
        for (int looks = Math.min(lookedAt.size(), Math.max(LOOKS_MIN, lookedAt.size() / LOOK_AT_ALL_IN));
                looks > 0;
                looks--) {
            RowId id = lookedAt.removeFirst();
            WindowRow row = inConflict.get(id);
            if (row == null) {
                throw new IllegalStateException("row " + id + " is not in conflict");
            }
            if (!row.isPending() && finished.test(row)) {
                inConflict.remove(id);
                evicted.accept(row);
            } else {
                lookedAt.addLast(id);
            }
        }
    }
}
