package dev.entwine.db;

import dev.entwine.model.Position;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * What one site can say about itself and the engine, whether or not it runs.
 *
 * @param version   of the server, as people write it
 * @param position  the end of the site's log
 * @param heldBytes how much log is kept for our slot
 * @param own       what our schema there holds; empty when the site is not initialized
 * @param proven    of the published tables' being equal at all sites
 */
public record SiteState(String version, Position position, long heldBytes, Optional<Own> own, Proven proven) {
    /** What our schema holds; its entries are counted, which takes a time that grows with the journal. */
    public record Own(LeaseRow lease, long conflicts, long openConflicts, long parked) {}

    private static final String SERVER = """
        SELECT split_part(current_setting('server_version'), ' ', 1),
               (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text,
               coalesce((SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) FROM pg_replication_slots
                         WHERE slot_name = ? AND NOT pg_is_in_recovery()), 0)::bigint
        """;

    private static final String COUNTS = """
        SELECT count(*), count(*) FILTER (WHERE status = 'open'), (SELECT count(*) FROM entwine.parked)
        FROM entwine.conflict
        """;

    /** @param connection for {@link Sessions.Purpose#CONTROL} */
    public static SiteState read(Connection connection) throws SQLException {
        Optional<LeaseRow> lease = LeaseRow.read(connection);
        Optional<Own> own = lease.isPresent() ? Optional.of(own(lease.get(), connection)) : Optional.empty();
        Proven proven = lease.isPresent() ? Proven.read(connection) : Proven.NOTHING;
        try (PreparedStatement statement = connection.prepareStatement(SERVER)) {
            statement.setString(1, Names.slot(connection.getCatalog()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new SiteState(row.getString(1), Position.parse(row.getString(2)), row.getLong(3), own, proven);
            }
        }
    }

    private static Own own(LeaseRow lease, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(COUNTS)) {
            row.next();
            return new Own(lease, row.getLong(1), row.getLong(2), row.getLong(3));
        }
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
