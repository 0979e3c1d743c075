package dev.entwine.db;

import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Empty local transactions, by which a command learns that everything before them has arrived at the other sites. Stateless. */
public final class Pings {
    private Pings() {}

    /**
     * Commits a ping.
     *
     * @return a position that lies before the ping's commit, and behind every commit that anybody could see before the call
     */
    public static Position send(Connection connection) throws SQLException {
        Position before = SiteState.insertPosition(connection);
        LogMessages.emit(connection, new Message.Ping(UUID.randomUUID().toString()));
        return before;
    }

    /** Up to where each other site's local transactions have been applied here. */
    public static Map<SiteId, Position> applied(Connection connection) throws SQLException {
        Map<SiteId, Position> applied = new LinkedHashMap<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT source, position::text FROM entwine.progress");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                applied.put(new SiteId(row.getString(1)), Position.parse(row.getString(2)));
            }
        }
        return applied;
    }
}
