package dev.entwine.engine;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * One site's lease: an advisory lock that ends with the connection says who may run, and the epoch in its row keeps out whoever has
 * not noticed that the lock is lost. Owned by the engine's keeper thread.
 */
final class Lease implements AutoCloseable {
    /**
     * The snapshot is older than the end of the log that is read with it: whatever it shows as ended lies before. Whoever gives rows
     * other ids has the row locked, for minutes where there are many, which must not keep the other sites from being renewed.
     */
    private static final String RENEW = """
        UPDATE entwine.lease SET renewed_at = clock_timestamp(), status = ?::jsonb, known = ?::jsonb, spread = ?::jsonb
        WHERE ctid = (SELECT ctid FROM entwine.lease WHERE epoch = ? FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING pg_current_xact_id()::xid::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                  pg_current_wal_insert_lsn()::text
        """;

    private final Endpoint endpoint;
    private Connection connection;

    private Lease(Endpoint endpoint, Connection connection) {
        this.endpoint = endpoint;
        this.connection = connection;
    }

    static Lease connect(Endpoint endpoint) throws SQLException {
        return new Lease(endpoint, Sessions.open(endpoint, Sessions.Purpose.CONTROL));
    }

    SiteId site() {
        return endpoint.site();
    }

    Connection connection() {
        return connection;
    }

    /** Whether the lock is ours now. */
    boolean tryLock() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_try_advisory_lock(?, ?)")) {
            statement.setInt(1, Names.LOCK_CLASS);
            statement.setInt(2, Names.LOCK_OBJECT);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Who holds it, as far as the row tells. */
    Optional<String> holder() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT host FROM entwine.lease")) {
            return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
        }
    }

    long epoch() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT epoch FROM entwine.lease")) {
            row.next();
            return row.getLong(1);
        }
    }

    /**
     * Begins an epoch. Waits for apply transactions of an older one that have already been let through, and flushes the log up to
     * here: what is read afterwards is durable.
     */
    void begin(long epoch, String holder, String host) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement lock = connection.createStatement();
                PreparedStatement update = connection.prepareStatement("UPDATE entwine.lease SET epoch = ?, holder = ?,"
                        + " host = ?, acquired_at = clock_timestamp(), renewed_at = clock_timestamp(), status = NULL"
                        + " WHERE epoch < ?")) {
            lock.execute("SET LOCAL synchronous_commit = local");
            lock.execute("SELECT 1 FROM entwine.lease FOR UPDATE");
            update.setLong(1, epoch);
            update.setString(2, holder);
            update.setString(3, host);
            update.setLong(4, epoch);
            if (update.executeUpdate() != 1) {
                throw new SQLException(
                        "the lease of site " + site() + " has an epoch of " + epoch + " or more", "40001");
            }
            connection.commit();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /**
     * What the keeper notes at a site, each a JSON object.
     *
     * @param known  see {@link dev.entwine.db.SiteMarks.Known}
     * @param spread see {@link Spread}
     */
    record Note(String known, String spread, String status) {}

    /** @param transaction the number, in 32 bits, of the transaction that wrote the note */
    record Renewed(int transaction, Spread.Place place) {}

    /**
     * Says that the engine is alive and what it does.
     *
     * @return empty when somebody is at work who has the lease locked, or another engine has taken over
     */
    Optional<Renewed> renew(long epoch, Note note) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RENEW)) {
            statement.setString(1, note.status());
            statement.setString(2, note.known());
            statement.setString(3, note.spread());
            statement.setLong(4, epoch);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Renewed(
                                Integer.parseUnsignedInt(row.getString(1)),
                                new Spread.Place(row.getLong(2), Position.parse(row.getString(3)))))
                        : Optional.empty();
            }
        }
    }

    /**
     * Says that an engine is there that does not work yet.
     *
     * @param reason what it waits for, and who has to do what
     */
    void waiting(String reason) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE entwine.lease SET renewed_at = clock_timestamp(), status = jsonb_build_object('waiting',"
                        + " ?::text, 'counters', status -> 'counters')")) {
            statement.setString(1, reason);
            statement.executeUpdate();
        }
    }

    /** The lock went with the connection: takes it again, if nobody else has it yet. */
    boolean reconnect() throws SQLException {
        close();
        connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL);
        return tryLock();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
