package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.db.Slots;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Removes what is ours from a site. Stateless. */
final class Leftovers {
    private static final Duration RELEASE_MAX = Duration.ofSeconds(10);
    private static final Duration RELEASE_POLL = Duration.ofMillis(20);

    private Leftovers() {}

    /** The tables that a copy has filled, if it was never finished. */
    static List<TableId> filled(Connection connection) throws SQLException {
        return Bookkeeping.meta(connection).filter(meta -> !meta.initialized()).isPresent()
                ? CopyLog.tables(connection)
                : List.of();
    }

    /**
     * Takes an initialization back: the rows that its copy wrote (those, by the transactions that wrote them, and no other), then
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
            statement.execute("DELETE FROM " + Identifiers.quote(table) + " AS t WHERE " + CopyLog.BY_COPY);
        }
        CopyLog.forget(connection, Optional.of(table));
    }

    private static List<String> drop(SiteAccess site) throws SiteException {
        List<String> dropped = new ArrayList<>();
        site.call("dropping the slot", Leftovers::dropSlot).ifPresent(name -> dropped.add("slot " + name));
        site.inTransaction("dropping the schema", connection -> dropped.addAll(Bookkeeping.drop(connection)));
        return dropped;
    }

    /** The server process of a closed connection may hold the slot a little longer. */
    static Optional<String> dropSlot(Connection connection) throws SQLException {
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
