package dev.entwine.verify;

import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a comparison of one table found.
 *
 * @param rows            how many rows each site has
 * @param differenceCount how many rows differ
 * @param differences     the first of them
 * @param openCount       how many rows could not be judged
 * @param open            the first of them
 * @param byText          whether the sites' hash functions or types differ, so that texts were compared
 */
public record TableComparison(
        Table table,
        Map<SiteId, Long> rows,
        long differenceCount,
        List<Difference> differences,
        long openCount,
        List<Open> open,
        boolean byText) {
    public TableComparison {
        rows = Map.copyOf(rows);
        differences = List.copyOf(differences);
        open = List.copyOf(open);
    }

    /** Whether every row was proved to be equal. */
    public boolean equal() {
        return differenceCount == 0 && openCount == 0;
    }

    /** How a row differs. */
    public enum Kind {
        /** Some sites have the row and some do not. */
        MISSING,
        /** All sites have the row, with different values. */
        DIFFERENT
    }

    /**
     * A row that differs.
     *
     * @param key   the values of the key's columns, as canonical texts
     * @param sites for each site its row, in the order of the table's columns; empty where the row is missing
     */
    public record Difference(Kind kind, List<String> key, Map<SiteId, Optional<List<Optional<String>>>> sites) {
        public Difference {
            key = List.copyOf(key);
            sites = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(sites));
        }

        /** The columns, by index, that the sites which have the row do not have alike. */
        public List<Integer> columns() {
            List<List<Optional<String>>> rows =
                    sites.values().stream().flatMap(Optional::stream).toList();
            List<Integer> differing = new ArrayList<>();
            for (int i = 0; !rows.isEmpty() && i < rows.getFirst().size(); i++) {
                int column = i;
                if (rows.stream().map(row -> row.get(column)).distinct().count() > 1) {
                    differing.add(i);
                }
            }
            return differing;
        }
    }

    /** Why nothing can be said of a row. */
    public enum Reason {
        /** A change of it has not reached every site, and nothing brings it. */
        WAITING,
        /** What was on its way did not arrive in time. */
        HELD,
        /** It is changed faster than changes travel. */
        CHANGING,
        /** There are too many rows to look at. */
        TOO_MANY
    }

    /**
     * A row that could not be judged.
     *
     * @param key empty when the reason is {@link Reason#TOO_MANY}
     */
    public record Open(List<String> key, Reason reason, String why) {
        public Open {
            key = List.copyOf(key);
        }
    }
}
