package dev.entwine.journal;

import dev.entwine.db.Identifiers;
import dev.entwine.db.LogMessages;
import dev.entwine.db.Repairs;
import dev.entwine.db.SiteException;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.Repair;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes rows the same at all sites by an ordinary change at one of them, which the engine brings to the others: the row that is right is
 * updated to what it is, or a row that is to go is deleted. While that commits, the row is held at every site, and is as it was compared:
 * whoever changes it does so before, and is seen, or after, and then the repair gives way to him ({@link Repair}). Owned by one thread.
 */
public final class Repairer {
    /** A row that somebody holds is left alone, so only a lock on the whole table is ever waited for. */
    private static final String LOCK_TIMEOUT = "5s";

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Map<SiteId, Connection> sites;
    private final String by;

    /**
     * @param sites all of them: connections for {@link dev.entwine.db.Sessions.Purpose#CONTROL}, in auto-commit mode
     * @param by    who orders it, in words: one line
     */
    public Repairer(Map<SiteId, Connection> sites, String by) {
        this.sites = new LinkedHashMap<>(sites);
        this.by = by;
    }

    /** Returns why it was not done; empty when it was. */
    public Optional<String> carryOut(RepairStep step) throws SiteException {
        return carryOut(step, Optional.empty());
    }

    /**
     * The same for a row of which a site has parked changes: they are taken out if it is carried out, and before the engine can write
     * the row there. The row may be the same at all sites already.
     */
    public Optional<String> settle(RepairStep step, SiteId parkedAt) throws SiteException {
        return carryOut(step, Optional.of(parkedAt));
    }

    private Optional<String> carryOut(RepairStep step, Optional<SiteId> parkedAt) throws SiteException {
        ObjectNode key = key(step);
        try {
            if (parkedAt.isPresent()) {
                call(parkedAt.get(), connection -> takeOut(connection, step));
            }
            Map<SiteId, Position> ends = new LinkedHashMap<>();
            for (SiteId site : sites.keySet()) {
                Optional<String> changed = call(site, connection -> hold(connection, site, step, key, ends));
                if (changed.isPresent()) {
                    return changed;
                }
            }
            if (!step.losers().isEmpty()) {
                SiteId at = step.at();
                Optional<String> refused = call(at, connection -> write(connection, at, step, key, ends));
                if (refused.isPresent()) {
                    return refused;
                }
            }
            if (parkedAt.isPresent()) {
                call(parkedAt.get(), Repairer::commit);
            }
            return Optional.empty();
        } finally {
            release();
        }
    }

    /** What the engine parks behind them in a transaction that is open is only seen when that has ended. */
    private static boolean takeOut(Connection connection, RepairStep step) throws SQLException {
        begin(connection);
        RowId row = new RowKey(step.table().id(), step.key()).id();
        boolean any = false;
        while (ParkedChange.delete(connection, row) > 0) {
            any = true;
        }
        return any;
    }

    private static void begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        execute(connection, "SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
    }

    private static boolean commit(Connection connection) throws SQLException {
        connection.commit();
        return true;
    }

    /** Locks the row, if it is as it was compared. */
    private Optional<String> hold(
            Connection connection, SiteId site, RepairStep step, ObjectNode key, Map<SiteId, Position> ends)
            throws SQLException {
        begin(connection);
        Optional<LiveTable> table = LiveTable.read(connection, step.table().id());
        if (table.isEmpty() || !table.get().columns().containsAll(step.table().columns())) {
            return Optional.of("the table is not as it was compared at site " + site);
        }
        lookIn(connection, table.get().typeSchemas());
        Optional<LiveTable.Row> row = table.get().find(connection, key, LiveTable.Lock.SKIP);
        Optional<List<Optional<String>>> now = row.map(found -> step.table().columns().stream()
                .map(column -> Optional.ofNullable(found.cells().get(column)))
                .toList());
        if (!now.equals(step.row(site))) {
            return Optional.of("at site " + site + " it has changed since it was compared, or is being changed");
        }
        ends.put(site, end(connection));
        return Optional.empty();
    }

    private Optional<String> write(
            Connection connection, SiteId at, RepairStep step, ObjectNode key, Map<SiteId, Position> ends)
            throws SQLException {
        LiveTable table = LiveTable.read(connection, step.table().id())
                .orElseThrow(() -> new SQLException("table " + step.table() + " is not there", "42P01"));
        boolean delete = step.row().isEmpty();
        Optional<String> child = delete ? table.referredToBy(connection, key) : Optional.empty();
        if (child.isPresent()) {
            return Optional.of("rows refer to it at site " + at + " (" + child.get() + "); delete them first");
        }
        try {
            // The application has no part in this: its triggers stay quiet, and nothing is deleted with the row.
            execute(connection, "SET LOCAL session_replication_role = replica");
            int rows = delete ? table.delete(connection, key) : table.touch(connection, key);
            if (rows != 1) {
                return Optional.of("the database at site " + at + " took the statement and changed " + rows + " rows");
            }
            Repair repair = new Repair(entry(connection, step, key, ends).toString());
            Repairs.record(connection, repair);
            LogMessages.emit(connection, new Message.Repaired(repair));
            connection.commit();
            return Optional.empty();
        } catch (SQLException e) {
            if (!Refusals.isOfData(e) && !Refusals.isLocked(e)) {
                throw e;
            }
            return Optional.of("the database at site " + at + " refuses it (SQLSTATE " + e.getSQLState() + ")");
        }
    }

