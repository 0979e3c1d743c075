package dev.entwine.merge;

import dev.entwine.model.RowId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rows whose changes are not known to be applied at every site, deleted ones as well as living ones. */
final class Window {
    /** Tickets are counted in groups, so that finding the oldest in use costs little. */
    private static final int GROUP_BITS = 8;

    private final Map<RowId, WindowRow> rows = new HashMap<>();
    /** How many rows not in conflict refer to each group of tickets. */
    private final TreeMap<Long, Integer> ticketsInUse = new TreeMap<>();
    /** Rows not in conflict that were delivered everywhere, oldest first; may name rows that moved on since. */
    private final Deque<RowId> delivered = new ArrayDeque<>();

    private final Set<RowId> inConflict = new LinkedHashSet<>();

    @Nullable
    WindowRow get(RowId id) {
        return rows.get(id);
    }

    /** A row that some queue still names. */
    WindowRow required(RowId id) {
        WindowRow row = rows.get(id);
        if (row == null) {
            throw new IllegalStateException("row " + id + " left the window while a queue still names it");
        }
        return row;
    }

    int size() {
        return rows.size();
    }

    int conflicts() {
        return inConflict.size();
    }

    void add(WindowRow row) {
        rows.put(row.id(), row);
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
        if (inConflict.add(row.id()) && formerTicket >= 0) {
            release(formerTicket);
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
            WindowRow row = rows.get(delivered.getFirst());
            if (row != null && !row.isPending() && !row.inConflict()) {
                if (!applied.test(row)) {
                    return;
                }
                release(row.ticket());
                rows.remove(row.id());
            }
            delivered.removeFirst();
        }
    }

    /** Forgets rows in conflict for which the condition holds, telling each to the consumer. */
    void evictInConflict(Predicate<WindowRow> finished, Consumer<WindowRow> evicted) {
        List<WindowRow> found = new ArrayList<>();
        for (RowId id : inConflict) {
            WindowRow row = rows.get(id);
            if (row != null && !row.isPending() && finished.test(row)) {
                found.add(row);
            }
        }
        for (WindowRow row : found) {
            inConflict.remove(row.id());
            rows.remove(row.id());
            evicted.accept(row);
        }
    }
}
