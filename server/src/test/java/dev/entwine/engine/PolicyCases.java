package dev.entwine.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One table for each policy, and in each of them one row for each kind of conflict and each order of commits. */
final class PolicyCases {
    /** What the two sites do to a row that holds n = 10, v = base, w = base; or, where nothing is there, insert. */
    enum Kind {
        INSERT_INSERT(
                "both insert",
                "INSERT INTO %s VALUES (%d, 1, 'east', 'east', '{a,e}')",
                "INSERT INTO %s VALUES (%d, 2, 'west', 'west', '{a,w}')"),
        SAME(
                "both change v and n",
                "UPDATE %s SET n = n + 1, v = 'east', tags = tags || '{e}' WHERE id = %d",
                "UPDATE %s SET n = n + 2, v = 'west', tags = array_remove(tags, 'a') WHERE id = %d"),
        DIFFERENT(
                "one changes v, the other w",
                "UPDATE %s SET v = 'east' WHERE id = %d",
                "UPDATE %s SET w = 'west' WHERE id = %d"),
        UPDATE_DELETE(
                "east changes, west deletes",
                "UPDATE %s SET n = n + 1, v = 'east' WHERE id = %d",
                "DELETE FROM %s WHERE id = %d"),
        DELETE_UPDATE(
                "east deletes, west changes",
                "DELETE FROM %s WHERE id = %d",
                "UPDATE %s SET n = n + 2, v = 'west' WHERE id = %d"),
        DELETE_DELETE("both delete", "DELETE FROM %s WHERE id = %d", "DELETE FROM %s WHERE id = %d");

        final String words;
        final String east;
        final String west;

        Kind(String words, String east, String west) {
            this.words = words;
            this.east = east;
            this.west = west;
        }

        String journalled() {
            return this == SAME || this == DIFFERENT ? "update_update" : name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** One conflict. */
    record Case(String policy, String table, Kind kind, boolean eastFirst, int id) {}

    private static final Map<String, String> POLICIES = policies();

    private PolicyCases() {}

    private static Map<String, String> policies() {
        Map<String, String> policies = new LinkedHashMap<>();
        for (String word : List.of("latest", "earliest", "precedence", "greatest(n)", "least(n)", "merge", "manual")) {
            policies.put("`" + word + "`", "on_conflict: " + word);
        }
        policies.put("`merge` with `groups: [[v, w]]`", "on_conflict: merge\n    groups: [[v, w]]");
        policies.put(
                "`rule: local.n > remote.n ? 'local' : 'remote'`",
                "on_conflict: {rule: \"local.n > remote.n ? 'local' : 'remote'\"}");
        policies.put(
                "`rule: {'v': local.v + '+' + remote.v}`", "on_conflict: {rule: \"{'v': local.v + '+' + remote.v}\"}");
        policies.put("`handler` that joins v", "on_conflict: {handler: dev.entwine.engine.CityHandler}");
        policies.put("`latest`, columns `n: sum`, `tags: union`", "columns: {n: sum, tags: union}");
        policies.put(
                "`earliest`, columns `n: greatest`, `v: latest`",
                "on_conflict: earliest\n    columns: {n: greatest, v: latest}");
        policies.put(
                "`latest`, `on_delete: update_wins`, column `n: sum`", "on_delete: update_wins\n    columns: {n: sum}");
        policies.put("`latest`, `on_delete: delete_wins`", "on_delete: delete_wins");
        return policies;
    }

    static List<String> names() {
        return List.copyOf(POLICIES.keySet());
    }

    static String rules() {
        StringBuilder rules = new StringBuilder();
        int number = 0;
        for (String rule : POLICIES.values()) {
            rules.append("  - match: public.t")
                    .append(number++)
                    .append("\n    ")
                    .append(rule)
                    .append('\n');
        }
        return rules.toString();
    }

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        int number = 0;
        for (String policy : POLICIES.keySet()) {
            for (Kind kind : Kind.values()) {
                for (boolean eastFirst : new boolean[] {true, false}) {
                    int id = List.of(Kind.values()).indexOf(kind) * 2 + (eastFirst ? 1 : 2);
                    cases.add(new Case(policy, "t" + number, kind, eastFirst, id));
                }
            }
            number++;
        }
        return cases;
    }

    /** Tables with a row for every case but those that insert. */
    static String schema() {
        StringBuilder sql =
                new StringBuilder("CREATE TABLE separator (separator text); INSERT INTO separator VALUES (' & ');");
        for (int i = 0; i < POLICIES.size(); i++) {
            sql.append("CREATE TABLE t%d (id int PRIMARY KEY, n int, v text, w text, tags text[]);".formatted(i))
                    .append("INSERT INTO t%d SELECT i, 10, 'base', 'base', '{a,b}' FROM generate_series(3, 20) i;"
                            .formatted(i));
        }
        return sql.toString();
    }

    static void write(Sites sites, Case one) throws SQLException {
        List<String> order = one.eastFirst() ? List.of("east", "west") : List.of("west", "east");
        for (String site : order) {
            String sql = site.equals("east") ? one.kind().east : one.kind().west;
            sites.execute(site, sql.formatted(one.table(), one.id()));
        }
    }

    static String outcome(Sites sites, String site, Case one) throws SQLException {
        String sql = "SELECT concat_ws(' ', n, v, w, array_to_string(tags, '')) FROM " + one.table() + " WHERE id = "
                + one.id();
        String row = sites.value(site, sql);
        return row.equals("null") ? "gone" : row;
    }

    static String journal(Sites sites, String site, Case one) throws SQLException {
        return sites.value(
                site,
                "SELECT string_agg(concat_ws(' ', kind, winner, status), '; ' ORDER BY id) FROM entwine.conflict"
                        + " WHERE table_name = '" + one.table() + "' AND key ->> 'id' = '" + one.id() + "'");
    }
}