    private ObjectNode entry(Connection connection, RepairStep step, ObjectNode key, Map<SiteId, Position> ends)
            throws SQLException {
        VersionVector vector = VersionVector.EMPTY;
        for (Map.Entry<SiteId, Position> end : ends.entrySet()) {
            vector = vector.with(end.getKey(), end.getValue());
        }
        Stamp stamp = new Stamp(micros(connection));
        SiteId loser = step.losers().getFirst();
        ObjectNode entry = MAPPER.createObjectNode();
        entry.put(
                "id",
                RowId.of(step.table().id(), List.of("repair", UUID.randomUUID().toString()))
                        .toString());
        entry.put("at", stamp.toString());
        entry.put("table_schema", step.table().id().schema());
        entry.put("table_name", step.table().id().name());
        entry.put("row_id", new RowKey(step.table().id(), step.key()).id().toString());
        entry.set("key", key);
        entry.put("policy", step.policy());
        entry.put("winner", step.stands().name());
        entry.put("vector", vector.toString());
        entry.put("stamp", stamp.micros());
        entry.put("operation", operation(step, step.stands()).toLowerCase(Locale.ROOT));
        ArrayNode losers = entry.putArray("losers");
        for (SiteId site : step.losers()) {
            version(losers.addObject(), step, site, stamp, ends).set("image", image(step, site));
        }
        entry.set("result", image(step, step.stands()));
        ObjectNode transactions = entry.putObject("transactions");
        version(transactions.putObject("merged"), step, step.stands(), stamp, ends);
        version(transactions.putObject("arriving"), step, loser, stamp, ends);
        transactions.put("stands", "MERGED");
        entry.put("reason", step.reason() + "; repaired by " + by);
        return entry;
    }

    /** What is known of a site's row is that it was so here and now. */
    private static ObjectNode version(
            ObjectNode node, RepairStep step, SiteId site, Stamp stamp, Map<SiteId, Position> ends) {
        node.put("site", site.name());
        node.put("position", ends.getOrDefault(site, new Position(0)).toString());
        node.put("at", stamp.toString());
        node.put("operation", operation(step, site));
        return node;
    }

    private static String operation(RepairStep step, SiteId site) {
        return step.row(site).isEmpty() ? "DELETE" : "UPDATE";
    }

    private static JsonNode image(RepairStep step, SiteId site) {
        Optional<List<Optional<String>>> row = step.row(site);
        if (row.isEmpty()) {
            return MAPPER.nullNode();
        }
        ObjectNode image = MAPPER.createObjectNode();
        for (int i = 0; i < step.table().columns().size(); i++) {
            image.put(step.table().columns().get(i), row.get().get(i).orElse(null));
        }
        return image;
    }

    private static ObjectNode key(RepairStep step) {
        ObjectNode key = MAPPER.createObjectNode();
        for (int i = 0; i < step.key().size(); i++) {
            key.put(
                    step.table().columns().get(step.table().key().get(i)),
                    step.key().get(i));
        }
        return key;
    }

    /** Where the site's log ends now: what the row is there was written before. */
    private static Position end(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Position.parse(row.getString(1));
        }
    }

    private static long micros(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void lookIn(Connection connection, Set<String> typeSchemas) throws SQLException {
        Set<String> schemas = new TreeSet<>(typeSchemas);
        schemas.add("pg_catalog");
        execute(connection, "SET LOCAL search_path = " + Identifiers.list(schemas));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void release() throws SiteException {
        for (SiteId site : sites.keySet()) {
            call(site, connection -> {
                if (!connection.getAutoCommit()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
                return site;
            });
        }
    }

    /** Something that is done at a site. */
    private interface Work<T> {
        T at(Connection connection) throws SQLException;
    }

    private <T> T call(SiteId site, Work<T> work) throws SiteException {
        Connection connection = sites.get(site);
        if (connection == null) {
            throw new IllegalArgumentException("site " + site + " is not connected");
        }
        try {
            return work.at(connection);
        } catch (SQLException e) {
            throw new SiteException(site, "repairing", e);
        }
    }
}
