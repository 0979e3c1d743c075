package dev.entwine.snapshot;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What had committed at a site at one moment, for any number of transactions to look at until this is closed. Owned by one thread. */
final class ExportedSnapshot implements AutoCloseable {
    private final Endpoint endpoint;
    private final Connection connection;
    private final String name;

    /** @param connection whose transaction has exported it; closed with this */
    ExportedSnapshot(Endpoint endpoint, Connection connection, String name) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.name = name;
    }

    /** Takes one of now. */
    static ExportedSnapshot take(Endpoint endpoint) throws SiteException {
        return SiteAccess.of(endpoint.site(), "taking a snapshot", () -> {
            Connection connection = Sessions.open(endpoint, Sessions.Purpose.COPY);
            try (Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                try (ResultSet row = statement.executeQuery("SELECT pg_export_snapshot()")) {
                    row.next();
                    return new ExportedSnapshot(endpoint, connection, row.getString(1));
                }
            } catch (SQLException e) {
                closeQuietly(connection);
                throw e;
            }
        });
    }

    /** Opens a read-only transaction that sees it. */
    Connection read() throws SiteException {
        return open("REPEATABLE READ READ ONLY");
    }

    /** Opens a transaction that sees it and writes. */
    Connection write() throws SiteException {
        return open("REPEATABLE READ READ WRITE");
    }

    private Connection open(String mode) throws SiteException {
        return SiteAccess.of(endpoint.site(), "taking up the snapshot", () -> {
            Connection session = Sessions.open(endpoint, Sessions.Purpose.COPY);
            try (Statement statement = session.createStatement()) {
                session.setAutoCommit(false);
                statement.execute("SET TRANSACTION ISOLATION LEVEL " + mode);
                statement.execute("SET TRANSACTION SNAPSHOT " + Identifiers.literal(name));
                return session;
            } catch (SQLException e) {
                closeQuietly(session);
                throw e;
            }
        });
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // Already broken; the reason is on its way to the user.
            return;
        }
    }

    @Override
    public void close() {
        closeQuietly(connection);
    }
}
