package dev.entwine.db;

import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one site can say about the engine, whether or not it runs.
 *
 * @param version   of the server, as people write it
 * @param position  the end of the site's log
 * @param heldBytes how much log is kept for our slot
 * @param lease     empty when the site is not initialized
 * @param proven    of the published tables' being equal at all sites
 */
public record SiteState(
        SiteId site, String version, Position position, long heldBytes, Optional<Lease> lease, Proven proven) {
    /**
     * The lease row, and what else our schema holds.
     *
     * @param locked       whether the engine's advisory lock is held
     * @param renewedAgoMs how long ago the lease was renewed, by the site's own clock
     * @param status       the JSON document that the engine published last
     */
    public record Lease(
            String incarnation,
            boolean initialized,
            long epoch,
            String host,
            boolean locked,
            Optional<Instant> renewedAt,
            long renewedAgoMs,
            Optional<String> status,
            long conflicts,
            long openConflicts,
            long parked) {}

    private static final String SERVER = """
        SELECT split_part(current_setting('server_version'), ' ', 1),
               (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text,
               coalesce((SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots
                         WHERE slot_name = ? AND NOT pg_is_in_recovery()), 0)::bigint,
               to_regclass('entwine.meta') IS NOT NULL
        """;

    private static final String LEASE = """
        SELECT m.incarnation::text, m.initialized, l.epoch, coalesce(l.host, ''),
               EXISTS (SELECT FROM pg_locks k WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 2
                         AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND k.classid = ? AND k.objid = ?),
               l.renewed_at, coalesce((extract(epoch FROM clock_timestamp() - l.renewed_at) * 1000)::bigint, 0),
               l.status::text,
               (SELECT count(*) FROM entwine.conflict),
               (SELECT count(*) FROM entwine.conflict WHERE status = 'open'),
               (SELECT count(*) FROM entwine.parked)
        FROM entwine.meta m, entwine.lease l
        """;

    /** @param connection for {@link Sessions.Purpose#CONTROL} */
    public static SiteState read(SiteId site, Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SERVER)) {
            statement.setString(1, Names.slot(connection.getCatalog()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new SiteState(
                        site,
                        row.getString(1),
                        Position.parse(row.getString(2)),
                        row.getLong(3),
                        row.getBoolean(4) ? lease(connection) : Optional.empty(),
                        row.getBoolean(4) ? Proven.read(connection) : Proven.NOTHING);
            }
        }
    }

    private static Optional<Lease> lease(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LEASE)) {
            statement.setLong(1, Names.LOCK_CLASS);
            statement.setLong(2, Names.LOCK_OBJECT);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(lease(row)) : Optional.empty();
            }
        }
    }

    private static Lease lease(ResultSet row) throws SQLException {
        @Nullable OffsetDateTime renewedAt = row.getObject(6, OffsetDateTime.class);
        return new Lease(
                row.getString(1),
                row.getBoolean(2),
                row.getLong(3),
                row.getString(4),
                row.getBoolean(5),
                Optional.ofNullable(renewedAt).map(OffsetDateTime::toInstant),
                row.getLong(7),
                Optional.ofNullable(row.getString(8)),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11));
    }

    /** The end of the site's log as seen by this server process, written or not: a later commit's position lies behind it. */
    public static Position insertPosition(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Position.parse(row.getString(1));
        }
    }
}
