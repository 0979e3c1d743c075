package dev.entwine.verify;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Connections of our own to all sites. Owned by one thread. */
final class Snapshots implements AutoCloseable {
    private final Map<SiteId, Connection> connections = new LinkedHashMap<>();

    static Snapshots connect(List<Endpoint> endpoints) throws SiteException {
        Snapshots result = new Snapshots();
        for (Endpoint endpoint : endpoints) {
            try {
                result.connections.put(endpoint.site(), Sessions.open(endpoint, Sessions.Purpose.COPY));
            } catch (SQLException e) {
                result.close();
                throw new SiteException(endpoint.site(), "connecting", e);
            }
        }
        return result;
    }

    /** In auto-commit mode between two snapshots. */
    Map<SiteId, Connection> connections() {
        return new LinkedHashMap<>(connections);
    }

    AllSites sites() {
        return new AllSites(connections);
    }

    /** Begins a transaction at each site, all at about the same moment, which sees what was committed there until then. */
    void begin() throws SiteException {
        sites().call("taking a snapshot", (site, connection) -> {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                statement.execute("SET LOCAL max_parallel_workers_per_gather = 0");
                return statement.execute("SELECT 1");
            }
        });
    }

    void end() throws SiteException {
        sites().call("ending a snapshot", (site, connection) -> {
            connection.rollback();
            connection.setAutoCommit(true);
            return site;
        });
    }

    @Override
    public void close() {
        Sessions.closeAll(connections.values());
    }
}
