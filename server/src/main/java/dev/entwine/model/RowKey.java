package dev.entwine.model;

import java.util.List;

/**
 * Which row: its table and the values of its key's columns in canonical text form (equal keys have equal text). {@link #id} is
 * derived from both.
 */
public record RowKey(TableId table, List<String> values, RowId id) {
    public RowKey(TableId table, List<String> values) {
        this(table, List.copyOf(values), RowId.of(table, values));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** {@code public.account (7)}; row values, so for journals and errors that the table's owner reads, not for logs. */
    @Override
    public String toString() {
        return table + " (" + String.join(", ", values) + ")";
    }
}
