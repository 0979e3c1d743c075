package dev.entwine.simulation;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.List;

/** The one table of the simulation: its key, who wrote the row, a counter, and a value that the log leaves out when unchanged. */
final class SimTable {
    static final Table TABLE =
            new Table(new TableId("public", "t"), List.of("id", "tag", "counter", "big"), List.of(0));
    static final int TAG = 1;
    static final int COUNTER = 2;
    static final int BIG = 3;

    private SimTable() {}

    static RowKey key(int id) {
        return new RowKey(TABLE.id(), List.of(Integer.toString(id)));
    }

    static Image row(RowKey key, String tag, long counter, Cell big) {
        return Image.of(Cell.text(key.values().getFirst()), Cell.text(tag), Cell.text(Long.toString(counter)), big);
    }

    static long counter(Image image) {
        return Long.parseLong(image.cell(COUNTER).toString());
    }

    static Image withUnchangedBig(Image image) {
        return Image.of(image.cell(0), image.cell(TAG), image.cell(COUNTER), Cell.Absence.UNCHANGED);
    }
}
