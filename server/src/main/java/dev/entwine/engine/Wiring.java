package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.postgres.PostgresLogReader;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** The only class that names implementations. */
final class Wiring {
    private Wiring() {}

    static LogReader reader(Endpoint endpoint, Map<TableId, Table> tables, Position tablesAsOf) throws SQLException {
        String database;
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            database = connection.getCatalog();
        }
        return PostgresLogReader.open(endpoint, Names.slot(database), Names.PUBLICATION, tables, tablesAsOf);
    }
}
