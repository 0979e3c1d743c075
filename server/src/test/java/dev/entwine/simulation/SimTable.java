package dev.entwine.simulation;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The one table of the simulation: its key, who wrote the row, a counter, and a value that the log leaves out when unchanged. */
final class SimTable {
    static final Table TABLE =
            new Table(new TableId("public", "t"), List.of("id", "tag", "counter", "big"), List.of(0));
    static final int TAG = 1;
    static final int COUNTER = 2;
    static final int BIG = 3;

    /** All columns but the key. */
    static final Set<Integer> VALUES = Set.of(TAG, COUNTER, BIG);

    private SimTable() {}

    /** The columns that a change sets: none for a delete, all for an insert. */
    static Set<Integer> changed(@Nullable Image before, @Nullable Image after) {
        if (before == null || after == null) {
            return after == null ? Set.of() : VALUES;
        }
        return VALUES.stream()
                .filter(column -> !before.cell(column).equals(after.cell(column)))
                .collect(Collectors.toSet());
    }

    static RowKey key(int id) {
        return new RowKey(TABLE.id(), List.of(Integer.toString(id)));
    }

    static Image row(RowKey key, String tag, long counter, Cell big) {
        return Image.of(Cell.text(key.values().getFirst()), Cell.text(tag), Cell.text(Long.toString(counter)), big);
    }

    /** The row with another value that is claimed, or refers to a row; null for none. */
    static Image claiming(Image image, @Nullable String value) {
        return image.with(Map.of(COUNTER, value == null ? Cell.Absence.NULL : Cell.text(value)));
    }

    static @Nullable Image withId(@Nullable Image image, RowKey key) {
        return image == null
                ? null
                : image.with(Map.of(0, Cell.text(key.values().getFirst())));
    }

    static long counter(Image image) {
        return Long.parseLong(image.cell(COUNTER).toString());
    }

    static Image withUnchangedBig(Image image) {
        return Image.of(image.cell(0), image.cell(TAG), image.cell(COUNTER), Cell.Absence.UNCHANGED);
    }
}
