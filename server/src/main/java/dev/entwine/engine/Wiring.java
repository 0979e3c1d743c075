package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.postgres.PostgresLogReader;
import dev.entwine.db.Endpoint;
import dev.entwine.db.InitialRows;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteState;
import dev.entwine.merge.Columns;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The only class that names implementations. */
final class Wiring {
    private Wiring() {}

    /** Reads what a site commits from now on, of the tables that are published for this. */
    static LogReader shadow(Endpoint endpoint, Connection control, Map<TableId, Table> tables) throws SQLException {
        return PostgresLogReader.fromNow(
                endpoint,
                Names.shadowSlot(control.getCatalog()),
                Names.SHADOW_PUBLICATION,
                tables,
                SiteState.insertPosition(control));
    }

    /**
     * Reads a site's log as an engine has to take it.
     *
     * @param columns those of each table that are merged by themselves
     */
    static LogReader reader(
            Endpoint endpoint, Map<TableId, Table> tables, Position tablesAsOf, Function<TableId, Columns> columns)
            throws SQLException {
        String database;
        Optional<InitialRows.Range> initial;
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            database = connection.getCatalog();
            initial = InitialRows.range(connection);
        }
        LogReader log = PostgresLogReader.open(endpoint, Names.slot(database), Names.PUBLICATION, tables, tablesAsOf);
        return initial.isEmpty() ? log : InitialLog.before(log, endpoint, initial.get(), tables, columns);
    }
}
