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
                "INSERT INTO %s VALUES (%d, 2, 'west', 'west', '{a,w}')") {
            @Override
            String north() {
                return "INSERT INTO %s VALUES (%d, 4, 'north', 'north', '{a,n}')";
            }
        },
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

        /** What a third site does, the last of all. */
        String north() {
            return "UPDATE %s SET n = n + 4, w = 'north' WHERE id = %d";
        }

        String journalled() {
            return this == SAME || this == DIFFERENT ? "update_update" : name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** One conflict, which is written once for each round. */
    record Case(String policy, String table, Kind kind, boolean eastFirst) implements Situation {
        private int id(int round) {
            return round * Kind.values().length * 2 + List.of(Kind.values()).indexOf(kind) * 2 + (eastFirst ? 1 : 2);
        }

        @Override
        public void write(Applications applications, List<String> sites, int round) throws SQLException {
            for (String site : Situation.order(sites, eastFirst)) {
                String sql = switch (site) {
                    case "east" -> kind.east;
                    case "west" -> kind.west;
                    default -> kind.north();
                };
                applications.execute(site, sql.formatted(table, id(round)));
            }
        }

        @Override
        public String outcome(Applications applications, String site, int round) throws SQLException {
            String sql = "SELECT concat_ws(' ', n, v, w, array_to_string(tags, '')) FROM " + table + " WHERE id = "
                    + id(round);
            String row = applications.value(site, sql);
            return row.equals("null") ? "gone" : row;
        }

        @Override
        public String journal(Applications applications, String site, int round) throws SQLException {
            return applications.value(
                    site,
                    "SELECT string_agg(concat_ws(' ', kind, winner, status), '; ' ORDER BY id) FROM entwine.conflict"
                            + " WHERE table_name = '" + table + "' AND key ->> 'id' = '" + id(round) + "'");
        }
    }

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
                    cases.add(new Case(policy, "t" + number, kind, eastFirst));
                }
            }
            number++;
        }
        return cases;
    }

    /** Tables with a row for every case but those that insert, in so many rounds. */
    static String schema(int rounds) {
        int round = Kind.values().length * 2;
        StringBuilder sql =
                new StringBuilder("CREATE TABLE separator (separator text); INSERT INTO separator VALUES (' & ');");
        for (int i = 0; i < POLICIES.size(); i++) {
            sql.append("CREATE TABLE t%d (id int PRIMARY KEY, n int, v text, w text, tags text[]);".formatted(i))
                    .append("INSERT INTO t%d SELECT i, 10, 'base', 'base', '{a,b}' FROM generate_series(1, %d) i"
                            .formatted(i, rounds * round))
                    .append(" WHERE (i - 1) %% %d >= 2;".formatted(round));
        }
        return sql.toString();
    }
}
