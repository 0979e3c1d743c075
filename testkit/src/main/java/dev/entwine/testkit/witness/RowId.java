package dev.entwine.testkit.witness;

/**
 * Names a row of a table in schema {@code public} whose key is the column {@code id}.
 *
 * @param key the text of the key
 */
public record RowId(String table, String key) implements Comparable<RowId> {
    @Override
    public int compareTo(RowId other) {
        int byTable = table.compareTo(other.table);
        return byTable != 0 ? byTable : key.compareTo(other.key);
    }

    @Override
    public String toString() {
        return table + " " + key;
    }
}
