package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The columns of one table that are not taken from the version that stands, but merged by themselves when the row is in conflict.
 *
 * @param names    of the table's columns
 * @param groups   columns that move together: the last change of any of them sets them all
 * @param sums     columns of which differences are added
 * @param sets     columns of which additions and removals are merged, element by element
 * @param extremes columns of which the greatest in an order stands
 * @param base     whether the policy has to know the row that concurrent versions began with
 */
public record Columns(
        List<String> names,
        List<List<Integer>> groups,
        List<Integer> sums,
        Map<Integer, Elements> sets,
        Map<Integer, CellOrder> extremes,
        boolean base) {
    public static final Columns NONE = new Columns(List.of(), List.of(), List.of(), Map.of(), Map.of(), false);

    public Columns {
        names = List.copyOf(names);
        groups = List.copyOf(groups);
        sums = List.copyOf(sums);
        sets = Map.copyOf(sets);
        extremes = Map.copyOf(extremes);
    }

    public boolean isEmpty() {
        return !base && groups.isEmpty() && sums.isEmpty() && sets.isEmpty() && extremes.isEmpty();
    }

    /**
     * The ledger with one more change.
     *
     * @param reset the row that an insert's writer had seen deleted, of which its sums are no part; null when there was none
     */
    Ledger add(Ledger ledger, Contender change, @Nullable Image reset, List<SiteId> precedence) {
        Image after = change.image();
        if (after == null) {
            return ledger.image() == null ? new Ledger(change.before(), ledger.marks(), ledger.base()) : ledger;
        }
        Image before = change.before();
        if (before == null && !change.isInsert()) {
            throw new IllegalStateException("site " + change.site() + " at " + change.position()
                    + ": the log does not say which row a change replaced, which the columns' policies need;"
                    + " ALTER TABLE ... REPLICA IDENTITY FULL, then compare the sites and initialize again");
        }
        Image older = ledger.image() == null ? before : ledger.image();
        Merge merge = new Merge(
                this,
                older == null ? after : older,
                ledger.marks(),
                new Mark(change.stamp(), change.site()),
                precedence);
        groups.forEach(group -> merge.group(group, before, after));
        sums.forEach(column -> merge.sum(column, older, before == null ? reset : before, after));
        sets.forEach((column, elements) -> merge.set(column, elements, before, after));
        return merge.result(ledger.base());
    }

    /** What stands in these columns, given all versions that no other one had seen. */
    Map<Integer, Cell> cells(Ledger ledger, List<Contender> heads) {
        Map<Integer, Cell> cells = new HashMap<>();
        Image image = ledger.image();
        if (image != null) {
            groups.forEach(group -> group.forEach(column -> cells.put(column, image.cell(column))));
            sums.forEach(column -> cells.put(column, image.cell(column)));
            sets.keySet().forEach(column -> cells.put(column, image.cell(column)));
        }
        extremes.forEach((column, order) -> heads.stream()
                .filter(head -> head.image() != null)
                .map(head -> head.cell(column))
                .max(order)
                .ifPresent(cell -> cells.put(column, cell)));
        return cells;
    }

    String name(int column) {
        return names.get(column);
    }
}
