package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Catalog;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.db.Slots;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * One site while it is being set up or taken down: a control connection that holds the advisory lock which a running engine holds,
 * so that neither meets the other. Owned by one thread.
 */
final class SiteAccess implements AutoCloseable {
    private final Endpoint endpoint;
    private final Connection control;

    private SiteAccess(Endpoint endpoint, Connection control) {
        this.endpoint = endpoint;
        this.control = control;
    }

    /** @throws RefusedException an engine, or another command that changes the site, is at work */
    static SiteAccess open(Endpoint endpoint) throws SiteException, RefusedException {
        SiteId site = endpoint.site();
        SiteAccess access = new SiteAccess(
                endpoint, of(site, "connecting", () -> Sessions.open(endpoint, Sessions.Purpose.CONTROL)));
        try {
            Optional<String> holder = of(site, "taking the lock", access::lock);
            if (holder.isPresent()) {
                throw new RefusedException("site " + site + ": the engine, or another command, is at work ("
                        + holder.get() + "); stop it first");
            }
            return access;
        } catch (SiteException | RefusedException e) {
            access.close();
            throw e;
        }
    }

    /** Empty when the lock, or the slot, is free; else who has it. */
    private Optional<String> lock() throws SQLException {
        String sql = "SELECT pg_try_advisory_lock(?, ?), (SELECT 'server process ' || pid FROM pg_locks"
                + " WHERE locktype = 'advisory' AND classid = ? AND objid = ? AND objsubid = 2 AND granted"
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1)";
        try (PreparedStatement statement = control.prepareStatement(sql)) {
            statement.setInt(1, Names.LOCK_CLASS);
            statement.setInt(2, Names.LOCK_OBJECT);
            statement.setLong(3, Names.LOCK_CLASS);
            statement.setLong(4, Names.LOCK_OBJECT);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (!row.getBoolean(1)) {
                    return Optional.of(String.valueOf(row.getString(2)) + holder());
                }
            }
        }
        return Slots.find(control)
                .flatMap(Slots.Slot::activePid)
                .map(pid -> "server process " + pid + " reads the slot" + holderUnchecked());
    }

    private String holder() throws SQLException {
        if (Bookkeeping.meta(control).isEmpty()) {
            return "";
        }
        try (Statement statement = control.createStatement();
                ResultSet row = statement.executeQuery("SELECT ', last engine on host ' || host FROM entwine.lease"
                        + " WHERE host IS NOT NULL AND renewed_at > now() - interval '1 minute'")) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private String holderUnchecked() {
        try {
            return holder();
        } catch (SQLException e) {
            return "";
        }
    }

    Endpoint endpoint() {
        return endpoint;
    }

    SiteId site() {
        return endpoint.site();
    }

    Catalog catalog() throws SiteException {
        return call("reading the catalog", connection -> Catalog.read(site(), connection));
    }

    /** Runs on the control connection, each statement in a transaction of its own. */
    <T> T call(String doing, Task<T> task) throws SiteException {
        return of(site(), doing, () -> task.run(control));
    }

    /** Runs on the control connection in one transaction. */
    void inTransaction(String doing, Action action) throws SiteException {
        of(site(), doing, () -> {
            control.setAutoCommit(false);
            try {
                action.run(control);
                control.commit();
            } catch (SQLException | RuntimeException e) {
                control.rollback();
                throw e;
            } finally {
                control.setAutoCommit(true);
            }
            return site();
        });
    }

    static <T> T of(SiteId site, String doing, Opening<T> opening) throws SiteException {
        try {
            return opening.run();
        } catch (SQLException e) {
            throw new SiteException(site, doing, e);
        }
    }

    @Override
    public void close() throws SiteException {
        of(site(), "closing the connection", () -> {
            control.close();
            return site();
        });
    }

    /** Something that needs the connection and has a result. */
    interface Task<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Something that needs the connection. */
    interface Action {
        void run(Connection connection) throws SQLException;
    }

    /** Something that has a connection of its own. */
    interface Opening<T> {
        T run() throws SQLException;
    }
}
