package dev.entwine.apply;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Said;
import dev.entwine.db.Sessions;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.merge.RekeyRules;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives rows of one site other ids, with everything at that site that refers to them, in one transaction. The transaction is the
 * engine's and its rows are not carried over: what the log said before it is read with the new ids from then on.
 */
final class Rekeyer {
    private static final Logger LOG = LoggerFactory.getLogger(Rekeyer.class);

    /** Like an apply session: gives way to applications; and is on the disk before anybody relies on it. */
    private static final String SETTINGS = "SET LOCAL session_replication_role = replica;"
            + " SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '500ms'";

    /** Held to the end, so that no apply transaction commits meanwhile: then the recorded position tells before which markers it is. */
    private static final String LEASE = "SELECT 1 FROM entwine.lease WHERE epoch = ? FOR UPDATE";

    private static final String DONE = "SELECT table_schema, table_name, old_id, new_id, since::text, transaction"
            + " FROM entwine.rekeyed WHERE ";

    private static final String RECORD = """
        INSERT INTO entwine.rekeyed
            (table_schema, table_name, old_id, new_id, reason, since, position, transaction, epoch, request)
        SELECT ?, ?, o, n, r, s, ?::pg_lsn, ?, ?, ?
        FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]::pg_lsn[]) WITH ORDINALITY AS v(o, n, r, s, place)
        ORDER BY place
        """;

    private final Endpoint endpoint;
    private final RekeyRules rules;

    Rekeyer(Endpoint endpoint, RekeyRules rules) {
        this.endpoint = endpoint;
        this.rules = rules;
    }

