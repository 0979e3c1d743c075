package dev.entwine.merge;

import dev.entwine.model.Cell;
import java.util.Map;

/**
 * What a declared constraint makes of the version of a row that stands, for the sake of another row. An empty one says only that
 * such a decision is part of the row's vector: there may be changes that have seen all of its versions and not that decision.
 *
 * @param withheld whether the row is not to be there, although its version is no delete
 * @param cells    what stands in these columns instead of what the version has there
 */
public record Restraint(boolean withheld, Map<Integer, Cell> cells) {
    static final Restraint NONE = new Restraint(false, Map.of());
    static final Restraint WITHHELD = new Restraint(true, Map.of());

    public Restraint {
        cells = Map.copyOf(cells);
    }

    static Restraint of(int column, Cell cell) {
        return new Restraint(false, Map.of(column, cell));
    }
}
