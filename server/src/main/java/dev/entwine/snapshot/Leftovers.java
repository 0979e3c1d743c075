package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.db.Slots;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Removes what is ours from a site. Stateless. */
final class Leftovers {
    private static final String FILLED = "filled ";
    private static final Duration RELEASE_MAX = Duration.ofSeconds(10);
    private static final Duration RELEASE_POLL = Duration.ofMillis(20);

    private Leftovers() {}

    /** Notes that a copy is going to fill these tables. */
    static void plan(Connection connection, List<TableId> tables) throws SQLException {
        String sql = "INSERT INTO entwine.copy (table_schema, table_name, state) VALUES (?, ?, 'planned')";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (TableId table : tables) {
                statement.setString(1, table.schema());
                statement.setString(2, table.name());
                statement.executeUpdate();
            }
        }
    }

    /** The tables that a copy has filled, if it was never finished. */
    static List<TableId> filled(Connection connection) throws SQLException {
        List<TableId> result = new ArrayList<>();
        if (Bookkeeping.meta(connection).filter(meta -> !meta.initialized()).isPresent()) {
            String sql = "SELECT table_schema, table_name FROM entwine.copy WHERE state LIKE 'filled %' ORDER BY 1, 2";
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                while (row.next()) {
                    result.add(new TableId(row.getString(1), row.getString(2)));
                }
            }
        }
        return result;
    }

    /**
     * Takes an initialization back: the rows that its copy wrote (those, by the transaction that wrote them, and no other), then
     * slot, publication, schema and origin. A filled table and its note go in one transaction. What was undone, in words.
     */
    static List<String> undo(SiteAccess site) throws SiteException {
        List<String> undone = new ArrayList<>();
        for (TableId table : site.call("reading entwine.copy", Leftovers::filled)) {
            site.inTransaction("taking back the rows copied into " + table, connection -> empty(connection, table));
            undone.add("rows that an unfinished init copied into " + table);
        }
        undone.addAll(drop(site));
        return undone;
    }

    private static void empty(Connection connection, TableId table) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL session_replication_role = replica");
        }
        String delete = "DELETE FROM " + Identifiers.quote(table) + " WHERE xmin = (SELECT substr(state, ?)::xid"
                + " FROM entwine.copy WHERE table_schema = ? AND table_name = ?)";
        execute(connection, delete, FILLED.length() + 1, table);
        String note = "UPDATE entwine.copy SET state = 'planned', rows = NULL"
                + " WHERE ? > 0 AND table_schema = ? AND table_name = ?";
        execute(connection, note, 1, table);
    }

    private static void execute(Connection connection, String sql, int first, TableId table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, first);
            statement.setString(2, table.schema());
            statement.setString(3, table.name());
            statement.executeUpdate();
        }
    }

    private static List<String> drop(SiteAccess site) throws SiteException {
        List<String> dropped = new ArrayList<>();
        site.call("dropping the slot", Leftovers::dropSlot).ifPresent(name -> dropped.add("slot " + name));
        site.inTransaction("dropping the schema", connection -> dropped.addAll(Bookkeeping.drop(connection)));
        return dropped;
    }

    /** The server process of a closed connection may hold the slot a little longer. */
    private static Optional<String> dropSlot(Connection connection) throws SQLException {
        Optional<Slots.Slot> slot = Slots.find(connection);
        long giveUpNanos = System.nanoTime() + RELEASE_MAX.toNanos();
        while (slot.isPresent()) {
            try {
                Slots.drop(connection);
                break;
            } catch (SQLException e) {
                if (!"55006".equals(e.getSQLState()) || System.nanoTime() > giveUpNanos) {
                    throw e;
                }
                LockSupport.parkNanos(RELEASE_POLL.toNanos());
            }
        }
        return slot.map(Slots.Slot::name);
    }
}
