package dev.entwine.db;

import dev.entwine.model.Message;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Puts the engine's messages into a site's log, as part of the transaction that is open. Stateless. */
public final class LogMessages {
    private LogMessages() {}

    public static void emit(Connection connection, Message message) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_logical_emit_message(true, ?, ?)")) {
            statement.setString(1, Message.PREFIX);
            statement.setString(2, message.toString());
            statement.execute();
        }
    }
}
