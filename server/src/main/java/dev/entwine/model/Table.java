package dev.entwine.model;

import java.util.List;

/**
 * A synchronized table as the engine sees it at every site: the replicated columns in one agreed order, whatever order each site
 * stores them in.
 *
 * @param columns the names of all replicated columns (generated columns are not among them)
 * @param key     the indexes into {@code columns} of the key's columns, in key order
 */
public record Table(TableId id, List<String> columns, List<Integer> key) {
    public Table {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        if (key.isEmpty()) {
            throw new IllegalArgumentException("table " + id + " has no key");
        }
    }

    public boolean isKey(int column) {
        return key.contains(column);
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
