package dev.entwine.model;

/** The name of a table as the catalog has it, unquoted. */
public record TableId(String schema, String name) implements Comparable<TableId> {
    @Override
    public int compareTo(TableId other) {
        int bySchema = schema.compareTo(other.schema);
        return bySchema != 0 ? bySchema : name.compareTo(other.name);
    }

    /** {@code schema.name}, for people; not quoted and not for SQL. */
    @Override
    public String toString() {
        return schema + "." + name;
    }
}