    /**
     * Does it, or finds that it was done already when the reply was lost.
     *
     * @return empty when the database does not let the rows have other ids
     * @throws SQLException   nothing is done, or it is not known: ask again
     * @throws StaleException another engine has taken over
     */
    List<Rekey> rekey(RekeyRequest request) throws SQLException, StaleException {
        SiteId site = endpoint.site();
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            connection.setAutoCommit(false);
            try {
                List<Rekey> done = rekey(connection, request);
                connection.commit();
                LOG.info("site {}: {} rows have other ids now", site, done.size());
                return done;
            } catch (SQLException e) {
                if (Trouble.of(e) != Trouble.DATA) {
                    throw e;
                }
                connection.rollback();
                LOG.warn(
                        "site {}: {} rows keep their ids, for the database refuses others (SQLSTATE {}: {}); what"
                                + " they collide with is decided by the tables' other rules",
                        site,
                        request.rows().size(),
                        e.getSQLState(),
                        Said.by(e));
                return List.of();
            }
        }
    }

    private List<Rekey> rekey(Connection connection, RekeyRequest request) throws SQLException, StaleException {
        execute(connection, SETTINGS);
        int transaction = begin(connection, request);
        List<Rekey> before = read(
                connection,
                "epoch = ?::bigint AND request = ?::bigint ORDER BY number",
                Long.toString(request.epoch()),
                Long.toString(request.number()));
        if (!before.isEmpty()) {
            return before;
        }
        Position position = position(connection);
        Map<TableId, List<RekeyRequest.Wanted>> wanted = new TreeMap<>();
        request.rows()
                .forEach(row -> wanted.computeIfAbsent(row.table(), table -> new ArrayList<>())
                        .add(row));
        lockHolders(connection, wanted.keySet().stream().toList());
        List<Rekey> done = new ArrayList<>();
        for (Map.Entry<TableId, List<RekeyRequest.Wanted>> ofTable : wanted.entrySet()) {
            RekeyRules.Rule rule = rule(ofTable.getKey());
            TargetTable table = TargetTable.read(rule.table(), connection);
            NewIds ids = NewIds.choose(
                    connection,
                    table,
                    rule.onSameId(),
                    ofTable.getValue(),
                    request.highest().getOrDefault(ofTable.getKey(), 0L));
            for (Map<String, String> phase : ids.phases()) {
                change(connection, table, phase);
                phase.forEach((from, to) ->
                        done.add(new Rekey(ofTable.getKey(), from, to, ids.since(from, request.since()), transaction)));
            }
            changeHolders(connection, table.table().id(), ids.all());
            ids.passed(connection, table);
            record(connection, ofTable.getKey(), ids, request, position, transaction);
        }
        return done;
    }

    private RekeyRules.Rule rule(TableId table) {
        RekeyRules.Rule rule = rules.rules().get(table);
        if (rule == null) {
            throw new IllegalArgumentException("no rows of table " + table + " get other ids");
        }
        return rule;
    }

    private int begin(Connection connection, RekeyRequest request) throws SQLException, StaleException {
        try (PreparedStatement first = connection.prepareStatement(
                "SELECT pg_current_xact_id()::xid::text, pg_logical_emit_message(true, ?, ?)")) {
            first.setString(1, Message.PREFIX);
            first.setString(2, new Message.Rekey().toString());
            try (ResultSet row = first.executeQuery();
                    PreparedStatement lease = connection.prepareStatement(LEASE)) {
                row.next();
                lease.setLong(1, request.epoch());
                try (ResultSet held = lease.executeQuery()) {
                    if (!held.next()) {
                        throw new StaleException(endpoint.site(), request.epoch());
                    }
                }
                return Integer.parseUnsignedInt(row.getString(1));
            }
        }
    }

    private static Position position(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Position.parse(row.getString(1));
        }
    }

    /** See {@link RecoveryReader#rekeys}. */
    static List<Rekey> since(Connection connection, Position acknowledged) throws SQLException {
        return read(connection, "position > ?::pg_lsn ORDER BY number", acknowledged.toString());
    }

    private static List<Rekey> read(Connection connection, String condition, String... parameters) throws SQLException {
        List<Rekey> result = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(DONE + condition)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    result.add(new Rekey(
                            new TableId(row.getString(1), row.getString(2)),
                            row.getString(3),
                            row.getString(4),
                            Position.parse(row.getString(5)),
                            (int) row.getLong(6)));
                }
            }
        }
        return result;
    }

    /**
     * A value that holds an id without a foreign key is not kept from being written by anybody. So its table is locked against writers,
     * those that are at work included: all of them are either seen here, or write after this transaction.
     */
    private void lockHolders(Connection connection, List<TableId> parents) throws SQLException {
        for (TableId table : new TreeMap<>(rules.references()).keySet()) {
            boolean holds = references(table).stream()
                    .anyMatch(reference -> parents.contains(reference.parent()) && !reference.declared());
            if (holds) {
                execute(connection, "LOCK TABLE " + Identifiers.quote(table) + " IN SHARE ROW EXCLUSIVE MODE");
            }
        }
    }

    private List<RekeyRules.Reference> references(TableId table) {
        return rules.references().getOrDefault(table, List.of());
    }

    /** The rows first: whoever is about to refer to one of them is waited for, and seen afterwards. */
    private void change(Connection connection, TargetTable table, Map<String, String> ids) throws SQLException {
        IdColumn.key(table).change(connection, ids);
        for (IdColumn column : columns(connection, table.table().id())) {
            if (column.isId()) {
                column.change(connection, ids);
            }
        }
        for (IdColumn other : IdColumn.notSynchronized(connection, table, rules)) {
            other.change(connection, ids);
        }
    }

    /** Values that hold several ids are long to write, and nothing keeps two of them apart: they change but once. */
    private void changeHolders(Connection connection, TableId parent, Map<String, String> ids) throws SQLException {
        for (IdColumn column : columns(connection, parent)) {
            if (!column.isId()) {
                column.change(connection, ids);
            }
        }
    }

    private List<IdColumn> columns(Connection connection, TableId parent) throws SQLException {
        List<IdColumn> columns = new ArrayList<>();
        for (List<RekeyRules.Reference> ofTable : new TreeMap<>(rules.references()).values()) {
            for (RekeyRules.Reference reference : ofTable) {
                if (reference.parent().equals(parent)) {
                    columns.add(IdColumn.of(TargetTable.read(reference.table(), connection), reference));
                }
            }
        }
        return columns;
    }

    private static void record(
            Connection connection, TableId table, NewIds ids, RekeyRequest request, Position position, int transaction)
            throws SQLException {
        for (Map<String, String> phase : ids.phases()) {
            try (PreparedStatement insert = connection.prepareStatement(RECORD)) {
                insert.setString(1, table.schema());
                insert.setString(2, table.name());
                insert.setString(3, position.toString());
                insert.setLong(4, Integer.toUnsignedLong(transaction));
                insert.setLong(5, request.epoch());
                insert.setLong(6, request.number());
                Stream<String> since = phase.keySet().stream()
                        .map(from -> ids.since(from, request.since()).toString());
                insert.setArray(7, array(connection, phase.keySet().stream()));
                insert.setArray(8, array(connection, phase.values().stream()));
                insert.setArray(9, array(connection, phase.keySet().stream().map(ids::reason)));
                insert.setArray(10, array(connection, since));
                insert.executeUpdate();
            }
        }
    }

    private static Array array(Connection connection, Stream<String> texts) throws SQLException {
        return connection.createArrayOf("text", texts.toArray());
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
