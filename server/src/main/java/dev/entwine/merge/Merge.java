package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes one change into a {@link Ledger}. Used once. */
final class Merge {
    private final Columns columns;
    private final Cell[] cells;
    private final Map<String, Mark> marks;
    private final Mark mine;
    private final Comparator<Mark> order;

    Merge(Columns columns, Image older, Map<String, Mark> marks, Mark mine, List<SiteId> precedence) {
        this.columns = columns;
        this.cells = new Cell[older.size()];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = older.cell(i);
        }
        this.marks = new HashMap<>(marks);
        this.mine = mine;
        this.order = Comparator.comparing(Mark::stamp)
                .thenComparing(Comparator.comparingInt((Mark mark) -> precedence.indexOf(mark.site()))
                        .reversed());
    }

    Ledger result(@Nullable Image base) {
        return new Ledger(Image.of(cells), marks, base);
    }

    /** The last change of any of these columns sets them all. */
    void group(List<Integer> group, @Nullable Image before, Image after) {
        boolean changed = before == null
                || group.stream().anyMatch(column -> !before.cell(column).equals(after.cell(column)));
        if (changed && isLast(columns.name(group.getFirst()))) {
            group.forEach(column -> cells[column] = after.cell(column));
        }
    }

    /** Whether this change is the last one so far that set something; then it is remembered for that. */
    private boolean isLast(String key) {
        Mark before = marks.get(key);
        if (before != null && order.compare(before, mine) > 0) {
            return false;
        }
        marks.put(key, mine);
        return true;
    }

    /**
     * Adds the difference. NULL counts as nothing; it stays NULL as long as nobody adds to it.
     *
     * @param older null when there was no version yet
     */
    void sum(int column, @Nullable Image older, @Nullable Image before, Image after) {
        Cell sum = older == null ? Cell.Absence.NULL : older.cell(column);
        Cell from = before == null ? Cell.Absence.NULL : before.cell(column);
        Cell to = after.cell(column);
        boolean nothing = !(sum instanceof Cell.Value) && !(to instanceof Cell.Value);
        cells[column] = nothing
                ? to
                : Cell.text(number(sum).add(number(to)).subtract(number(from)).toPlainString());
    }

    private static BigDecimal number(Cell cell) {
        return cell instanceof Cell.Value value ? new BigDecimal(value.text()) : BigDecimal.ZERO;
    }

    /** Each element is there or not as the last change of that element had it. */
    void set(int column, Elements elements, @Nullable Image before, Image after) {
        Optional<Set<String>> now = elements.of(cells[column]);
        Optional<Set<String>> from = before == null ? Optional.of(Set.of()) : elements.of(before.cell(column));
        Optional<Set<String>> to = elements.of(after.cell(column));
        if (now.isEmpty() || from.isEmpty() || to.isEmpty()) {
            group(List.of(column), before, after);
            return;
        }
        if (from.get().equals(to.get()) && before != null) {
            return;
        }
        Set<String> result = new LinkedHashSet<>(now.get());
        Set<String> touched = new HashSet<>(from.get());
        touched.addAll(to.get());
        for (String element : touched) {
            boolean there = to.get().contains(element);
            if (there != from.get().contains(element) && isLast(key(column, element))) {
                boolean ignored = there ? result.add(element) : result.remove(element);
            }
        }
        if (after.cell(column) instanceof Cell.Value || !result.isEmpty()) {
            cells[column] = Cell.text(elements.format(ordered(column, result)));
        } else {
            cells[column] = after.cell(column);
        }
    }

    /** What was there from the beginning keeps its place; what was added follows by time. */
    private Set<String> ordered(int column, Set<String> elements) {
        List<String> added = new ArrayList<>();
        Set<String> result = new LinkedHashSet<>();
        for (String element : elements) {
            if (marks.containsKey(key(column, element))) {
                added.add(element);
            } else {
                result.add(element);
            }
        }
        added.sort(Comparator.comparing((String element) -> marks.getOrDefault(key(column, element), mine), order)
                .thenComparing(Comparator.naturalOrder()));
        result.addAll(added);
        return result;
    }

    private String key(int column, String element) {
        return columns.name(column) + "/" + element;
    }
}
