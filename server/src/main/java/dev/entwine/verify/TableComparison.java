package dev.entwine.verify;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a comparison of one table found.
 *
 * @param rows             how many rows each site has
 * @param differenceCount  how many keys differ
 * @param differences      the first of them, in order of key
 */
public record TableComparison(
        TableId table, Map<SiteId, Long> rows, long differenceCount, List<Difference> differences) {
    public TableComparison {
        rows = Map.copyOf(rows);
        differences = List.copyOf(differences);
    }

    public boolean equal() {
        return differenceCount == 0;
    }

    /** How a key differs. */
    public enum Kind {
        /** Some sites have the row and some do not. */
        MISSING,
        /** All sites have the row, with different values. */
        DIFFERENT
    }

    /**
     * A key that differs.
     *
     * @param key   the values of the key's columns, as texts
     * @param sites for each site its row, in the order of the table's columns; empty where the row is missing
     */
    public record Difference(Kind kind, List<String> key, Map<SiteId, Optional<List<Optional<String>>>> sites) {
        public Difference {
            key = List.copyOf(key);
            sites = Map.copyOf(sites);
        }
    }
}
