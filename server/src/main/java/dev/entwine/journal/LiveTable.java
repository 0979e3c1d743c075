package dev.entwine.journal;

import dev.entwine.db.Identifiers;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A user's table at one site as it is now: reads and writes single rows as an application would. Generated columns are none of its
 * columns. Owned by whoever owns the connection.
 */
final class LiveTable {
    /** The type without a length: a cast to it never cuts or rounds, and the assignment then checks the length. */
    private static final String COLUMNS = """
        SELECT a.attname, format_type(a.atttypid, -1), a.attidentity = 'a', n.nspname,
               array_position(i.indkey::int[], a.attnum::int) IS NOT NULL, a.attstorage <> 'p'
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid
             JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
             LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE s.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attnum
        """;

    /** Of every other table: the foreign keys by which it refers to this one. */
    private static final String REFERENCES = """
        SELECT format('%I.%I', s.nspname, c.relname), o.conname,
               ARRAY(SELECT format('f.%I', a.attname) FROM unnest(o.conkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place),
               ARRAY(SELECT format('t.%I', a.attname) FROM unnest(o.confkey) WITH ORDINALITY k(number, place)
                     JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.place),
               ARRAY(SELECT format(' OPERATOR(%I.%s) ', n.nspname, e.oprname)
                     FROM unnest(o.conpfeqop) WITH ORDINALITY k(operator, place)
                     JOIN pg_operator e ON e.oid = k.operator JOIN pg_namespace n ON n.oid = e.oprnamespace
                     ORDER BY k.place)
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE o.contype = 'f' AND o.conparentid = 0 AND o.confrelid = (
            SELECT p.oid FROM pg_class p JOIN pg_namespace q ON q.oid = p.relnamespace
            WHERE q.nspname = ? AND p.relname = ?)
        """;

    /**
     * @param fixed whether the server lets nobody update it
     * @param large whether its values may be so large that a log leaves them out where they are not changed
     */
    record Column(String name, String type, boolean fixed, boolean key, boolean large) {}

    /** What else is done with a row that is read. */
    enum Lock {
        NONE("", ""),
        /** Held until the transaction ends. */
        WAIT(" FOR UPDATE", ""),
        /** The same; a row that somebody else holds is taken for missing. */
        SKIP(" FOR UPDATE", " SKIP LOCKED");

        private final String clause;

        Lock(String strength, String waiting) {
            this.clause = strength + waiting;
        }
    }

    /**
     * A row as committed.
     *
     * @param cells   in the order of the columns; null for NULL
     * @param writer  the number of the transaction that wrote this version
     * @param written when that committed, if the server keeps commit times
     */
    record Row(Map<String, @Nullable String> cells, String writer, Optional<Instant> written) {}

    private final TableId id;
    private final Map<String, Column> columns = new LinkedHashMap<>();
    private final Set<String> typeSchemas = new TreeSet<>();

    private LiveTable(TableId id) {
        this.id = id;
    }

