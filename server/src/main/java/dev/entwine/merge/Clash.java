package dev.entwine.merge;

import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.util.List;

/** What a declared constraint of a target does not let stand, found when a batch was written there. */
public sealed interface Clash {
    /** The constraint's name. */
    String constraint();

    /** The rows that it is about. */
    List<Row> rows();

    /** One of them. */
    record Row(Table table, RowKey key) {
        @Override
        public String toString() {
            return "row (" + String.join(", ", key.values()) + ") of " + table;
        }
    }

    /**
     * Two rows claim what only one may have.
     *
     * @param columns the constraint's columns, as far as it has any by name
     */
    record Claimed(String constraint, List<Integer> columns, Row one, Row other) implements Clash {
        public Claimed {
            columns = List.copyOf(columns);
        }

        @Override
        public List<Row> rows() {
            return List.of(one, other);
        }
    }

    /**
     * A row refers to one that is not there.
     *
     * @param columns those of the child that refer
     * @param values  what the child holds there at the target, or is to hold, in the order of the columns
     */
    record Orphaned(String constraint, List<Integer> columns, List<String> values, Row child, Row parent)
            implements Clash {
        public Orphaned {
            columns = List.copyOf(columns);
            values = List.copyOf(values);
        }

        @Override
        public List<Row> rows() {
            return List.of(child, parent);
        }
    }

    /** A row in conflict, as it was merged, breaks a check. */
    record Invalid(String constraint, Row row) implements Clash {
        @Override
        public List<Row> rows() {
            return List.of(row);
        }
    }
}
