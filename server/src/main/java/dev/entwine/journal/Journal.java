package dev.entwine.journal;

import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads one site's conflict journal. Stateless. */
public final class Journal {
    private static final String SELECT =
            "SELECT id, at, table_schema, table_name, key::text, kind, policy, status, winner, vector, operation,"
                    + " losers::text, base::text, result::text FROM entwine.conflict ";

    private Journal() {}

    /** Whether there is a journal at all. */
    public static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_regclass('entwine.conflict') IS NOT NULL")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** The newest entries, the newest first. */
    public static List<JournalEntry> newest(Connection connection, int entriesMax) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT + "ORDER BY at DESC, id LIMIT ?")) {
            statement.setInt(1, entriesMax);
            return read(statement);
        }
    }

    public static Optional<JournalEntry> find(Connection connection, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT + "WHERE id = ?")) {
            statement.setString(1, id);
            return read(statement).stream().findFirst();
        }
    }

    private static List<JournalEntry> read(PreparedStatement statement) throws SQLException {
        List<JournalEntry> result = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                result.add(new JournalEntry(
                        row.getString(1),
                        row.getObject(2, OffsetDateTime.class).toInstant(),
                        new TableId(row.getString(3), row.getString(4)),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7),
                        row.getString(8),
                        row.getString(9),
                        row.getString(10),
                        row.getString(11),
                        row.getString(12),
                        Optional.ofNullable(row.getString(13)),
                        Optional.ofNullable(row.getString(14))));
            }
        }
        return result;
    }
}
