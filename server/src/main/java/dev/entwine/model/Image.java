package dev.entwine.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A row's cells, in the order of {@link Table#columns}. */
public final class Image {
    private final Cell[] cells;

    private Image(Cell[] cells) {
        this.cells = cells;
    }

    /** Takes the array over: it must not be changed afterwards. */
    public static Image of(Cell... cells) {
        return new Image(cells);
    }

    /** A row of which nothing is known to have changed: the key, and the other cells as they are. */
    public static Image keyOnly(Table table, RowKey key) {
        Cell[] cells = new Cell[table.columns().size()];
        Arrays.fill(cells, Cell.Absence.UNCHANGED);
        for (int i = 0; i < table.key().size(); i++) {
            cells[table.key().get(i)] = Cell.text(key.values().get(i));
        }
        return new Image(cells);
    }

    public Cell cell(int column) {
        return cells[column];
    }

    public int size() {
        return cells.length;
    }

    /** Whether every cell is known. */
    public boolean isComplete() {
        return unknown() == 0;
    }

    /** How many cells are not known. */
    public int unknown() {
        int unknown = 0;
        for (Cell cell : cells) {
            unknown += cell.isKnown() ? 0 : 1;
        }
        return unknown;
    }

    /** Whether a row can be made of it: a column that its log did not have yet gets the default. */
    public boolean isInsertable() {
        for (Cell cell : cells) {
            if (cell == Cell.Absence.UNCHANGED) {
                return false;
            }
        }
        return true;
    }

    /** This image, with each unknown cell taken from an older image of the same row. */
    public Image filledFrom(Image older) {
        if (isComplete()) {
            return this;
        }
        Cell[] filled = cells.clone();
        for (int i = 0; i < filled.length; i++) {
            if (!filled[i].isKnown() && older.cells[i].isKnown()) {
                filled[i] = older.cells[i];
            }
        }
        return new Image(filled);
    }

    /** This image with other cells in some columns. */
    public Image with(Map<Integer, Cell> others) {
        if (others.isEmpty()) {
            return this;
        }
        Cell[] changed = cells.clone();
        others.forEach((column, cell) -> changed[column] = cell);
        return new Image(changed);
    }

    /** The columns whose cell is a value or NULL. */
    public List<Integer> knownColumns() {
        List<Integer> known = new ArrayList<>(cells.length);
        for (int i = 0; i < cells.length; i++) {
            if (cells[i].isKnown()) {
                known.add(i);
            }
        }
        return known;
    }

    /** An estimate of the memory taken, in bytes. */
    public int bytes() {
        int sum = 32;
        for (Cell cell : cells) {
            sum += cell.bytes();
        }
        return sum;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Image that && Arrays.equals(cells, that.cells);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(cells);
    }

    @Override
    public String toString() {
        return Arrays.toString(cells);
    }
}
