package dev.entwine.verify;

import dev.entwine.db.KeyText;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table as one site has it: the types of its replicated columns, and how large it is.
 *
 * @param columns in the table's order
 * @param blocks  of its largest part; what lies beyond them was not there when this was read
 */
record Shape(Table table, List<Column> columns, long blocks) {
    /** The server's own types have lesser numbers, the same in every version. */
    private static final int FIRST_NOT_BUILT_IN = 10_000;

    private static final String COLUMN = """
        SELECT format_type(a.atttypid, -1), n.nspname, b.oid::bigint, b.typname,
               CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, b.typtype = 'd', a.attnotnull,
               coalesce((SELECT l.collisdeterministic FROM pg_collation l WHERE l.oid = a.attcollation), true)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
             JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        WHERE a.attrelid = (SELECT c.oid FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
                            WHERE s.nspname = ? AND c.relname = ?)
          AND a.attname = ? AND NOT a.attisdropped
        """;

    private static final String BLOCKS = """
        SELECT coalesce(max(pg_relation_size(p.relid) / current_setting('block_size')::int), 0)
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
             CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid)) p
        WHERE s.nspname = ? AND c.relname = ?
        """;

    Shape {
        columns = List.copyOf(columns);
    }

    /**
     * One column.
     *
     * @param type          without a length, as it is written in a cast
     * @param schema        of the type
     * @param oid           of the type, or of what a domain is over
     * @param base          that type's name
     * @param modifier      -1 where the type has none
     * @param nested        whether it is a domain over a domain
     * @param notNull       whether the column takes no NULL
     * @param deterministic whether equal texts are equal bytes
     */
    record Column(
            String name,
            String type,
            String schema,
            long oid,
            String base,
            int modifier,
            boolean nested,
            boolean notNull,
            boolean deterministic) {
        boolean isBuiltIn() {
            return oid < FIRST_NOT_BUILT_IN && !nested;
        }

        /** Whether equal values have equal texts, of the types where that depends on how the column was declared. */
        private String exactness() {
            return switch (isBuiltIn() ? (int) oid : 0) {
                case 1042 -> modifier > 0 && deterministic ? " of one length" : "";
                case 1700 -> modifier >= 0 ? " of one scale" : "";
                default -> "";
            };
        }

        KeyText keyText() {
            return (isBuiltIn() ? KeyText.ofBuiltIn((int) oid) : KeyText.ofNamed(base)).orElse(KeyText.EXACT);
        }
    }

    /** @throws SQLException also when a column is not there (SQLSTATE 42703) */
    static Shape read(Table table, Connection connection) throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (String name : table.columns()) {
            columns.add(column(table, name, connection));
        }
        try (PreparedStatement statement = connection.prepareStatement(BLOCKS)) {
            statement.setString(1, table.id().schema());
            statement.setString(2, table.id().name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Shape(table, columns, row.getLong(1));
            }
        }
    }

    private static Column column(Table table, String name, Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMN)) {
            statement.setString(1, table.id().schema());
            statement.setString(2, table.id().name());
            statement.setString(3, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("table " + table + " has no column " + name, "42703");
                }
                return new Column(
                        name,
                        row.getString(1),
                        row.getString(2),
                        row.getLong(3),
                        row.getString(4),
                        row.getInt(5),
                        row.getBoolean(6),
                        row.getBoolean(7),
                        row.getBoolean(8));
            }
        }
    }

    List<Column> keyColumns() {
        return table.key().stream().map(columns::get).toList();
    }

    /** The types, and what else numbers of the servers' own depend on: sites that differ here can only be compared by texts. */
    List<String> types() {
        return columns.stream()
                .map(column -> column.type() + column.exactness())
                .toList();
    }

    /** Where the operators of its keys' types may have to be looked for. */
    Set<String> typeSchemas() {
        Set<String> schemas = new TreeSet<>(Set.of("pg_catalog"));
        columns.forEach(column -> schemas.add(column.schema()));
        return schemas;
    }
}
