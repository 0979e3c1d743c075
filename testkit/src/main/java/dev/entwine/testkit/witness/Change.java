package dev.entwine.testkit.witness;

import java.util.Optional;
import java.util.Set;

/**
 * One line of a log: a row was inserted, updated or deleted.
 *
 * @param after     empty for a delete
 * @param unchanged columns whose large value the log left out because the change did not touch it
 */
public record Change(RowId row, Optional<Image> after, Set<String> unchanged) {
    public Change {
        unchanged = Set.copyOf(unchanged);
    }
}
