package dev.entwine.snapshot;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.Message;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/**
 * Copies one table from a slot's snapshot into another site, in one transaction there which the log shows as the engine's own. The
 * text form of COPY is the same in all versions. Run by one thread.
 */
final class TableCopy {
    private static final int ROWS_PER_REPORT = 10_000;

    private final Table table;
    private final SlotSnapshot source;
    private final SiteId sourceSite;
    private final Endpoint target;
    private final Progress progress;
    private final AtomicBoolean stopped;

    /** @param stopped set by whoever wants the copy to end early, with an error */
    TableCopy(
            Table table,
            SlotSnapshot source,
            SiteId sourceSite,
            Endpoint target,
            Progress progress,
            AtomicBoolean stopped) {
        this.table = table;
        this.source = source;
        this.sourceSite = sourceSite;
        this.target = target;
        this.progress = progress;
        this.stopped = stopped;
    }

    void run() throws SiteException {
        String doing = "copying table " + table + " from site " + sourceSite;
        try (Connection from = source.read();
                Connection to = SiteAccess.of(
                        target.site(), "connecting", () -> Sessions.open(target, Sessions.Purpose.COPY))) {
            long rows = SiteAccess.of(target.site(), doing, () -> copy(from, to));
            progress.copied(target.site(), table.id(), rows);
        } catch (SQLException e) {
            throw new SiteException(target.site(), doing, e);
        }
    }

    private long copy(Connection from, Connection to) throws SQLException {
        try (Statement statement = to.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            to.setAutoCommit(false);
            statement.execute("SELECT pg_logical_emit_message(true, " + Identifiers.literal(Message.PREFIX) + ", "
                    + Identifiers.literal(new Message.Apply().toString()) + ")");
        }
        long rows = pump(
                from.unwrap(PGConnection.class).getCopyAPI(),
                to.unwrap(PGConnection.class).getCopyAPI());
        String done = "UPDATE entwine.copy SET state = 'filled ' || pg_current_xact_id()::xid, rows = ?"
                + " WHERE table_schema = ? AND table_name = ?";
        try (PreparedStatement statement = to.prepareStatement(done)) {
            statement.setLong(1, rows);
            statement.setString(2, table.id().schema());
            statement.setString(3, table.id().name());
            statement.executeUpdate();
        }
        to.commit();
        return rows;
    }

    private long pump(CopyManager from, CopyManager to) throws SQLException {
        String columns = Identifiers.list(table.columns());
        String name = Identifiers.quote(table.id());
        CopyOut out = from.copyOut("COPY (SELECT " + columns + " FROM " + name + ") TO STDOUT");
        CopyIn in = to.copyIn("COPY " + name + " (" + columns + ") FROM STDIN");
        try {
            long rows = 0;
            for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
                in.writeToCopy(row, 0, row.length);
                if (++rows % ROWS_PER_REPORT == 0) {
                    report(rows);
                }
            }
            return in.endCopy();
        } finally {
            if (in.isActive()) {
                in.cancelCopy();
            }
        }
    }

    private void report(long rows) throws SQLException {
        if (stopped.get()) {
            throw new SQLException("stopped because another table failed");
        }
        progress.rows(target.site(), table.id(), rows);
    }
}
