package dev.entwine.testkit;

import dev.entwine.testkit.Write.Kind;
import dev.entwine.testkit.Write.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** What one writer does next, chosen by its random numbers. Owned by the writer's thread. */
final class WorkloadOperations {
    private static final int UPDATE_PERCENT = 70;
    private static final int INSERT_PERCENT = 20;
    private static final int COUNTER_PERCENT = 10;

    /** How often an insert takes a number that other writers may take as well. */
    private static final int SHARED_INSERT_PERCENT = 30;

    /** How often an update or delete goes to one of the writer's own rows. */
    private static final int OWN_ROW_PERCENT = 20;

    private final String site;
    private final int writer;
    private final WorkloadOptions options;
    private final SplittableRandom random;
    private final long ownBefore;
    private long own;

    /** Grows with every write of a counter, so a counter that goes down has lost a write. */
    private long counted;

    WorkloadOperations(String site, int writer, WorkloadOptions options, SplittableRandom random, long ownBefore) {
        this.site = site;
        this.writer = writer;
        this.options = options;
        this.random = random;
        this.ownBefore = ownBefore;
    }

    /** Does the next operation; empty where the row that it chose was not there, or was there already. */
    Optional<Write> next(Connection connection, String transaction, int index) throws SQLException {
        String tag = transaction + "-" + index;
        if (random.nextInt(100) < COUNTER_PERCENT) {
            return Optional.of(count(connection, transaction, tag));
        }
        WorkloadTable table = WorkloadTable.SHARED.get(random.nextInt(WorkloadTable.SHARED.size()));
        int dice = random.nextInt(100);
        if (dice < UPDATE_PERCENT) {
            return change(connection, table, transaction, tag, Kind.UPDATE);
        }
        return dice < UPDATE_PERCENT + INSERT_PERCENT
                ? insert(connection, table, transaction, tag)
                : change(connection, table, transaction, tag, Kind.DELETE);
    }

    private Write count(Connection connection, String transaction, String tag) throws SQLException {
        int id = writer * Workload.COUNTERS + random.nextInt(Workload.COUNTERS);
        List<String> key = List.of(site, Integer.toString(id));
        String before = lockedTag(connection, WorkloadTable.COUNTER, WorkloadTable.COUNTER_KEY, key)
                .orElseThrow(() -> new IllegalStateException("counter " + key + " is gone; nobody deletes counters"));
        String sql = "UPDATE counter SET value = CAST(? AS bigint), tag = ? WHERE "
                + WorkloadTable.condition(WorkloadTable.COUNTER_KEY);
        execute(connection, sql, concat(List.of(Long.toString(++counted), tag), key));
        return write(transaction, WorkloadTable.COUNTER, key, tag, Kind.UPDATE, Optional.of(before));
    }

    private Optional<Write> insert(Connection connection, WorkloadTable table, String transaction, String tag)
            throws SQLException {
        boolean shared = random.nextInt(100) < SHARED_INSERT_PERCENT;
        List<String> key = table.keyOf().apply(shared ? 1 + random.nextLong(2L * options.rows()) : ownBefore + ++own);
        List<String> parameters = concat(key, List.of(tag));
        table.values().forEach(value -> parameters.add(value.text().apply(random)));
        if (execute(connection, Workload.insertSql(table), parameters) == 0) {
            return Optional.empty();
        }
        return Optional.of(write(transaction, table.name(), key, tag, Kind.INSERT, Optional.empty()));
    }

    private Optional<Write> change(
            Connection connection, WorkloadTable table, String transaction, String tag, Kind kind) throws SQLException {
        boolean ownRow = own > 0 && random.nextInt(100) < OWN_ROW_PERCENT;
        List<String> key = table.keyOf()
                .apply(ownRow ? ownBefore + 1 + random.nextLong(own) : 1 + random.nextLong(2L * options.rows()));
        Optional<String> before = lockedTag(connection, table.name(), table.keyColumns(), key);
        if (before.isEmpty()) {
            return Optional.empty();
        }
        if (kind == Kind.DELETE) {
            String sql = "DELETE FROM " + table.name() + " WHERE " + WorkloadTable.condition(table.keyColumns());
            execute(connection, sql, key);
        } else {
            update(connection, table, key, tag);
        }
        return Optional.of(write(transaction, table.name(), key, tag, kind, before));
    }

    /** Changes the tag and some of the columns. */
    private void update(Connection connection, WorkloadTable table, List<String> key, String tag) throws SQLException {
        List<WorkloadTable.Value> changed =
                table.values().stream().filter(value -> random.nextInt(3) == 0).toList();
        List<String> parameters = new ArrayList<>(List.of(tag));
        changed.forEach(value -> parameters.add(value.text().apply(random)));
        String sets = changed.stream()
                .map(value ->
                        ", " + value.column().name() + " = " + value.column().parameter())
                .collect(Collectors.joining());
        String sql = "UPDATE " + table.name() + " SET tag = ?" + sets + " WHERE "
                + WorkloadTable.condition(table.keyColumns());
        execute(connection, sql, concat(parameters, key));
    }

    /** Locks the row, so that what is found there is what the next statement overwrites. */
    private static Optional<String> lockedTag(
            Connection connection, String table, List<WorkloadTable.Typed> keyColumns, List<String> key)
            throws SQLException {
        String sql = "SELECT tag FROM " + table + " WHERE " + WorkloadTable.condition(keyColumns) + " FOR UPDATE";
        try (PreparedStatement select = prepared(connection, sql, key);
                ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    private static int execute(Connection connection, String sql, List<String> parameters) throws SQLException {
        try (PreparedStatement statement = prepared(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, List<String> parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.size(); i++) {
            statement.setString(i + 1, parameters.get(i));
        }
        return statement;
    }

    private static List<String> concat(List<String> first, List<String> second) {
        List<String> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    private Write write(
            String transaction, String table, List<String> key, String tag, Kind kind, Optional<String> before) {
        return new Write(site, transaction, table, key, tag, kind, before, Outcome.ACKNOWLEDGED);
    }
}
