package dev.entwine.db;

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
 * What a site says about the engine that holds it.
 *
 * @param locked       whether the engine's advisory lock is held
 * @param renewedAgoMs how long ago the lease was renewed, by the site's own clock
 * @param status       the JSON document that the engine published last
 */
public record LeaseRow(
        String incarnation,
        boolean initialized,
        long epoch,
        String host,
        boolean locked,
        Optional<Instant> renewedAt,
        long renewedAgoMs,
        Optional<String> status) {
    private static final String QUERY = """
        SELECT m.incarnation::text, m.initialized, l.epoch, coalesce(l.host, ''),
               EXISTS (SELECT FROM pg_locks k WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 2
                         AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND k.classid = ? AND k.objid = ?),
               l.renewed_at, coalesce((extract(epoch FROM clock_timestamp() - l.renewed_at) * 1000)::bigint, 0),
               l.status::text
        FROM entwine.meta m, entwine.lease l
        """;

    /**
     * Empty when the site is not initialized.
     *
     * @param connection for {@link Sessions.Purpose#CONTROL}
     */
    public static Optional<LeaseRow> read(Connection connection) throws SQLException {
        if (!isThere(connection)) {
            return Optional.empty();
        }
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setLong(1, Names.LOCK_CLASS);
            statement.setLong(2, Names.LOCK_OBJECT);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(of(row)) : Optional.empty();
            }
        }
    }

    private static boolean isThere(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_regclass('entwine.meta') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static LeaseRow of(ResultSet row) throws SQLException {
        @Nullable OffsetDateTime renewedAt = row.getObject(6, OffsetDateTime.class);
        return new LeaseRow(
                row.getString(1),
                row.getBoolean(2),
                row.getLong(3),
                row.getString(4),
                row.getBoolean(5),
                Optional.ofNullable(renewedAt).map(OffsetDateTime::toInstant),
                row.getLong(7),
                Optional.ofNullable(row.getString(8)));
    }
}
