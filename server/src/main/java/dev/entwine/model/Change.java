package dev.entwine.model;

import org.jspecify.annotations.Nullable;

/**
 * One row's insert, update or delete. The key never changes: an update that changes it is two changes, a delete and an insert.
 *
 * @param before the row before, as far as the log carries it; null for an insert, and where the log carries nothing but the key
 * @param after  the row after; null for a delete
 */
public record Change(
        Table table,
        RowKey key,
        Operation operation,
        @Nullable Image before,
        @Nullable Image after) {
    public Change {
        if ((after == null) != (operation == Operation.DELETE)) {
            throw new IllegalArgumentException(operation + " of " + table + " with after image " + (after != null));
        }
    }

    /** An estimate of the memory taken, in bytes. */
    public int bytes() {
        int keyBytes = 96;
        for (String value : key.values()) {
            keyBytes += 48 + value.length();
        }
        return keyBytes + (before == null ? 0 : before.bytes()) + (after == null ? 0 : after.bytes());
    }
}
