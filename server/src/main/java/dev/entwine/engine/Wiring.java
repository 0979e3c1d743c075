package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.postgres.PostgresLogReader;
import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.InitialRows;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteMarks;
import dev.entwine.db.SiteState;
import dev.entwine.db.TablesAsOf;
import dev.entwine.merge.Columns;
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
                TablesAsOf.read(control, tables, SiteState.insertPosition(control)));
    }

    /** Looks whether a site is still what it was. */
    interface Recognition {
        void look(SiteMarks marks) throws ChangedSiteException;
    }

    /**
     * Reads a site's log as an engine has to take it.
     *
     * @param recognition asked before anything is read
     * @param columns     those of each table that are merged by themselves
     */
    static LogReader reader(
            Endpoint endpoint, Recognition recognition, TablesAsOf tables, Function<TableId, Columns> columns)
            throws SQLException, ChangedSiteException {
        String database;
        Optional<InitialRows.Range> initial;
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            database = connection.getCatalog();
            SiteMarks marks = SiteMarks.read(endpoint.site(), connection);
            recognition.look(marks);
            initial = marks.initial();
        }
        LogReader log = PostgresLogReader.open(endpoint, Names.slot(database), Names.PUBLICATION, tables);
        return initial.isEmpty() ? log : InitialLog.before(log, endpoint, initial.get(), tables.tables(), columns);
    }
}
