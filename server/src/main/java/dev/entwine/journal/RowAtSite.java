package dev.entwine.journal;

import dev.entwine.db.Identifiers;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one site knows of a row.
 *
 * @param there    whether the row is there
 * @param cells    what stands there now, in the order of the columns; null for NULL
 * @param writer   the number of the transaction that wrote it; empty when the row is not there
 * @param written  when that was committed, if the server keeps commit times
 * @param entries  of the site's journal, in no order
 * @param parked   changes of the row that the site's database refused, oldest first
 * @param ids      the changes of ids from or to this one, oldest first
 * @param merged   whether the engine keeps the row as one in conflict that is not finished
 */
public record RowAtSite(
        boolean there,
        Map<String, @Nullable String> cells,
        String writer,
        Optional<Instant> written,
        List<JournalEntry> entries,
        List<Parked> parked,
        List<IdChange> ids,
        boolean merged) {
    /** A row of the site that got another id. */
    public record IdChange(String from, String to, String reason, Instant at) {}

    /**
     * A refused change.
     *
     * @param id in the site's {@code entwine.parked}
     */
    public record Parked(long id, String operation, String source, String position, Instant at, String error) {}

    /** Whether anybody here has ever heard of the row. */
    public boolean isKnown() {
        return there || !entries.isEmpty() || !parked.isEmpty() || !ids.isEmpty();
    }

    /** The columns of a table's key; empty when there is no such table or it has no key. */
    public static List<String> keyColumns(Connection connection, TableId table) throws SQLException {
        return LiveTable.read(connection, table).map(LiveTable::key).orElse(List.of());
    }

    /**
     * Reads it.
     *
     * @param connection in auto-commit mode
     * @param key        the values of all of the key's columns
     * @throws SQLException also when a value does not fit its column (SQLSTATE class 22)
     */
    public static RowAtSite read(Connection connection, TableId id, ObjectNode key) throws SQLException {
        LiveTable table = LiveTable.read(connection, id)
                .orElseThrow(() -> new SQLException("table " + id + " is not there", "42P01"));
        lookIn(connection, table.typeSchemas());
        Optional<LiveTable.Row> row = table.find(connection, key, LiveTable.Lock.NONE);
        String same = table.sameKey(key);
        return new RowAtSite(
                row.isPresent(),
                row.map(LiveTable.Row::cells).orElse(Map.of()),
                row.map(LiveTable.Row::writer).orElse(""),
                row.flatMap(LiveTable.Row::written),
                Journal.where(connection, same, statement -> bind(statement, id, key)),
                parked(connection, same, id, key),
                ids(connection, id, key),
                merged(connection, same, id, key));
    }

    private static void lookIn(Connection connection, Set<String> typeSchemas) throws SQLException {
        Set<String> schemas = new TreeSet<>(typeSchemas);
        schemas.add("pg_catalog");
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET search_path = " + Identifiers.list(schemas));
        }
    }

    private static void bind(PreparedStatement statement, TableId id, ObjectNode key) throws SQLException {
        statement.setString(1, id.schema());
        statement.setString(2, id.name());
        int next = 3;
        for (String column : key.propertyNames()) {
            statement.setString(next++, key.path(column).asString());
        }
    }

    private static List<Parked> parked(Connection connection, String same, TableId id, ObjectNode key)
            throws SQLException {
        String sql = "SELECT id, operation, source, position::text, at, error FROM entwine.parked WHERE " + same
                + " ORDER BY entwine.parked.id";
        List<Parked> parked = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, id, key);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    parked.add(new Parked(
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getObject(5, OffsetDateTime.class).toInstant(),
                            row.getString(6)));
                }
            }
        }
        return parked;
    }

    private static List<IdChange> ids(Connection connection, TableId id, ObjectNode key) throws SQLException {
        List<IdChange> ids = new ArrayList<>();
        if (key.size() != 1) {
            return ids;
        }
        String sql = "SELECT old_id, new_id, reason, at FROM entwine.rekeyed"
                + " WHERE table_schema = ? AND table_name = ? AND ? IN (old_id, new_id) ORDER BY number";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, id, key);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ids.add(new IdChange(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getObject(4, OffsetDateTime.class).toInstant()));
                }
            }
        }
        return ids;
    }

    private static boolean merged(Connection connection, String same, TableId id, ObjectNode key) throws SQLException {
        String sql = "SELECT EXISTS (SELECT FROM entwine.merged WHERE NOT finished AND " + same + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, id, key);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
