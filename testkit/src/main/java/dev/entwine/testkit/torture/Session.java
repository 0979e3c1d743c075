package dev.entwine.testkit.torture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** A writer's connection, counting the rows that its transaction has changed. Owned by the writer's thread. */
final class Session {
    private final Connection connection;
    private int changed;

    Session(Connection connection) {
        this.connection = connection;
    }

    /** How many rows it changed. */
    int write(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepared(sql, parameters)) {
            int rows = statement.executeUpdate();
            changed += rows;
            return rows;
        }
    }

    /** The first column of the first row. */
    Optional<String> ask(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepared(sql, parameters);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
        }
    }

    private PreparedStatement prepared(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    void begin() {
        changed = 0;
    }

    /** The transaction's number; empty when it has changed nothing. */
    Optional<Long> xid() throws SQLException {
        return changed == 0
                ? Optional.empty()
                : ask("SELECT pg_current_xact_id()::xid::text").map(Long::valueOf);
    }
}
