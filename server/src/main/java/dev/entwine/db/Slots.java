package dev.entwine.db;

import dev.entwine.model.Position;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Our slot in a site's database. Stateless. */
public final class Slots {
    private Slots() {}

    /**
     * What the server knows about our slot.
     *
     * @param activePid the server process that serves a reader; empty when nobody reads
     * @param heldBytes how much log is kept for it
     * @param lost      whether the server has thrown away log that it needs
     */
    public record Slot(
            String name, Optional<Integer> activePid, Optional<Position> confirmed, long heldBytes, boolean lost) {}

    /** Our slot; empty when there is none. */
    public static Optional<Slot> find(Connection connection) throws SQLException {
        String sql = "SELECT active_pid, confirmed_flush_lsn::text,"
                + " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint,"
                + " coalesce(wal_status = 'lost', false) FROM pg_replication_slots WHERE slot_name = ?";
        String name = Names.slot(connection.getCatalog());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                int pid = row.getInt(1);
                Optional<Integer> activePid = row.wasNull() ? Optional.empty() : Optional.of(pid);
                return Optional.of(new Slot(
                        name,
                        activePid,
                        Optional.ofNullable(row.getString(2)).map(Position::parse),
                        row.getLong(3),
                        row.getBoolean(4)));
            }
        }
    }

    /** Drops our slot, if there is one; whether there was. */
    public static boolean drop(Connection connection) throws SQLException {
        String sql = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, Names.slot(connection.getCatalog()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }
}
