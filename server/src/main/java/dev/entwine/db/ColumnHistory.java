package dev.entwine.db;

import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A table's columns at one site in the order in which they were added, those included that have been dropped since. Tells what has
 * become of the columns that an older place of the log describes: the server keeps that order, and a dropped column's place in it.
 *
 * @param columns the name now, empty where the column was dropped; generated columns are not among them
 */
public record ColumnHistory(List<Optional<String>> columns) {
    private static final String QUERY = """
        SELECT n.nspname, c.relname, CASE WHEN NOT a.attisdropped THEN a.attname END
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN unnest(?::text[], ?::text[]) AS wanted (schema, name) ON n.nspname = wanted.schema AND c.relname = wanted.name
        WHERE a.attnum > 0 AND a.attgenerated = ''
        ORDER BY 1, 2, a.attnum
        """;

    public ColumnHistory {
        columns = List.copyOf(columns);
    }

    /** @param connection for {@link Sessions.Purpose#CONTROL} */
    public static Map<TableId, ColumnHistory> read(Connection connection, Collection<TableId> tables)
            throws SQLException {
        Map<TableId, List<Optional<String>>> found = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "text", tables.stream().map(TableId::schema).toArray()));
            statement.setArray(
                    2,
                    connection.createArrayOf(
                            "text", tables.stream().map(TableId::name).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.computeIfAbsent(new TableId(row.getString(1), row.getString(2)), id -> new ArrayList<>())
                            .add(Optional.ofNullable(row.getString(3)));
                }
            }
        }
        Map<TableId, ColumnHistory> histories = new TreeMap<>();
        found.forEach((table, columns) -> histories.put(table, new ColumnHistory(columns)));
        return histories;
    }

    /**
     * What has become of columns.
     *
     * @param then the names of all columns at an older place, in the server's order
     * @return for each of them its name now, empty where it was dropped; empty as a whole when more than one answer is possible
     */
    public Optional<List<Optional<String>>> since(List<String> then) {
        List<Optional<String>> now = new ArrayList<>();
        int begin = 0;
        int unnamed = 0;
        for (String name : then) {
            int at = columns.indexOf(Optional.of(name));
            if (at < 0) {
                unnamed++;
                continue;
            }
            if (at < begin || !tell(unnamed, columns.subList(begin, at), false, now)) {
                return Optional.empty();
            }
            now.add(Optional.of(name));
            begin = at + 1;
            unnamed = 0;
        }
        return tell(unnamed, columns.subList(begin, columns.size()), true, now) ? Optional.of(now) : Optional.empty();
    }

    /**
     * Between two columns that have kept their names, or behind the last of them.
     *
     * @param unnamed how many columns then had names that none has now
     * @param between what stands there now
     * @param last    whether it is behind the last: only there may columns have been added since
     */
    private static boolean tell(int unnamed, List<Optional<String>> between, boolean last, List<Optional<String>> now) {
        List<Optional<String>> living =
                between.stream().filter(Optional::isPresent).toList();
        boolean dropped = living.size() < between.size();
        if (unnamed == 0) {
            return last || living.isEmpty();
        }
        if (living.isEmpty()) {
            for (int i = 0; i < unnamed; i++) {
                now.add(Optional.empty());
            }
            return between.size() >= unnamed;
        }
        boolean renamed = last ? !dropped && unnamed <= living.size() : unnamed == living.size();
        if (renamed) {
            now.addAll(living.subList(0, unnamed));
        }
        return renamed;
    }
}
