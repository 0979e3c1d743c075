package dev.entwine.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sequence that gives a table's rows their ids.
 *
 * @param name quoted, with its schema
 */
record IdSequence(String name) {
    /** Null when the column has none of its own. */
    static @Nullable IdSequence find(Connection connection, TargetTable table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_get_serial_sequence(?, ?)")) {
            statement.setString(1, table.name());
            statement.setString(
                    2, table.table().columns().get(table.table().key().getFirst()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                String name = row.getString(1);
                return name == null ? null : new IdSequence(name);
            }
        }
    }

    /**
     * The sequence goes on behind this id, if it counts by one. One that counts by more shares the ids with the other sites'
     * sequences, and stays with those that are its own.
     */
    void passed(Connection connection, long id) throws SQLException {
        String sql =
                "SELECT setval(?::regclass, ?) FROM " + name + " AS s JOIN pg_sequence AS q ON q.seqrelid = ?::regclass"
                        + " WHERE q.seqincrement = 1 AND s.last_value < ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            statement.setLong(2, id);
            statement.setString(3, name);
            statement.setLong(4, id);
            statement.execute();
        }
    }

    List<String> next(Connection connection, int count) throws SQLException {
        List<String> ids = new ArrayList<>(count);
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT nextval(?::regclass)::text FROM generate_series(1, ?)")) {
            statement.setString(1, name);
            statement.setInt(2, count);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getString(1));
                }
            }
        }
        return ids;
    }
}
