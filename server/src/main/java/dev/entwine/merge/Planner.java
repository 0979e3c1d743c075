package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.model.Change;
import dev.entwine.model.Operation;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is to be written at a target: first as its queue has it, and again where the target's own log turns out to be ahead. */
final class Planner {
    private final Window window;

    Planner(Window window) {
        this.window = window;
    }

    /** The net effect of items on the rows that the target does not have already. */
    Collection<RowWrite> plan(SiteView view, List<Item> items, Collection<RowId> urgent) {
        Map<RowId, RowWrite> writes = new LinkedHashMap<>();
        for (RowId id : urgent) {
            WindowRow row = window.get(id);
            if (row != null && row.inConflict()) {
                planMerged(view, row, writes);
            }
        }
        for (Item item : items) {
            switch (item) {
                case Item.Touch touch ->
                    planMerged(view, window.required(touch.key().id()), writes);
                case Item.Transaction transaction -> planTransaction(view, transaction, writes);
            }
        }
        return withTogether(view, writes);
    }

    /** Added to what is written: the rows whose decisions must become known together with those of rows that are there already. */
    private Collection<RowWrite> withTogether(SiteView view, Map<RowId, RowWrite> writes) {
        Deque<RowWrite> unasked = new ArrayDeque<>(writes.values());
        while (!unasked.isEmpty()) {
            RowWrite write = unasked.removeFirst();
            for (Decision decision : write.decisions()) {
                WindowRow row = window.required(write.key().id());
                for (RowId id : row.conflict().decidedTogether(decision)) {
                    WindowRow other = writes.containsKey(id) ? null : window.get(id);
                    if (other != null) {
                        planMerged(view, other, writes);
                    }
                    RowWrite added = writes.get(id);
                    if (other != null && added != null) {
                        unasked.addLast(added);
                    }
                }
            }
        }
        return writes.values();
    }

    private void planTransaction(SiteView view, Item.Transaction transaction, Map<RowId, RowWrite> writes) {
        boolean resent = view.progress().contains(transaction.source(), transaction.position());
        for (Delivery delivery : transaction.deliveries()) {
            WindowRow row = window.required(delivery.change().key().id());
            if (row.inConflict()) {
                planMerged(view, row, writes);
            } else if (!resent && !ScopeRules.isUse(delivery.change())) {
                RowWrite write = plain(transaction, delivery);
                writes.merge(row.id(), write, RowWrite::followedBy);
            }
        }
    }

    /** Once for all items that name the row: it may have thousands of decisions to tell of. */
    private void planMerged(SiteView view, WindowRow row, Map<RowId, RowWrite> writes) {
        if (row.inConflict()
                && !writes.containsKey(row.id())
                && (!view.seen(row.id()).covers(row.vector())
                        || row.conflict().lacking().contains(view.site()))) {
            writes.put(row.id(), mergedNow(view.site(), row));
        }
    }

    private static RowWrite plain(Item.Transaction transaction, Delivery delivery) {
        Change change = delivery.change();
        return new RowWrite(
                change.table(),
                change.key(),
                change.operation(),
                change.after(),
                delivery.vector(),
                null,
                transaction.source(),
                transaction.position(),
                transaction.stamp(),
                transaction.transaction(),
                List.of());
    }

    private static RowWrite mergedNow(SiteId target, WindowRow row) {
        ConflictState conflict = row.conflict();
        Contender standing = conflict.merged().standing();
        return new RowWrite(
                conflict.table(),
                conflict.key(),
                conflict.merged().image() == null ? Operation.DELETE : Operation.UPDATE,
                conflict.merged().image(),
                row.vector(),
                conflict.merged(),
                standing.site(),
                standing.position(),
                standing.stamp(),
                standing.transaction(),
                conflict.toJournal(target, row.vector()));
    }

    /**
     * Whether the window still knows all rows of a batch. One that was decided for a constraint's sake may be in a batch without an
     * item that names it, and leave the window meanwhile, or even be there again with a plain change: then every site has had what
     * became of it, which may be more than is written here.
     */
    boolean knowsAll(Collection<RowWrite> writes) {
        return writes.stream().allMatch(write -> {
            WindowRow row = window.get(write.key().id());
            return row != null && (row.inConflict() || !write.isMerged());
        });
    }

    /**
     * Certifies what a batch has written, once a fence has passed: the writes that do not contain the target's own last change of
     * their row, replaced by the merged rows of now, with what was decided together with them. Empty: certified.
     */
    Collection<RowWrite> overtaken(SiteView view, Collection<RowWrite> writes) {
        SiteId target = view.site();
        Map<RowId, RowWrite> result = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            WindowRow row = window.required(write.key().id());
            if (row.vector().at(target).isAfter(write.vector().at(target))) {
                if (!row.inConflict()) {
                    throw new IllegalStateException("site " + target + " changed row " + row.id() + " at "
                            + row.vector().at(target) + " on top of a change that it does not have yet");
                }
                result.put(row.id(), mergedNow(target, row));
            }
        }
        return withTogether(view, result);
    }

    /** What has to be looked up before these rows can be written. */
    List<Batch.Missing> missing(Collection<RowWrite> writes) {
        List<Batch.Missing> result = new ArrayList<>(0);
        for (RowWrite write : writes) {
            if (write.merged() != null) {
                for (Contender version : write.merged().incomplete()) {
                    result.add(new Batch.Missing(write.table(), write.key(), version.site(), version.position()));
                }
            }
        }
        return result;
    }

    /**
     * Plans the rows anew after they were completed. Left out are those that cannot be written yet: because the version that stands is
     * not complete, or because the target's own is not, of which the write would leave nothing.
     */
    List<RowWrite> completed(SiteId target, List<RowWrite> writes) {
        List<RowWrite> result = new ArrayList<>();
        for (RowWrite write : writes) {
            WindowRow row = window.required(write.key().id());
            if (!write.isMerged()) {
                result.add(write);
            } else if (!row.conflict().merged().standing().isIncomplete()
                    && !row.conflict().merged().isIncompleteAt(target)) {
                result.add(mergedNow(target, row));
            }
        }
        return result;
    }
}
