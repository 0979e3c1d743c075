package dev.entwine.snapshot;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.Position;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A slot that was just created, and the snapshot of exactly what committed before it. The snapshot can be taken up by other
 * transactions until this is closed; the slot stays. Owned by one thread.
 */
final class SlotSnapshot implements AutoCloseable {
    private static final int OPTIONS_IN_PARENTHESES_SINCE = 15;

    private final Position start;
    private final ExportedSnapshot snapshot;

    private SlotSnapshot(Position start, ExportedSnapshot snapshot) {
        this.start = start;
        this.snapshot = snapshot;
    }

    /**
     * Creates the slot. The server waits for every transaction that is open, however long it takes.
     *
     * @param waitSecondsMax after which the wait ends, without a slot
     */
    static SlotSnapshot create(SiteAccess site, int waitSecondsMax) throws SiteException, RefusedException {
        Endpoint endpoint = site.endpoint();
        int major = site.catalog().server().major();
        Connection connection =
                SiteAccess.of(endpoint.site(), "connecting", () -> Sessions.open(endpoint, Sessions.Purpose.CAPTURE));
        try {
            return create(endpoint, connection, major, waitSecondsMax);
        } catch (SQLException e) {
            ExportedSnapshot.closeQuietly(connection);
            if ("57014".equals(e.getSQLState())) {
                throw new RefusedException("site " + endpoint.site() + ": transactions that were open at the beginning"
                        + " did not end within " + waitSecondsMax + " s, and a slot cannot be created before they do: "
                        + site.call("looking for open transactions", SlotSnapshot::openTransactions)
                        + "; end them and try again");
            }
            throw new SiteException(endpoint.site(), "creating the slot", e);
        }
    }

    private static SlotSnapshot create(Endpoint endpoint, Connection connection, int major, int waitSecondsMax)
            throws SQLException {
        String options = major >= OPTIONS_IN_PARENTHESES_SINCE ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT";
        String sql = "CREATE_REPLICATION_SLOT " + Identifiers.quote(Names.slot(connection.getCatalog()))
                + " LOGICAL pgoutput " + options;
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(waitSecondsMax);
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return new SlotSnapshot(
                        Position.parse(row.getString("consistent_point")),
                        new ExportedSnapshot(endpoint, connection, row.getString("snapshot_name")));
            }
        }
    }

    private static String openTransactions(Connection connection) throws SQLException {
        String sql = "SELECT string_agg(format('process %s of %s in database %s, %s since %s', pid, usename, datname,"
                + " state, date_trunc('second', xact_start)), '; ' ORDER BY xact_start) FROM pg_stat_activity"
                + " WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getString(1) != null ? row.getString(1) : "none is left now";
        }
    }

    /** The first place that the slot's stream begins at: whatever commits before it is in the snapshot. */
    Position start() {
        return start;
    }

    ExportedSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
