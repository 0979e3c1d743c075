package dev.entwine.apply;

import dev.entwine.merge.RekeyRequest.Wanted;
import dev.entwine.model.Position;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Which rows of a table get which ids. Two phases, so that no two rows ever have the same: first away from the ids that are wanted, to
 * ids that no row has; then to those that are wanted. The first is noted also where no row stands on a wanted id now: one may have
 * stood there, after the place in the log that waits.
 */
final class NewIds {
    /** The ids are not numbers, or the row that has a wanted one may not give it up. */
    private static final String REFUSED = "22023";

    private static final Set<String> NUMBERS = Set.of("smallint", "integer", "bigint");

    private final Map<String, String> away = new LinkedHashMap<>();
    private final Map<String, String> wanted = new LinkedHashMap<>();
    private final Map<String, Wanted> askedFor = new HashMap<>();

    private NewIds() {}

    /**
     * @param mayMove whether rows that have a wanted id may get another one
     * @param highest an id up to which none is free for sure
     */
    static NewIds choose(Connection connection, TargetTable table, boolean mayMove, List<Wanted> rows, long highest)
            throws SQLException {
        NewIds result = new NewIds();
        Set<String> moving = new LinkedHashSet<>();
        Set<String> targets = new LinkedHashSet<>();
        Set<String> asked = new LinkedHashSet<>();
        for (Wanted row : rows) {
            asked.add(row.from());
            result.askedFor.put(row.from(), row);
            row.to().ifPresentOrElse(targets::add, () -> moving.add(row.from()));
        }
        for (String occupied : mayMove ? List.<String>of() : present(connection, table, targets)) {
            if (!asked.contains(occupied)) {
                throw new SQLException(
                        "id " + occupied + " of table " + table.table() + " is taken here by another row", REFUSED);
            }
        }
        moving.addAll(targets);
        List<String> free = fresh(connection, table, moving.size(), highest);
        int next = 0;
        for (String row : moving) {
            result.away.put(row, free.get(next++));
        }
        for (Wanted row : rows) {
            row.to().ifPresent(to -> {
                String now = result.away.getOrDefault(row.from(), row.from());
                result.wanted.put(now, to);
                result.askedFor.put(now, row);
            });
        }
        return result;
    }

    /** From old to new, phase after phase. */
    List<Map<String, String>> phases() {
        List<Map<String, String>> phases = new ArrayList<>();
        phases.add(away);
        phases.add(wanted);
        phases.removeIf(Map::isEmpty);
        return phases;
    }

    /** From the ids that there were to those that there are in the end, both phases at once. */
    Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        away.forEach((from, now) -> all.put(from, wanted.getOrDefault(now, now)));
        Set<String> left = new LinkedHashSet<>(wanted.keySet());
        left.removeAll(new LinkedHashSet<>(away.values()));
        left.forEach(from -> all.put(from, wanted.getOrDefault(from, from)));
        return all;
    }

    /** Why, in the engine's table of ids. */
    String reason(String from) {
        Wanted row = askedFor.get(from);
        return row == null ? "same_id" : row.reason();
    }

    /** The place in the site's log from which the new id counts. */
    Position since(String from, Position otherwise) {
        Wanted row = askedFor.get(from);
        return row == null ? otherwise : row.since();
    }

    private static List<String> present(Connection connection, TargetTable table, Set<String> ids) throws SQLException {
        int key = table.table().key().getFirst();
        String sql = "SELECT v.id FROM unnest(?::text[]) AS v(id) WHERE EXISTS (SELECT FROM " + table.name()
                + " AS t WHERE t." + table.column(key) + " = v.id::" + table.type(key) + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("text", ids.toArray()));
            List<String> present = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    present.add(row.getString(1));
                }
            }
            return present;
        }
    }

    /** Lets the table's sequence go on behind the ids that are taken now. */
    void passed(Connection connection, TargetTable table) throws SQLException {
        long highest = 0;
        for (String id : wanted.values()) {
            highest = Math.max(highest, id.matches("[0-9]{1,18}") ? Long.parseLong(id) : 0);
        }
        IdSequence sequence = IdSequence.find(connection, table);
        if (sequence != null && highest > 0) {
            sequence.passed(connection, highest);
        }
    }

    /** From the column's own sequence where it has one, so that it will not give out the same ids itself. */
    private static List<String> fresh(Connection connection, TargetTable table, int count, long highest)
            throws SQLException {
        if (count == 0) {
            return List.of();
        }
        int key = table.table().key().getFirst();
        String column = table.column(key);
        if (!NUMBERS.contains(table.type(key))) {
            String before = table.type(key).equals("uuid") ? "" : "~";
            return Stream.generate(() -> before + UUID.randomUUID())
                    .limit(count)
                    .toList();
        }
        long last = highest;
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT max(" + column + ") FROM " + table.name());
                ResultSet row = statement.executeQuery()) {
            row.next();
            last = Math.max(last, row.getLong(1));
        }
        IdSequence sequence = IdSequence.find(connection, table);
        if (sequence != null) {
            sequence.passed(connection, last);
            return sequence.next(connection, count);
        }
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            ids.add(Long.toString(last + i));
        }
        return ids;
    }
}
