package dev.entwine.apply;

import dev.entwine.merge.IdHolder;
import dev.entwine.merge.RekeyRules;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A column of one site that holds a table's ids.
 *
 * @param table  quoted, with its schema
 * @param column quoted
 * @param type   as a cast takes it
 */
record IdColumn(String table, String column, String type, IdHolder holder) {
    private static final int ROWS_PER_STATEMENT = 2_000;

    /** A server that finds no index worth its while looks for each of them in each value; reading all of these is faster then. */
    private static final int IDS_LOOKED_FOR_MAX = 100;

    /** A partition's own copies of foreign keys follow from those of its root. */
    private static final String FOREIGN_KEYS = """
        SELECT n.nspname, c.relname, a.attname, format('%I.%I', n.nspname, c.relname), quote_ident(a.attname),
               format_type(a.atttypid, -1)
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]
             JOIN pg_attribute k ON k.attrelid = o.confrelid AND k.attnum = o.confkey[1]
        WHERE o.contype = 'f' AND o.conparentid = 0 AND o.confrelid = ?::regclass AND cardinality(o.confkey) = 1
          AND k.attname = ?
        """;

    static IdColumn key(TargetTable table) {
        int key = table.table().key().getFirst();
        return new IdColumn(table.name(), table.column(key), table.type(key), IdHolder.VALUE);
    }

    static IdColumn of(TargetTable table, RekeyRules.Reference reference) {
        int column = reference.column();
        return new IdColumn(table.name(), table.column(column), table.type(column), reference.holder());
    }

    /** Columns with a foreign key to the table that the rules do not know: their tables stay at this site. */
    static List<IdColumn> notSynchronized(Connection connection, TargetTable parent, RekeyRules rules)
            throws SQLException {
        List<IdColumn> result = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(FOREIGN_KEYS)) {
            statement.setString(1, parent.name());
            statement.setString(
                    2, parent.table().columns().get(parent.table().key().getFirst()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableId table = new TableId(row.getString(1), row.getString(2));
                    String column = row.getString(3);
                    boolean known = rules.references().getOrDefault(table, List.of()).stream()
                            .anyMatch(reference -> reference
                                    .table()
                                    .columns()
                                    .get(reference.column())
                                    .equals(column));
                    if (!known) {
                        result.add(new IdColumn(row.getString(4), row.getString(5), row.getString(6), IdHolder.VALUE));
                    }
                }
            }
        }
        return result;
    }

    /** Whether its values are ids, and do not only hold some. */
    boolean isId() {
        return holder.find() == IdHolder.Find.EQUAL;
    }

    /** Replaces ids in all rows, in the connection's transaction; however many they are, few of them are in memory. */
    void change(Connection connection, Map<String, String> ids) throws SQLException {
        if (isId()) {
            String sql = "UPDATE " + table + " AS t SET " + column + " = v.now::" + type
                    + " FROM unnest(?::text[], ?::text[]) AS v(before, now) WHERE t." + column + " = v.before::" + type;
            update(connection, sql, ids.keySet().toArray(), ids.values().toArray());
            return;
        }
        boolean narrowed = holder.find() != IdHolder.Find.EACH && ids.size() <= IDS_LOOKED_FOR_MAX;
        String select = "SELECT t.tableoid::text, t.ctid::text, format('%s', t." + column + ") FROM " + table
                + " AS t WHERE t." + column + " IS NOT NULL" + (narrowed ? mayHold() : "");
        try (PreparedStatement statement = connection.prepareStatement(select)) {
            statement.setFetchSize(ROWS_PER_STATEMENT);
            if (narrowed) {
                statement.setArray(1, array(connection, ids.keySet().toArray()));
            }
            try (ResultSet row = statement.executeQuery()) {
                List<Held> held = new ArrayList<>();
                while (row.next()) {
                    String text = row.getString(3);
                    String replaced = holder.replaced(text, id -> ids.getOrDefault(id, id));
                    if (!replaced.equals(text)) {
                        held.add(new Held(row.getString(1), row.getString(2), replaced));
                    }
                    if (held.size() == ROWS_PER_STATEMENT) {
                        write(connection, held);
                        held.clear();
                    }
                }
                write(connection, held);
            }
        }
    }

    /** A row, by its partition and its place there, and the value that it gets. */
    private record Held(String part, String place, String now) {}

    private void write(Connection connection, List<Held> held) throws SQLException {
        String sql = "UPDATE " + table + " AS t SET " + column + " = v.now::" + type
                + " FROM unnest(?::text[], ?::text[], ?::text[]) AS v(part, place, now)"
                + " WHERE t.tableoid = v.part::oid AND t.ctid = v.place::tid";
        update(
                connection,
                sql,
                held.stream().map(Held::part).toArray(),
                held.stream().map(Held::place).toArray(),
                held.stream().map(Held::now).toArray());
    }

    /** A condition that an index may answer. The operators of a type that an extension brought are where the type is. */
    private String mayHold() {
        return switch (holder.find()) {
            case OVERLAP -> " AND t." + column + " && ?::text[]::" + type;
            case KEY -> " AND t." + column + " OPERATOR(" + schema() + "??|) ?::text[]";
            case EQUAL, EACH -> "";
        };
    }

    private String schema() {
        int dot = type.lastIndexOf('.');
        return dot < 0 ? "pg_catalog." : type.substring(0, dot + 1);
    }

    private static void update(Connection connection, String sql, Object[]... columns) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < columns.length; i++) {
                statement.setArray(i + 1, array(connection, columns[i]));
            }
            statement.executeUpdate();
        }
    }

    private static Array array(Connection connection, Object[] texts) throws SQLException {
        return connection.createArrayOf("text", texts);
    }
}
