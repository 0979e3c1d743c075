package dev.entwine.capture.postgres;

import dev.entwine.db.KeyText;
import dev.entwine.model.Cell;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A table as this site's log describes it: how its columns' order and types lead to the engine's. */
final class Relation {
    private final Table table;

    /** For each column of the log's order its index in {@link Table#columns}; -1 for one that is there no more. */
    private final List<Integer> places;

    /** For each column of the key, in key order. */
    private final List<KeyText> keyTexts;

    Relation(Table table, List<Integer> places, List<KeyText> keyTexts) {
        this.table = table;
        this.places = List.copyOf(places);
        this.keyTexts = List.copyOf(keyTexts);
    }

    Table table() {
        return table;
    }

    /** Reads a row, in the table's order of columns. What the description lacks was added later and is not sent. */
    Cell[] row(ByteBuffer message) throws LogDefect {
        int count = message.getShort();
        if (count != places.size()) {
            throw new LogDefect("a row of table " + table + " has " + count + " columns where its description has "
                    + places.size() + "; report this as an error of the server or of this program");
        }
        Cell[] cells = new Cell[table.columns().size()];
        Arrays.fill(cells, Cell.Absence.NOT_SENT);
        for (int i = 0; i < count; i++) {
            Cell cell = cell(message);
            if (places.get(i) >= 0) {
                cells[places.get(i)] = cell;
            }
        }
        return cells;
    }

    private Cell cell(ByteBuffer message) throws LogDefect {
        byte kind = message.get();
        return switch (kind) {
            case 't' -> Cell.value(Wire.bytes(message, message.getInt()));
            case 'n' -> Cell.Absence.NULL;
            case 'u' -> Cell.Absence.UNCHANGED;
            default ->
                throw new LogDefect("a value of table " + table + " has the unknown form '" + (char) kind
                        + "'; this program does not know the server's version");
        };
    }

    RowKey key(Cell[] row) throws LogDefect {
        String[] values = new String[keyTexts.size()];
        for (int i = 0; i < values.length; i++) {
            int column = table.key().get(i);
            if (!(row[column] instanceof Cell.Value value)) {
                throw new LogDefect("a row of table " + table + " comes without a value of its key's column "
                        + table.columns().get(column) + " (" + row[column]
                        + "); the table's replica identity must be its primary key, or FULL");
            }
            values[i] = keyTexts.get(i).canonical(value.text());
        }
        return new RowKey(table.id(), List.of(values));
    }
}
