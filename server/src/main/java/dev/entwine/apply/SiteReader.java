package dev.entwine.apply;

import dev.entwine.db.Endpoint;
import dev.entwine.db.LogMessages;
import dev.entwine.db.Sessions;
import dev.entwine.model.Image;
import dev.entwine.model.Message;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A connection that reads single rows of one site as committed, and remembers how its tables are read. Not thread-safe. */
public final class SiteReader implements AutoCloseable {
    private final Connection connection;
    private final Map<Table, TargetTable> tables = new HashMap<>();

    private SiteReader(Connection connection) {
        this.connection = connection;
    }

    public static SiteReader open(Endpoint endpoint) throws SQLException {
        return new SiteReader(Sessions.open(endpoint, Sessions.Purpose.CONTROL));
    }

    public Optional<Image> read(Table table, RowKey key) throws SQLException {
        TargetTable target = tables.get(table);
        if (target == null) {
            target = TargetTable.read(table, connection);
            tables.put(table, target);
        }
        return RowReader.read(connection, target, key);
    }

    /** Commits a message of its own behind everything that has been read, and flushes the site's log up to there. */
    public void fence(String token) throws SQLException {
        LogMessages.emit(connection, new Message.Fence(token));
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
