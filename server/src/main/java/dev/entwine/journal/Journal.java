package dev.entwine.journal;

import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads one site's conflict journal. Stateless. */
public final class Journal {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final int FETCHED = 500;

    private static final String SELECT = """
        SELECT id, at, table_schema, table_name, row_id, key::text, kind, policy, reason, status, winner, vector,
               losers::text, base::text, result::text, transactions::text, revisions::text, finished
        FROM entwine.conflict
        """;

    private Journal() {}

    /** Whether there is a journal at all. */
    public static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_regclass('entwine.conflict') IS NOT NULL")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /**
     * The entries one after the other, without holding more than some of them in memory.
     *
     * @param connection in a transaction, which it must stay in
     * @param entriesMax how many at most
     */
    public static JournalCursor read(Connection connection, Filter filter, boolean newestFirst, long entriesMax)
            throws SQLException {
        String order = newestFirst ? "at DESC, id COLLATE \"C\" DESC" : "at, id COLLATE \"C\"";
        PreparedStatement statement =
                connection.prepareStatement(SELECT + "WHERE " + filter.condition() + " ORDER BY " + order + " LIMIT ?");
        statement.setLong(filter.bind(statement), entriesMax);
        statement.setFetchSize(FETCHED);
        return new JournalCursor(statement);
    }

    public static Optional<JournalEntry> find(Connection connection, String id) throws SQLException {
        return find(connection, id, "");
    }

    /** The entry, which nobody revises until the transaction ends. */
    static Optional<JournalEntry> lock(Connection connection, String id) throws SQLException {
        return find(connection, id, " FOR UPDATE");
    }

    private static Optional<JournalEntry> find(Connection connection, String id, String lock) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT + "WHERE id = ?" + lock)) {
            statement.setString(1, id);
            return all(statement).stream().findFirst();
        }
    }

    /**
     * How many entries there are of a table.
     *
     * @param open of these, those that wait for a person
     */
    public record Count(long entries, long open) {}

    /** By table. */
    public static Map<TableId, Count> counts(Connection connection) throws SQLException {
        String sql = "SELECT table_schema, table_name, count(*), count(*) FILTER (WHERE status = 'open')"
                + " FROM entwine.conflict GROUP BY table_schema, table_name";
        Map<TableId, Count> counts = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                counts.put(new TableId(row.getString(1), row.getString(2)), new Count(row.getLong(3), row.getLong(4)));
            }
        }
        return counts;
    }

    /** All entries of a row, in the order in which they were decided as far as stamps tell. */
    public static List<JournalEntry> ofRow(Connection connection, String rowId) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SELECT + "WHERE row_id = ? ORDER BY stamp, vector")) {
            statement.setString(1, rowId);
            return all(statement);
        }
    }

    /** Binds a condition's parameters. */
    interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    static List<JournalEntry> where(Connection connection, String condition, Binding binding) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT + "WHERE " + condition)) {
            binding.bind(statement);
            return all(statement);
        }
    }

    private static List<JournalEntry> all(PreparedStatement statement) throws SQLException {
        List<JournalEntry> result = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                result.add(entry(row));
            }
        }
        return result;
    }

    static JournalEntry entry(ResultSet row) throws SQLException {
        return new JournalEntry(
                row.getString(1),
                row.getObject(2, OffsetDateTime.class).toInstant(),
                new TableId(row.getString(3), row.getString(4)),
                row.getString(5),
                json(row, 6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                row.getString(12),
                json(row, 13),
                json(row, 14),
                json(row, 15),
                json(row, 16),
                json(row, 17),
                row.getBoolean(18));
    }

    private static JsonNode json(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        return MAPPER.readTree(row.wasNull() ? "null" : text);
    }
}
