package dev.entwine.snapshot;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.Message;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.LongConsumer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/**
 * A connection that reads a slot's snapshot and one that writes to another site, in transactions which the log there shows as the
 * engine's own. Rows go from the one to the other as the text form of COPY, which is the same in all versions. Used by one thread.
 */
final class CopyStream implements AutoCloseable {
    /** The driver looks for an answer of the server after each piece that it is given. */
    private static final int PIECE_BYTES = 1 << 16;

    private final SiteId target;
    private final Connection from;
    private final Connection to;

    private CopyStream(SiteId target, Connection from, Connection to) {
        this.target = target;
        this.from = from;
        this.to = to;
    }

    static CopyStream open(ExportedSnapshot source, Endpoint target) throws SiteException {
        Connection from = source.read();
        try {
            return new CopyStream(
                    target.site(), from, SiteAccess.of(target.site(), "connecting", () -> writer(target)));
        } catch (SiteException e) {
            ExportedSnapshot.closeQuietly(from);
            throw e;
        }
    }

    private static Connection writer(Endpoint target) throws SQLException {
        Connection to = Sessions.open(target, Sessions.Purpose.COPY);
        try (Statement statement = to.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            to.setAutoCommit(false);
            return to;
        } catch (SQLException e) {
            ExportedSnapshot.closeQuietly(to);
            throw e;
        }
    }

    /** What is done in a transaction at the target. */
    interface Work<T> {
        T run(Connection from, Connection to) throws SQLException;
    }

    /** Writes in one transaction. */
    <T> T write(String doing, Work<T> work) throws SiteException {
        return SiteAccess.of(target, doing, () -> {
            try (Statement statement = to.createStatement()) {
                statement.execute("SELECT pg_logical_emit_message(true, " + Identifiers.literal(Message.PREFIX) + ", "
                        + Identifiers.literal(new Message.Apply().toString()) + ")");
                T result = work.run(from, to);
                to.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBackAfter(e);
                throw e;
            }
        });
    }

    private void rollBackAfter(Exception failure) {
        try {
            to.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Copies the rows that a statement gives; how many there were. Within {@link #write}.
     *
     * @param from what follows the columns, which are those of table {@code t}
     * @param rows told how many more have been read; may end the copy by an exception
     */
    long pump(Table table, String from, LongConsumer rows) throws SQLException {
        CopyManager source = this.from.unwrap(PGConnection.class).getCopyAPI();
        CopyManager sink = to.unwrap(PGConnection.class).getCopyAPI();
        String columns = Identifiers.list(table.columns());
        CopyOut out = source.copyOut("COPY (SELECT " + columns + from + ") TO STDOUT");
        CopyIn in = sink.copyIn("COPY " + Identifiers.quote(table.id()) + " (" + columns + ") FROM STDIN");
        try {
            byte[] piece = new byte[PIECE_BYTES];
            int filled = 0;
            long read = 0;
            for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
                if (filled + row.length > piece.length) {
                    in.writeToCopy(piece, 0, filled);
                    rows.accept(read);
                    filled = 0;
                    read = 0;
                }
                read++;
                if (row.length > piece.length) {
                    in.writeToCopy(row, 0, row.length);
                } else {
                    System.arraycopy(row, 0, piece, filled, row.length);
                    filled += row.length;
                }
            }
            in.writeToCopy(piece, 0, filled);
            rows.accept(read);
            return in.endCopy();
        } finally {
            if (in.isActive()) {
                in.cancelCopy();
            }
        }
    }

    @Override
    public void close() {
        ExportedSnapshot.closeQuietly(from);
        ExportedSnapshot.closeQuietly(to);
    }
}
