package dev.entwine.engine;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows of two and three sites that a constraint does not let stand together, and ids that mean different things: for each rule a set of
 * tables, and in it rows for every round and both orders of commits. In statements, {@code {t}} is the table, {@code {k}} a number of
 * rows of their own: {@code {k}01} is row 1. Every row has a text that ends with {@code #{k}}, by which the journal's entries are found.
 */
final class ConstraintCases {
    /**
     * One set of tables.
     *
     * @param rule    in the words of the document
     * @param rules   lines of the configuration
     * @param show    SQL of what stands
     * @param meaning SQL of what must not depend on the order in which logs arrive, where {@code show} may; else empty
     * @param refused whether {@code check} refuses the rule
     */
    record Setup(
            String table,
            String what,
            String rule,
            String rules,
            String schema,
            Map<String, String> writes,
            String show,
            String meaning,
            boolean refused) {
        @Override
        public String toString() {
            return what + ", rule " + rule + " (table " + table + ")";
        }
    }

    /** One of them, in one order of commits. */
    record Case(Setup setup, boolean eastFirst) implements Situation {
        @Override
        public String toString() {
            return setup + (eastFirst ? ", east commits first" : ", west commits first");
        }

        private String format(String sql, int round) {
            return sql.replace("{t}", setup.table()).replace("{k}", String.valueOf(round * 2 + (eastFirst ? 1 : 2)));
        }

        @Override
        public void write(Applications applications, List<String> sites, int round) throws SQLException {
            for (String site : Situation.order(sites, eastFirst)) {
                applications.execute(site, format(setup.writes().getOrDefault(site, "SELECT"), round));
            }
        }

        @Override
        public String outcome(Applications applications, String site, int round) throws SQLException {
            return plain(applications.value(site, format("SELECT " + setup.show(), round)));
        }

        @Override
        public boolean mayDependOnArrival() {
            return !setup.meaning().isEmpty();
        }

        @Override
        public String meaning(Applications applications, String site, int round) throws SQLException {
            return mayDependOnArrival()
                    ? plain(applications.value(site, format("SELECT " + setup.meaning(), round)))
                    : outcome(applications, site, round);
        }

        @Override
        public String journal(Applications applications, String site, int round) throws SQLException {
            return applications.value(site, format(JOURNAL, round));
        }

        /** Without what is only there to tell rows of one round from those of another, and without hashes. */
        private static String plain(String outcome) {
            return outcome.replaceAll("#\\d+", "").replaceAll("~[0-9a-f]{8}", "~…");
        }
    }

    private static final String JOURNAL = """
        SELECT string_agg(concat_ws(' ', kind, nullif(substr(table_name, length('{t}') + 2), ''),
                   (SELECT string_agg(CASE WHEN value::int < 1000000 THEN (value::int % 100)::text ELSE 'new' END, ',')
                    FROM jsonb_each_text(key)), winner, status), '; ' ORDER BY table_name, kind, key::text, winner)
        FROM entwine.conflict WHERE (table_name = '{t}' OR table_name LIKE '{t}\\_%')
          AND concat(losers, result) ~ '#{k}["~]'
        """;

    private static final String SHOW_UNIQUE =
            "string_agg(concat(id % 100, ' ', coalesce(v, 'NULL'), CASE WHEN r IS NULL THEN ' r NULL' END), ', ' ORDER"
                    + " BY id) FROM {t} WHERE id / 100 = {k}";

    private static final String CHILDREN =
            "'; %1$s ' || (SELECT coalesce(string_agg(concat(id %% 100, ' of ', coalesce((parent %% 100)::text,"
                    + " 'NULL')), ', ' ORDER BY id), 'gone') FROM {t}_%1$s WHERE id / 100 = {k})";

    private static final String PARENTS =
            "'parent ' || (SELECT coalesce(string_agg((id % 100)::text, ', ' ORDER BY id), 'gone') FROM {t}"
                    + " WHERE id / 100 = {k})";

    private final int rounds;
    private final List<Setup> setups = new ArrayList<>();

    ConstraintCases(int rounds) {
        this.rounds = rounds;
        unique();
        parents();
        checks();
        ids();
    }

    List<Setup> setups() {
        return setups;
    }

    List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (Setup setup : setups) {
            if (!setup.refused()) {
                cases.add(new Case(setup, true));
                cases.add(new Case(setup, false));
            }
        }
        return cases;
    }

    String rules(boolean refused) {
        StringBuilder rules = new StringBuilder();
        setups.stream().filter(setup -> setup.refused() == refused).forEach(setup -> rules.append(setup.rules()));
        return rules + "  - match: public.c*\n";
    }

    String schema() {
        StringBuilder sql = new StringBuilder("CREATE FUNCTION numbers() RETURNS SETOF int LANGUAGE sql AS"
                + " 'SELECT generate_series(1, " + rounds * 2 + ")';");
        setups.forEach(setup -> sql.append(setup.schema().replace("{t}", setup.table())));
        return sql.toString();
    }

    private void add(Setup setup) {
        setups.add(setup);
    }

    private String next() {
        return "c" + setups.size();
    }

    private static Map<String, String> writes(String east, String west, String north) {
        Map<String, String> writes = new LinkedHashMap<>();
        writes.put("east", east);
        writes.put("west", west);
        writes.put("north", north);
        return writes;
    }

    private String rule(String... lines) {
        return "  - match: public." + next() + "\n    " + String.join("\n    ", lines) + "\n";
    }

    /** A kind of claim, with what makes it one. */
    private record Claim(String words, String ddl, String column, String naturalKey, List<String> names) {}

    private void unique() {
        List<String> same = List.of("bob", "bob", "bob");
        List<Claim> claims = List.of(
                new Claim("one column: both insert `bob`", "ALTER TABLE {t} ADD UNIQUE (v)", "v", "[v]", same),
                new Claim(
                        "two columns: both insert `bob`, 1", "ALTER TABLE {t} ADD UNIQUE (v, n)", "v", "[v, n]", same),
                new Claim("partial: both insert `bob`", "CREATE UNIQUE INDEX ON {t} (v) WHERE n > 0", "v", "[v]", same),
                new Claim(
                        "an expression, `lower(v)`: east inserts `bob`, west `Bob`",
                        "CREATE UNIQUE INDEX ON {t} (lower(v))",
                        "v",
                        "[v]",
                        List.of("bob", "Bob", "BOB")),
                new Claim(
                        "exclusion: both insert ranges `r` that overlap",
                        "ALTER TABLE {t} ADD EXCLUDE USING gist (r WITH &&)",
                        "r",
                        "[r]",
                        same));
        for (Claim claim : claims) {
            boolean whole = claim.naturalKey().startsWith("[v") && claim.ddl().startsWith("ALTER");
            inserted(claim, "quarantine", "on_unique: quarantine", false, 1);
            inserted(claim, "rename(v)", "on_unique: rename(v)", claim.column().equals("r"), 1);
            inserted(
                    claim,
                    "null(" + claim.column() + ")",
                    "on_unique: null(" + claim.column() + ")",
                    claim.column().equals("r"),
                    1);
            inserted(claim, "natural_key: " + claim.naturalKey(), "natural_key: " + claim.naturalKey(), !whole, 1);
        }
        Claim outside = new Claim(
                "partial: both insert `bob`, west's row is outside of the index",
                claims.get(2).ddl(),
                "v",
                "[v]",
                same);
        inserted(outside, "quarantine", "on_unique: quarantine", false, 0);
        for (String policy : List.of("quarantine", "rename(v)", "null(v)")) {
            changed(policy, "on_unique: " + policy);
        }
        changed("natural_key: [v]", "natural_key: [v]");
    }

    private static String claims(Claim claim) {
        return "CREATE TABLE {t} (id int PRIMARY KEY, v varchar(40), w text, n int NOT NULL, r int4range); "
                + claim.ddl() + ";";
    }

    private void inserted(Claim claim, String words, String rule, boolean refused, int westsNumber) {
        String insert =
                "INSERT INTO {t} VALUES ({k}0%1$d, '%2$s#{k}', '%3$s#{k}', %4$d, int4range({k}00 + %1$d, {k}50))";
        boolean merges = rule.startsWith("natural_key");
        add(new Setup(
                next(),
                claim.words(),
                "`" + words + "`",
                rule(rule),
                claims(claim),
                writes(
                        insert.formatted(1, claim.names().get(0), "east", 1),
                        insert.formatted(2, claim.names().get(1), "west", westsNumber),
                        insert.formatted(3, claim.names().get(2), "north", 1)),
                SHOW_UNIQUE,
                merges ? "string_agg(v, ' ') || ' ' || string_agg(w, ' ') FROM {t} WHERE id / 100 = {k}" : "",
                refused));
    }

    private void changed(String words, String rule) {
        String change = "UPDATE {t} SET v = 'bob#{k}' WHERE id = {k}0%d";
        add(new Setup(
                next(),
                "one column: east changes row 1 to `bob`, west row 2",
                "`" + words + "`",
                rule(rule),
                "CREATE TABLE {t} (id int PRIMARY KEY, v varchar(40) UNIQUE, w text, n int, r int4range DEFAULT"
                        + " 'empty'); INSERT INTO {t} SELECT k * 100 + i, 'name' || i || '#' || k, 'w#' || k FROM"
                        + " numbers() k, generate_series(1, 3) i;",
                writes(change.formatted(1), change.formatted(2), change.formatted(3)),
                SHOW_UNIQUE,
                "",
                false));
    }

    private void parents() {
        List<String> policies = List.of("restore_parent", "quarantine_child", "set_null");
        policies.forEach(policy -> orphan(
                policy,
                "east deletes a parent, west inserts a child of it",
                "",
                "INSERT INTO {t}_child VALUES ({k}01, {k}01, 'w#{k}')"));
        policies.forEach(policy -> orphan(
                policy,
                "east deletes a parent, west moves child 1 to it",
                "INSERT INTO {t} SELECT k * 100 + 2, 'p#' || k FROM numbers() k;"
                        + " INSERT INTO {t}_child SELECT k * 100 + 1, k * 100 + 2, 'c#' || k FROM numbers() k;",
                "UPDATE {t}_child SET parent = {k}01 WHERE id = {k}01"));
        policies.forEach(this::chain);
        policies.forEach(this::selfReference);
        policies.forEach(this::composite);
        withheldParent();
    }

    private String orphanRule(String policy) {
        return "  - match: public." + next() + "_*\n    on_orphan: " + policy + "\n";
    }

    private void orphan(String policy, String what, String more, String west) {
        add(new Setup(
                next(),
                what,
                "`" + policy + "`",
                orphanRule(policy),
                "CREATE TABLE {t} (id int PRIMARY KEY, v text); CREATE TABLE {t}_child (id int PRIMARY KEY,"
                        + " parent int REFERENCES {t}, v text);"
                        + " INSERT INTO {t} SELECT k * 100 + 1, 'p#' || k FROM numbers() k;" + more,
                writes(
                        "DELETE FROM {t} WHERE id = {k}01",
                        west,
                        "INSERT INTO {t}_child VALUES ({k}03, {k}01, 'n#{k}')"),
                "concat(" + PARENTS + ", " + CHILDREN.formatted("child") + ")",
                "",
                false));
    }

    private void chain(String policy) {
        add(new Setup(
                next(),
                "chain with `ON DELETE CASCADE`: east deletes the parent, and its child with it; west inserts a leaf"
                        + " of the child",
                "`" + policy + "`",
                orphanRule(policy),
                "CREATE TABLE {t} (id int PRIMARY KEY, v text); CREATE TABLE {t}_child (id int PRIMARY KEY,"
                        + " parent int REFERENCES {t} ON DELETE CASCADE, v text); CREATE TABLE {t}_leaf"
                        + " (id int PRIMARY KEY, parent int REFERENCES {t}_child ON DELETE CASCADE, v text);"
                        + " INSERT INTO {t} SELECT k * 100 + 1, 'p#' || k FROM numbers() k;"
                        + " INSERT INTO {t}_child SELECT k * 100 + 1, k * 100 + 1, 'c#' || k FROM numbers() k;",
                writes(
                        "DELETE FROM {t} WHERE id = {k}01",
                        "INSERT INTO {t}_leaf VALUES ({k}01, {k}01, 'w#{k}')",
                        "INSERT INTO {t}_leaf VALUES ({k}03, {k}01, 'n#{k}')"),
                "concat(" + PARENTS + ", " + CHILDREN.formatted("child") + ", " + CHILDREN.formatted("leaf") + ")",
                "",
                false));
    }

    private void selfReference(String policy) {
        add(new Setup(
                next(),
                "self-reference: east deletes row 1; west inserts 2 of 1, and 3 of 2",
                "`" + policy + "`",
                rule("on_orphan: " + policy),
                "CREATE TABLE {t} (id int PRIMARY KEY, parent int REFERENCES {t}, v text);"
                        + " INSERT INTO {t} SELECT k * 100 + 1, NULL, 'p#' || k FROM numbers() k;",
                writes(
                        "DELETE FROM {t} WHERE id = {k}01",
                        "INSERT INTO {t} VALUES ({k}02, {k}01, 'w#{k}'), ({k}03, {k}02, 'w#{k}')",
                        "INSERT INTO {t} VALUES ({k}04, {k}01, 'n#{k}')"),
                "coalesce(string_agg(concat(id % 100, ' of ', coalesce((parent % 100)::text, 'NULL')), ', ' ORDER BY"
                        + " id), 'gone') FROM {t} WHERE id / 100 = {k}",
                "",
                false));
    }

    private void composite(String policy) {
        add(new Setup(
                next(),
                "composite: east deletes parent (1, 1), west inserts a child of it",
                "`" + policy + "`",
                orphanRule(policy),
                "CREATE TABLE {t} (a int, b int, v text, PRIMARY KEY (a, b)); CREATE TABLE {t}_child"
                        + " (id int PRIMARY KEY, a int, b int, v text, FOREIGN KEY (a, b) REFERENCES {t});"
                        + " INSERT INTO {t} SELECT k * 100 + 1, 1, 'p#' || k FROM numbers() k;",
                writes(
                        "DELETE FROM {t} WHERE a = {k}01",
                        "INSERT INTO {t}_child VALUES ({k}01, {k}01, 1, 'w#{k}')",
                        "INSERT INTO {t}_child VALUES ({k}03, {k}01, 1, 'n#{k}')"),
                "concat('parent ', (SELECT coalesce(string_agg(concat('(', a % 100, ', ', b, ')'), ', '), 'gone') FROM"
                    + " {t} WHERE a / 100 = {k}), '; child ', (SELECT coalesce(string_agg(concat(id % 100, ' of (',"
                    + " coalesce((a % 100)::text, 'NULL'), ', ', coalesce(b::text, 'NULL'), ')'), ', ' ORDER BY id),"
                    + " 'gone') FROM {t}_child WHERE id / 100 = {k}))",
                "",
                false));
    }

    private void withheldParent() {
        String both = "BEGIN; INSERT INTO {t} VALUES ({k}0%1$d, 'bob#{k}'); INSERT INTO {t}_child"
                + " VALUES ({k}0%1$d, {k}0%1$d, 'c#{k}'); COMMIT";
        add(new Setup(
                next(),
                "both insert a parent `bob`, which is unique, and a child of it",
                "`quarantine`, `restore_parent`",
                "",
                "CREATE TABLE {t} (id int PRIMARY KEY, v text UNIQUE); CREATE TABLE {t}_child (id int PRIMARY KEY,"
                        + " parent int REFERENCES {t}, v text);",
                writes(both.formatted(1), both.formatted(2), both.formatted(3)),
                "concat(" + PARENTS + ", " + CHILDREN.formatted("child") + ")",
                "",
                false));
    }

    private void checks() {
        check(
                "`CHECK (a + b <= 10)` on 1 + 1: east sets a to 8, west b to 7",
                "`merge`",
                "on_conflict: merge",
                "CHECK (a + b <= 10)",
                List.of("a = 8", "b = 7", "v = 'n#{k}'"));
        check(
                "`CHECK (num_nonnulls(a, b) > 0)` on 1, 1: east sets a to NULL, west b",
                "`merge`",
                "on_conflict: merge",
                "CHECK (num_nonnulls(a, b) > 0)",
                List.of("a = NULL", "b = NULL", "v = 'n#{k}'"));
        check(
                "`CHECK (a <= 10)` on 1: east adds 6 to a, and west 5",
                "`columns: {a: sum}`",
                "columns: {a: sum}",
                "CHECK (a <= 10)",
                List.of("a = a + 6", "a = a + 5", "v = 'n#{k}'"));
        check(
                "`b NOT NULL`: both change a, and a rule sets b to NULL",
                "`rule: {'b': null}`",
                "on_conflict: {rule: \"{'b': null}\"}",
                "CHECK (b < 9), ALTER b SET NOT NULL",
                List.of("a = 2", "a = 3", "v = 'n#{k}'"));
    }

    private void check(String what, String words, String rule, String constraint, List<String> sets) {
        String update = "UPDATE {t} SET %s WHERE id = {k}01";
        add(new Setup(
                next(),
                what,
                words,
                rule(rule),
                "CREATE TABLE {t} (id int PRIMARY KEY, a int, b int, v text); ALTER TABLE {t} ADD " + constraint
                        + "; INSERT INTO {t} SELECT k * 100 + 1, 1, 1, 's#' || k FROM numbers() k;",
                writes(update.formatted(sets.get(0)), update.formatted(sets.get(1)), update.formatted(sets.get(2))),
                "concat('a ', coalesce(a::text, 'NULL'), ', b ', coalesce(b::text, 'NULL')) FROM {t} WHERE id = {k}01",
                "",
                false));
    }

    private void ids() {
        String sameText = "`a` under two ids: east has 1, west 2";
        String sameId = "id 1 for two texts: at east `a`, at west `b`";
        id(sameText, "`natural_key`", List.of("natural_key: [v]"), List.of("1 a", "2 a", "3 a"));
        id(
                sameText,
                "`natural_key`, `on_same_id: rekey`",
                List.of("natural_key: [v]", "on_same_id: rekey"),
                List.of("1 a", "2 a", "3 a"));
        id(sameId, "none", List.of("on_conflict: latest"), List.of("1 a", "1 b", "1 c"));
        id(sameId, "`natural_key`", List.of("natural_key: [v]"), List.of("1 a", "1 b", "1 c"));
        id(sameId, "`on_same_id: rekey`", List.of("on_same_id: rekey"), List.of("1 a", "1 b", "1 c"));
        id(
                sameId,
                "`natural_key`, `on_same_id: rekey`",
                List.of("natural_key: [v]", "on_same_id: rekey"),
                List.of("1 a", "1 b", "1 c"));
        id(
                "crosswise: east has 1 `a` and 2 `b`, west 1 `b` and 2 `a`",
                "`natural_key`, `on_same_id: rekey`",
                List.of("natural_key: [v]", "on_same_id: rekey"),
                List.of("1 a 2 b", "1 b 2 a", "1 c 2 a"));
    }

    private void id(String what, String words, List<String> rule, List<String> entries) {
        String uses =
                "(SELECT string_agg(concat_ws(' ', u.v, 'means', coalesce(d.v, 'nothing')), ', ' ORDER BY u.v, d.v)"
                        + " FROM {t}_use u LEFT JOIN {t} d ON d.id = u.d WHERE u.id / 1000 = {k})";
        String words2 =
                "(SELECT string_agg(concat(CASE WHEN id < 1000000 THEN (id % 100)::text ELSE 'new' END, ' ', v),"
                        + " ', ' ORDER BY v) FROM {t} WHERE v LIKE '%#{k}')";
        add(new Setup(
                next(),
                what,
                words,
                rule(rule.toArray(String[]::new)),
                "CREATE TABLE {t} (id int GENERATED BY DEFAULT AS IDENTITY (START WITH 1000000) PRIMARY KEY, v text"
                        + " UNIQUE); CREATE TABLE {t}_use (id int PRIMARY KEY, d int REFERENCES {t}, v text);",
                writes(
                        entries("east", 1, entries.get(0)),
                        entries("west", 2, entries.get(1)),
                        entries("north", 3, entries.get(2))),
                "concat_ws('; ', " + words2 + ", " + uses + ")",
                rule.getFirst().startsWith("on_conflict") ? "" : uses,
                false));
    }

    /** Entries with one use of each, in one transaction. */
    private static String entries(String site, int number, String idsAndTexts) {
        StringBuilder sql = new StringBuilder("BEGIN;");
        String[] words = idsAndTexts.split(" ", -1);
        for (int i = 0; i < words.length; i += 2) {
            sql.append(
                    "INSERT INTO {t} VALUES ({k}0%1$s, '%2$s#{k}'); INSERT INTO {t}_use VALUES ({k}0%3$d%4$d, {k}0%1$s, '%5$s''s %2$s#{k}');"
                            .formatted(words[i], words[i + 1], number, i, site));
        }
        return sql + "COMMIT";
    }
}