    /** Empty when there is no such table. */
    static Optional<LiveTable> read(Connection connection, TableId id) throws SQLException {
        LiveTable table = new LiveTable(id);
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, id.schema());
            statement.setString(2, id.name());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String name = row.getString(1);
                    table.columns.put(
                            name,
                            new Column(
                                    name, row.getString(2), row.getBoolean(3), row.getBoolean(5), row.getBoolean(6)));
                    table.typeSchemas.add(row.getString(4));
                }
            }
        }
        return table.columns.isEmpty() ? Optional.empty() : Optional.of(table);
    }

    TableId id() {
        return id;
    }

    Set<String> columns() {
        return columns.keySet();
    }

    List<String> key() {
        return columns.values().stream().filter(Column::key).map(Column::name).toList();
    }

    /** Where the operators of its columns' types may have to be looked for. */
    Set<String> typeSchemas() {
        return typeSchemas;
    }

    boolean isFixed(String column) {
        return column(column).fixed();
    }

    private Column column(String name) {
        Column column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException("table " + id + " has no column " + name);
        }
        return column;
    }

    /** The row as committed. */
    Optional<Row> find(Connection connection, JsonNode key, Lock lock) throws SQLException {
        String cells = columns.keySet().stream()
                .map(Identifiers::quote)
                .map(name -> "CASE WHEN t." + name + " IS DISTINCT FROM NULL THEN format('%s', t." + name + ") END")
                .collect(Collectors.joining(", "));
        String sql = "SELECT t.xmin::text, CASE WHEN current_setting('track_commit_timestamp') = 'on'"
                + " THEN pg_xact_commit_timestamp(t.xmin) END, " + cells + " FROM " + Identifiers.quote(id)
                + " AS t WHERE "
                + matches(key) + lock.clause;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, 1, key, List.copyOf(key.propertyNames()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(row(row)) : Optional.empty();
            }
        }
    }

    private Row row(ResultSet row) throws SQLException {
        Map<String, @Nullable String> cells = new LinkedHashMap<>();
        int index = 3;
        for (String name : columns.keySet()) {
            cells.put(name, row.getString(index++));
        }
        OffsetDateTime written = row.getObject(2, OffsetDateTime.class);
        return new Row(cells, row.getString(1), Optional.ofNullable(written).map(OffsetDateTime::toInstant));
    }

    int delete(Connection connection, JsonNode key) throws SQLException {
        String sql = "DELETE FROM " + Identifiers.quote(id) + " AS t WHERE " + matches(key);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, 1, key, List.copyOf(key.propertyNames()));
            return statement.executeUpdate();
        }
    }

    int insert(Connection connection, JsonNode image) throws SQLException {
        List<String> names = List.copyOf(image.propertyNames());
        String values = names.stream().map(this::parameter).collect(Collectors.joining(", "));
        String sql = "INSERT INTO " + Identifiers.quote(id) + " (" + Identifiers.list(names)
                + ") OVERRIDING SYSTEM VALUE VALUES (" + values + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, 1, image, names);
            return statement.executeUpdate();
        }
    }

    /** @param changed the columns to be set */
    int update(Connection connection, JsonNode key, JsonNode image, List<String> changed) throws SQLException {
        String sets = changed.stream()
                .map(name -> Identifiers.quote(name) + " = " + parameter(name))
                .collect(Collectors.joining(", "));
        String sql = "UPDATE " + Identifiers.quote(id) + " AS t SET " + sets + " WHERE " + matches(key);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = bind(statement, 1, image, changed);
            bind(statement, next, key, List.copyOf(key.propertyNames()));
            return statement.executeUpdate();
        }
    }

    /** Updates the row to what it is, so that the log carries it whole. */
    int touch(Connection connection, JsonNode key) throws SQLException {
        List<String> sets = new ArrayList<>();
        for (Column column : columns.values()) {
            String name = Identifiers.quote(column.name());
            if (column.large() && !column.key() && !column.fixed()) {
                // A value that is only carried over from the row before stays out of the log; one that is made anew
                // does not.
                sets.add(name + " = CASE WHEN t." + name + " IS DISTINCT FROM NULL THEN format('%s', t." + name + ")::"
                        + column.type() + " END");
            }
        }
        if (sets.isEmpty()) {
            String any = Identifiers.quote(columns.values().stream()
                    .filter(column -> !column.fixed())
                    .reduce((first, last) -> last)
                    .map(Column::name)
                    .orElseThrow(() -> new SQLException("no column of table " + id + " can be updated", "0A000")));
            sets.add(any + " = t." + any);
        }
        String sql =
                "UPDATE " + Identifiers.quote(id) + " AS t SET " + String.join(", ", sets) + " WHERE " + matches(key);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, 1, key, List.copyOf(key.propertyNames()));
            return statement.executeUpdate();
        }
    }

    /** A foreign key by which some row refers to this one; empty when there is none. */
    Optional<String> referredToBy(Connection connection, JsonNode key) throws SQLException {
        for (Reference reference : references(connection)) {
            String sql = "SELECT EXISTS (SELECT FROM " + Identifiers.quote(id) + " AS t JOIN " + reference.from()
                    + " AS f ON " + String.join(" AND ", reference.same()) + " WHERE " + matches(key) + ")";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bind(statement, 1, key, List.copyOf(key.propertyNames()));
                try (ResultSet row = statement.executeQuery()) {
                    if (row.next() && row.getBoolean(1)) {
                        return Optional.of(reference.name() + " of table " + reference.from());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** @param same conditions under which the row f of that table refers to the row t of this one */
    private record Reference(String from, String name, List<String> same) {}

    private List<Reference> references(Connection connection) throws SQLException {
        List<Reference> references = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(REFERENCES)) {
            statement.setString(1, id.schema());
            statement.setString(2, id.name());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String[] from = (String[]) row.getArray(3).getArray();
                    String[] to = (String[]) row.getArray(4).getArray();
                    String[] operators = (String[]) row.getArray(5).getArray();
                    List<String> same = new ArrayList<>();
                    for (int i = 0; i < from.length; i++) {
                        same.add(to[i] + operators[i] + from[i]);
                    }
                    references.add(new Reference(row.getString(1), row.getString(2), same));
                }
            }
        }
        return references;
    }

    private String matches(JsonNode key) {
        List<String> conditions = new ArrayList<>();
        for (String name : key.propertyNames()) {
            conditions.add("t." + Identifiers.quote(name) + " = " + parameter(name));
        }
        return String.join(" AND ", conditions);
    }

    /**
     * A condition for the engine's own tables, which hold the key as an object of texts. Parameters: schema and name of the table, then
     * the key's values. Keys are compared as the column's type compares them, not as texts.
     */
    String sameKey(JsonNode key) {
        List<String> conditions = new ArrayList<>();
        for (String name : key.propertyNames()) {
            conditions.add(
                    "(key->>" + Identifiers.literal(name) + ")::" + column(name).type() + " = " + parameter(name));
        }
        return "CASE WHEN table_schema = ? AND table_name = ? AND key IS NOT NULL THEN "
                + String.join(" AND ", conditions) + " ELSE false END";
    }

    private String parameter(String column) {
        return "?::text::" + column(column).type();
    }

    private static int bind(PreparedStatement statement, int first, JsonNode image, List<String> names)
            throws SQLException {
        int next = first;
        for (String name : names) {
            JsonNode value = image.path(name);
            statement.setString(next++, value.isNull() ? null : value.asString());
        }
        return next;
    }
}
