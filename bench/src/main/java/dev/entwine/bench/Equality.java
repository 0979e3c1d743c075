package dev.entwine.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Whether both sites have the same rows, once all that was written has arrived. */
final class Equality {
    private static final String TABLES = """
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'entwine', 'bench') ORDER BY 1
        """;

    /** Of the landmark that is sent when nobody writes any more. */
    private static final long LAST = -1;

    private Equality() {}

    /**
     * Waits until all that has been committed is at the other site.
     *
     * @throws IllegalStateException it has not come within a minute
     */
    static void awaitInStep(Pair pair, String database) throws SQLException, InterruptedException {
        for (String site : Pair.SITES) {
            try (Connection from = pair.server(site).connect(database)) {
                Arrivals.send(from, site, LAST);
            }
        }
        for (String site : Pair.SITES) {
            try (Connection to = pair.server(Pair.other(site)).connect(database)) {
                Arrivals.await(to, site, LAST);
            }
        }
    }

    /** @throws IllegalStateException a table has other rows at one site than at the other; names it and how many there are */
    static void require(Pair pair, String database) throws SQLException {
        Map<String, List<String>> contents = new HashMap<>();
        for (String site : Pair.SITES) {
            contents.put(site, content(pair, site, database));
        }
        List<String> differences = new ArrayList<>();
        List<String> here = contents.getOrDefault(Pair.SITES.getFirst(), List.of());
        List<String> there = contents.getOrDefault(Pair.SITES.getLast(), List.of());
        for (int i = 0; i < here.size(); i++) {
            if (!here.get(i).equals(there.get(i))) {
                differences.add(Pair.SITES.getFirst() + " has " + here.get(i) + ", " + Pair.SITES.getLast() + " has "
                        + there.get(i));
            }
        }
        if (!differences.isEmpty()) {
            throw new IllegalStateException("the sites differ: " + String.join("; ", differences));
        }
    }

    private static List<String> content(Pair pair, String site, String database) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Connection connection = pair.server(site).connect(database);
                Statement statement = connection.createStatement()) {
            try (ResultSet rows = statement.executeQuery(TABLES)) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            List<String> contents = new ArrayList<>();
            for (String table : tables) {
                contents.add(table + " with "
                        + text(
                                statement,
                                "SELECT count(*) || ' rows, hash ' || coalesce(sum(hashtextextended(t::text, 0)), 0)"
                                        + " FROM " + table + " t"));
            }
            return contents;
        }
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** How many rows of a small table with the key {@code id} are not the same at both sites. */
    static int rowsThatDiffer(Pair pair, String database, String table) throws SQLException {
        Map<Long, String> here = rows(pair, Pair.SITES.getFirst(), database, table);
        Map<Long, String> there = rows(pair, Pair.SITES.getLast(), database, table);
        Set<Long> all = new HashSet<>(here.keySet());
        all.addAll(there.keySet());
        all.removeIf(key -> Objects.equals(here.get(key), there.get(key)));
        return all.size();
    }

    private static Map<Long, String> rows(Pair pair, String site, String database, String table) throws SQLException {
        Map<Long, String> rows = new HashMap<>();
        try (Connection connection = pair.server(site).connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, t::text FROM " + table + " t")) {
            while (row.next()) {
                rows.put(row.getLong(1), row.getString(2));
            }
        }
        return rows;
    }
}
