package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.PostgresVersions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What verify finds while no engine runs; see {@code engine.LiveVerifyIT} for the rest. */
final class VerifyIT {
    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    /** East is the newest version, west any. */
    @ParameterizedTest
    @MethodSource("versions")
    void differences_of_every_kind_are_found_and_named(PostgresBinaries version) throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(Pair.PASSWORD);
        try (PostgresServer east = PostgresServer.start(PostgresVersions.newest(), options);
                PostgresServer west = PostgresServer.start(version, options);
                Pair pair = Pair.on(east, west)) {
            pair.both(PlantedRows.TABLES);
            initialize(pair);
            Result before = pair.run("verify", "--json");
            assertThat(before.exitCode()).as(before.all()).isZero();
            assertThat(before.json().path("tables").path(0).path("compared").asString())
                    .as("between two versions of PostgreSQL from 14 to 18")
                    .isEqualTo("native");

            PlantedRows planted = new PlantedRows();
            assertThat(planted.expected()).hasSizeGreaterThan(100);
            pair.east(planted.sql("east"));
            pair.west(planted.sql("west"));
            requireFound(pair.run("verify", "--json"), planted);

            pair.west("ALTER TABLE every ALTER COLUMN s TYPE integer");
            Result byText = pair.run("verify", "--json", "--table", "every");
            requireFound(byText, planted);
            assertThat(byText.json().path("tables").path(0).path("compared").asString())
                    .isEqualTo("text");
        }
    }

    private static void initialize(Pair pair) throws Exception {
        Result init = pair.run("init", "--equal");
        assertThat(init.exitCode()).as(init.all()).isZero();
    }

    private static void requireFound(Result result, PlantedRows planted) {
        assertThat(result.exitCode()).as(result.all()).isEqualTo(3);
        JsonNode table = result.json().path("tables").path(0);
        assertThat(result.json().path("equal").asBoolean(true)).isFalse();
        assertThat(table.path("table").asString()).isEqualTo("public.every");
        assertThat(table.path("equal").asBoolean(true)).isFalse();
        assertThat(table.path("not_judged_count").asLong(-1)).isZero();
        Map<Long, String> found = new TreeMap<>();
        for (JsonNode difference : table.path("differences")) {
            long id = Long.parseLong(difference.path("key").path("id").asString());
            found.put(id, described(difference));
        }
        assertThat(found).containsExactlyInAnyOrderEntriesOf(planted.expected());
        assertThat(table.path("difference_count").asLong())
                .isEqualTo(planted.expected().size());
    }

    private static String described(JsonNode difference) {
        for (String site : List.of("east", "west")) {
            if (difference.path("sites").path(site).isNull()) {
                assertThat(difference.path("kind").asString()).isEqualTo("missing");
                return "missing at " + site;
            }
        }
        assertThat(difference.path("kind").asString()).isEqualTo("different");
        List<String> columns = new ArrayList<>();
        for (JsonNode column : difference.path("columns")) {
            String name = column.asString();
            columns.add(name);
            assertThat(difference.path("sites").path("east").path(name))
                    .isNotEqualTo(difference.path("sites").path("west").path(name));
        }
        return String.join(" ", columns);
    }

    private static final List<String> KEYS = List.of(
            "integer 1 2 3",
            "smallint 1 2 3",
            "numeric 1.0 2.50 3",
            "text a b c",
            "varchar(20) a b c",
            "char(5) a b c",
            "uuid 00000000-0000-0000-0000-000000000001 00000000-0000-0000-0000-000000000002"
                    + " 00000000-0000-0000-0000-000000000003",
            "double_precision 0 1.5 2.5",
            "interval 1day 2days 3days",
            "timestamptz 2021-01-01Z 2021-01-02Z 2021-01-03Z",
            "date 2021-01-01 2021-01-02 2021-01-03",
            "bytea \\x01 \\x02 \\x03",
            "inet 10.0.0.1 10.0.0.2 10.0.0.3",
            "boolean true false",
            "mood sad ok happy",
            "amount 1.0 2 3",
            "time 01:00 02:00 03:00");

    /** The server's hashes of these rows, with one seed for all, differ in the same bits: their XOR is the same at both sites. */
    @Test
    void the_same_change_in_several_rows_does_not_cancel_itself_out() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE account (id int PRIMARY KEY, v text, note text)");
            for (String site : List.of("east", "west")) {
                pair.server(site)
                        .execute(
                                pair.database(),
                                "INSERT INTO account SELECT id, '" + site + "', repeat('" + site
                                        + "', 30) FROM unnest('{12237,20853,45992,73879}'::int[]) AS id");
            }
            Result result = pair.run("init", "--equal");
            assertThat(result.exitCode()).as(result.all()).isEqualTo(3);
            assertThat(result.out()).contains("4 rows differ");
        }
    }

    /** As many columns as a site's parser and planner have to follow in one expression, of types that go different ways. */
    @Test
    void a_value_that_is_in_another_column_is_a_difference_in_the_widest_of_tables() throws Exception {
        int width = 1_200;
        StringJoiner columns = new StringJoiner(", ", "CREATE TABLE wide (id int PRIMARY KEY, ", ")");
        List<String> types = List.of("bigint", "text", "timestamptz", "numeric", "date", "bigint");
        for (int i = 0; i < width; i++) {
            columns.add("c" + i + " " + types.get(i % types.size()));
        }
        try (Pair pair = Pair.open()) {
            pair.both(columns + "; INSERT INTO wide (id) SELECT g FROM generate_series(1, 50) g");
            initialize(pair);
            assertThat(pair.run("verify").exitCode()).isZero();
            pair.west(PlantedRows.unseen(List.of("UPDATE wide SET c0 = 5, c1191 = '1.0' WHERE id = 3")));
            pair.east(PlantedRows.unseen(List.of("UPDATE wide SET c5 = 5, c1197 = '1.0' WHERE id = 3")));
            JsonNode table = pair.run("verify", "--json").json().path("tables").path(0);
            assertThat(table.path("difference_count").asLong()).isEqualTo(1);
            assertThat(table.path("differences").path(0).path("columns").toString())
                    .isEqualTo("[\"c0\",\"c5\",\"c1191\",\"c1197\"]");
        }
    }

    /** The server's own hash of such a column takes the two for the same, and so does that of the numbers. */
    @Test
    void what_a_column_takes_for_equal_is_a_difference_all_the_same() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
                    + " CREATE TABLE t (id int PRIMARY KEY, v text COLLATE caseless, c char(4) COLLATE caseless, n"
                    + " numeric); INSERT INTO t SELECT g, 'a', 'b', 1.0 FROM generate_series(1, 9) g");
            initialize(pair);
            pair.west(PlantedRows.unseen(List.of(
                    "UPDATE t SET v = 'A' WHERE id = 1",
                    "UPDATE t SET c = 'B' WHERE id = 2",
                    "UPDATE t SET n = 1.00 WHERE id = 3")));
            JsonNode table = pair.run("verify", "--json").json().path("tables").path(0);
            assertThat(table.path("difference_count").asLong()).isEqualTo(3);
            assertThat(table.path("not_judged_count").asLong()).isZero();
        }
    }

    /** Their numbers would say of every row that it differs; of so many not all could be looked at again. */
    @Test
    void columns_of_one_type_that_are_declared_with_and_without_a_scale_are_compared_by_their_texts() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, n numeric, m bigint);"
                    + " INSERT INTO t SELECT g, 1.00, g FROM generate_series(1, 120000) g");
            initialize(pair);
            pair.west("ALTER TABLE t ALTER n TYPE numeric(12,2), ALTER m SET NOT NULL");
            pair.west(PlantedRows.unseen(List.of("UPDATE t SET n = 7 WHERE id = 3")));
            JsonNode table = pair.run("verify", "--json").json().path("tables").path(0);
            assertThat(table.path("difference_count").asLong()).isEqualTo(1);
            assertThat(table.path("not_judged_count").asLong()).isZero();
        }
    }

    @Test
    void rows_are_matched_by_keys_of_every_type() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN amount AS numeric");
            for (int i = 0; i < KEYS.size(); i++) {
                String[] words = KEYS.get(i).split(" ", -1);
                pair.both("CREATE TABLE k" + (100 + i) + " (k " + words[0].replace('_', ' ')
                        + ", part integer, v text, PRIMARY KEY (k, part));"
                        + " CREATE TABLE s" + (100 + i) + " (k " + words[0].replace('_', ' ')
                        + " PRIMARY KEY, v text)");
                for (int k = 1; k < words.length; k++) {
                    pair.both("INSERT INTO k" + (100 + i) + " VALUES ('" + words[k] + "', 1, 'v'), ('" + words[k]
                            + "', 2, 'v'); INSERT INTO s" + (100 + i) + " VALUES ('" + words[k] + "', 'v')");
                }
            }
            initialize(pair);
            assertThat(pair.run("verify").exitCode()).isZero();
            for (int i = 0; i < KEYS.size(); i++) {
                String[] words = KEYS.get(i).split(" ", -1);
                pair.west(PlantedRows.unseen(List.of(
                        "DELETE FROM k" + (100 + i) + " WHERE k = '" + words[1] + "' AND part = 2",
                        "UPDATE k" + (100 + i) + " SET v = 'w' WHERE k = '" + words[2] + "' AND part = 1",
                        "DELETE FROM s" + (100 + i) + " WHERE k = '" + words[1] + "'",
                        "UPDATE s" + (100 + i) + " SET v = 'w' WHERE k = '" + words[2] + "'")));
            }
            JsonNode found = pair.run("verify", "--json").json();
            assertThat(found.path("tables")).hasSize(2 * KEYS.size());
            for (JsonNode table : found.path("tables")) {
                List<String> kinds = new ArrayList<>();
                table.path("differences")
                        .forEach(each -> kinds.add(each.path("kind").asString()));
                assertThat(kinds).as(table.toString()).containsExactlyInAnyOrder("missing", "different");
                assertThat(table.path("not_judged_count").asLong()).isZero();
            }
        }
    }

    @Test
    void keys_that_are_equal_but_for_their_texts_are_one_row() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (k numeric PRIMARY KEY, v text); INSERT INTO t VALUES (1.0, 'v'), (2, 'v')");
            initialize(pair);
            pair.west(PlantedRows.unseen(List.of("UPDATE t SET k = 1.000 WHERE k = 1")));
            JsonNode difference =
                    pair.run("verify", "--json").json().path("tables").path(0).path("differences");
            assertThat(difference).hasSize(1);
            assertThat(difference.path(0).path("kind").asString()).isEqualTo("different");
            assertThat(difference.path(0).path("columns").toString()).isEqualTo("[\"k\"]");
            assertThat(difference.path(0).path("sites").path("west").path("k").asString())
                    .isEqualTo("1.000");
        }
    }

    @Test
    void what_waits_for_an_engine_is_no_difference_and_the_rest_is_judged() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' FROM generate_series(1,"
                    + " 20) g");
            initialize(pair);
            pair.east("UPDATE t SET v = 'new' WHERE id = 3");
            pair.west("DELETE FROM t WHERE id = 4");
            pair.east("UPDATE t SET id = 40 WHERE id = 5");
            pair.east("UPDATE t SET v = 'v' WHERE id = 6");
            Result waiting = pair.run("verify", "--json");
            assertThat(waiting.exitCode()).isEqualTo(3);
            JsonNode table = waiting.json().path("tables").path(0);
            assertThat(table.path("differences")).isEmpty();
            List<String> open = new ArrayList<>();
            table.path("not_judged")
                    .forEach(row -> open.add(row.path("key").path("id").asString() + " "
                            + row.path("reason").asString()));
            assertThat(open).containsExactlyInAnyOrder("3 waiting", "4 waiting", "5 waiting", "40 waiting");

            pair.west(PlantedRows.unseen(List.of("UPDATE t SET v = 'planted' WHERE id = 7")));
            Result both = pair.run("verify");
            assertThat(both.exitCode()).isEqualTo(3);
            assertThat(both.out())
                    .contains("public.t id=7: different")
                    .contains("4 rows could not be judged")
                    .contains("no engine runs")
                    .contains("entwine run")
                    .doesNotContain("id=3");
        }
    }

    @Test
    void what_explains_a_difference_is_said() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'v'), (2, 'v')");
            initialize(pair);
            pair.west(PlantedRows.unseen(List.of(
                    "DELETE FROM t WHERE id = 2",
                    "INSERT INTO entwine.parked (row_id, table_schema, table_name, key, source,"
                            + " position, operation, sqlstate, error) VALUES ('x', 'public', 't',"
                            + " '{\"id\": \"2\"}', 'east', '0/1', 'insert', '23514', 'refused')")));
            JsonNode difference = pair.run("verify", "--json")
                    .json()
                    .path("tables")
                    .path(0)
                    .path("differences")
                    .path(0);
            assertThat(difference.path("why").asString()).isEqualTo("parked");
            assertThat(difference.path("kind").asString()).isEqualTo("missing");
            assertThat(difference
                            .path("writers")
                            .path("east")
                            .path("transaction")
                            .asString())
                    .isEqualTo(pair.value("east", "SELECT xmin FROM t WHERE id = 2"));
            assertThat(difference.path("writers").path("west").isNull()).isTrue();
            assertThat(pair.run("verify").out())
                    .contains("public.t id=2: missing at west, there at east")
                    .contains("parked at west: insert of east at 0/1, refused")
                    .contains("last written at east by transaction");
        }
    }

    @Test
    void columns_that_only_one_site_has_are_left_out_and_named() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'v')");
            initialize(pair);
            pair.east("ALTER TABLE t ADD COLUMN extra text DEFAULT 'x'");
            Result result = pair.run("verify");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.err()).contains("table public.t: only some sites have extra, which is not compared");
        }
    }

    @Test
    void what_cannot_be_compared_is_said_with_the_next_step() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE alone (id int PRIMARY KEY)");
            Result absent = pair.run("verify");
            assertThat(absent.exitCode()).isEqualTo(1);
            assertThat(absent.err()).contains("site east is not initialized").contains("'entwine init'");
            pair.withTables("  - match: public.t\n");
            initialize(pair);
            Result unknown = pair.run("verify", "--table", "alone");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("table 'alone' is not synchronized; these are: public.t");
            assertThat(pair.run("verify", "--table", "public.t", "--table", "t").exitCode())
                    .isZero();
            assertThat(pair.run("verify", "--pace", "0").exitCode()).isEqualTo(2);
            pair.west("ALTER TABLE t DROP CONSTRAINT t_pkey");
            Result key = pair.run("verify");
            assertThat(key.exitCode()).isEqualTo(1);
            assertThat(key.err()).contains("table public.t does not have the same key at every site");
            pair.withUrl("west", "jdbc:postgresql://127.0.0.1:1/shop?connectTimeout=2");
            Result away = pair.run("verify");
            assertThat(away.exitCode()).isEqualTo(1);
            assertThat(away.err()).contains("site west: no connection to");
        }
    }

    @Test
    void a_table_that_differs_in_many_rows_is_counted_to_the_end() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text);"
                    + " INSERT INTO t SELECT g, 'v' FROM generate_series(1, 300000) g");
            initialize(pair);
            pair.west(
                    PlantedRows.unseen(List.of("UPDATE t SET v = 'w' WHERE id % 4 = 0", "DELETE FROM t WHERE id = 3")));
            Result result = pair.run("verify", "--json", "--list", "7");
            JsonNode table = result.json().path("tables").path(0);
            assertThat(table.path("differences")).hasSize(7);
            assertThat(table.path("difference_count").asLong()).isEqualTo(75_001);
            assertThat(table.path("rows").toString()).isEqualTo("{\"east\":300000,\"west\":299999}");
        }
    }
}
