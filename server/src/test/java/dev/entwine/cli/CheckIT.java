package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

final class CheckIT {
    private static final String GOOD = "CREATE TABLE good (id uuid PRIMARY KEY, name text)";

    static List<PostgresBinaries> versions() {
        return List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void sites_without_problems_are_ready(PostgresBinaries version) throws Exception {
        try (Pair pair = Pair.open(version)) {
            pair.both(GOOD);
            Result result = pair.run("check");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.out())
                    .contains("east: PostgreSQL " + version.major() + ".")
                    .contains("ready: 1 table to keep in step; 0 errors");
            assertThat(pair.run("check", "--json").json().path("ok").asBoolean())
                    .isTrue();
            pair.requireNoTrace();
        }
    }

    @Test
    void a_wrong_password_is_named_without_being_shown() throws Exception {
        try (Pair pair = Pair.open().withPassword("battery-staple")) {
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.codes()).containsExactly("east authentication", "west authentication");
            assertThat(result.all()).contains("postgres").doesNotContain("battery-staple");
            for (String command : List.of("init --equal", "remove", "wait", "conflicts list", "status")) {
                String[] words = command.split(" ", -1);
                Result other = pair.run(words[0], java.util.Arrays.copyOfRange(words, 1, words.length));
                assertThat(other.exitCode()).as(command + ": " + other.all()).isEqualTo(1);
                assertThat(other.all()).doesNotContain("battery-staple").doesNotContain("\tat ");
            }
            pair.requireNoTrace();
        }
    }

    @Test
    void a_site_that_cannot_be_reached_is_named_and_the_other_one_is_checked() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.east("CREATE TABLE nokey (x int)");
            pair.withUrl("west", "jdbc:postgresql://127.0.0.1:1/shop?connectTimeout=2");
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.codes())
                    .contains("west unreachable", "east no_key")
                    .doesNotContain("west table_missing");
            assertThat(pair.run("init", "--equal").exitCode()).isEqualTo(1);
            pair.requireNoTrace();
        }
    }

    @Test
    void a_server_without_room_or_logical_log_is_refused_and_nothing_is_left() throws IOException, SQLException {
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(Pair.PASSWORD);
        try (PostgresServer east =
                        PostgresServer.start(PostgresBinaries.bundled(), options.withSetting("wal_level", "replica"));
                PostgresServer west = PostgresServer.start(
                        PostgresBinaries.bundled(),
                        options.withSetting("max_replication_slots", "1")
                                .withSetting("max_active_replication_origins", "1")
                                .withSetting("max_wal_senders", "0"));
                Pair pair = Pair.on(east, west)) {
            pair.both(GOOD);
            west.execute(
                    "postgres",
                    "SELECT pg_create_logical_replication_slot('other', 'pgoutput'),"
                            + " pg_replication_origin_create('other')");
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.codes())
                    .contains(
                            "east wal_level", "west no_free_slots", "west no_free_walsenders", "west no_free_origins");
            assertThat(mend(result, "no_free_origins"))
                    .startsWith("ALTER SYSTEM SET max_active_replication_origins = 5");
            assertThat(mend(result, "wal_level")).startsWith("ALTER SYSTEM SET wal_level = 'logical'");
            Result init = pair.run("init", "--equal");
            assertThat(init.exitCode()).isEqualTo(1);
            assertThat(init.err()).contains("nothing was initialized").contains("max_replication_slots");
            pair.requireNoTrace();
        }
    }

    /** The server itself would refuse every UPDATE of such a table as soon as it is published. */
    @Test
    void whole_rows_of_tables_with_generated_columns_are_refused_where_the_server_refuses_them() throws Exception {
        String both = "CREATE TABLE %s (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);";
        for (PostgresBinaries version : versions()) {
            try (Pair pair = Pair.open(version)
                    .withTables("  - match: public.summed\n    columns:\n      n: sum\n  - match: public.*\n")) {
                pair.both(both.formatted("summed") + both.formatted("wholly")
                        + "ALTER TABLE wholly REPLICA IDENTITY FULL");
                Result result = pair.run("check", "--json");
                if (version.equals(PostgresVersions.newest())) {
                    assertThat(result.codes())
                            .contains(
                                    "east whole_rows_with_generated_columns",
                                    "west full_identity_with_generated_columns");
                    assertThat(pair.run("init", "--equal").exitCode()).isEqualTo(1);
                    pair.requireNoTrace();
                    pair.both(mend(result, "full_identity_with_generated_columns"))
                            .withTables("  - match: public.wholly\n");
                }
                Result init = pair.run("init", "--equal");
                assertThat(init.exitCode()).as(init.all()).isZero();
                pair.east("INSERT INTO wholly VALUES (1, 1); UPDATE wholly SET n = 2; DELETE FROM wholly");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void every_missing_right_is_named_and_the_statements_given_mend_it(PostgresBinaries version) throws Exception {
        try (Pair pair = Pair.open(version)) {
            pair.both(GOOD);
            String role = "limited_" + pair.database().substring(1, 9);
            String owner = "owner_" + pair.database().substring(1, 9);
            pair.west("CREATE ROLE " + role + " LOGIN PASSWORD '" + Pair.PASSWORD + "'; CREATE ROLE " + owner
                    + "; CREATE SCHEMA apart AUTHORIZATION " + owner + "; ALTER TABLE good OWNER TO " + owner
                    + "; ALTER TABLE good SET SCHEMA apart; ALTER TABLE apart.good ENABLE ROW LEVEL SECURITY");
            pair.east("CREATE SCHEMA apart; ALTER TABLE good SET SCHEMA apart");
            pair.withUser("west", role).withTables("  - match: apart.*\n");
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.codes())
                    .contains(
                            "west right_replication",
                            "west right_set_replica_role",
                            "west right_create",
                            "west right_schema",
                            "west right_table",
                            "west right_owner",
                            "west row_security",
                            "west right_origin");
            assertThat(pair.run("init", "--equal").exitCode()).isEqualTo(1);
            for (String mend : mends(result, "west")) {
                pair.west(mend);
            }
            Result after = pair.run("check", "--json");
            assertThat(after.exitCode()).as(after.out()).isZero();
            Result init = pair.run("init", "--equal");
            assertThat(init.exitCode()).as(init.all()).isZero();
            assertThat(pair.run("remove").exitCode()).isZero();
            pair.requireNoTrace();
            pair.west("DROP OWNED BY " + role + ", " + owner + "; DROP ROLE " + role + ", " + owner);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void tables_that_differ_or_cannot_be_followed_are_named_and_the_statements_given_mend_them(PostgresBinaries version)
            throws Exception {
        try (Pair pair = Pair.open(version)) {
            pair.both("""
                CREATE TABLE unlogged_one (id int PRIMARY KEY);
                CREATE TABLE deferred (id int PRIMARY KEY, later int);
                CREATE TABLE silent (id int PRIMARY KEY);
                CREATE TABLE columns (id int PRIMARY KEY, a int, b numeric(10,2), c text);
                CREATE TABLE keys (id int NOT NULL, other int NOT NULL, PRIMARY KEY (id));
                CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                CREATE TABLE loose (id text COLLATE loose PRIMARY KEY);
                """);
            pair.west("""
                ALTER TABLE unlogged_one SET UNLOGGED;
                ALTER TABLE deferred DROP CONSTRAINT deferred_pkey, ADD PRIMARY KEY (id) DEFERRABLE;
                ALTER TABLE deferred ADD CONSTRAINT later UNIQUE (later) DEFERRABLE;
                ALTER TABLE silent REPLICA IDENTITY NOTHING;
                ALTER TABLE columns DROP COLUMN a, ALTER COLUMN b TYPE numeric(12,3);
                ALTER TABLE keys DROP CONSTRAINT keys_pkey, ADD PRIMARY KEY (other);
                ALTER TABLE columns ADD COLUMN extra date;
                """);
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.codes())
                    .contains(
                            "west unlogged",
                            "west deferrable_key",
                            "west deferrable_unique",
                            "west replica_identity",
                            "west column_missing",
                            "east column_missing",
                            "west column_type",
                            "west key_differs",
                            "east nondeterministic_key_collation");
            assertThat(result.json().path("problems").toString())
                    .contains("column b of table public.columns is numeric(12,3), at site east it is numeric(10,2)");
            for (String mend : mends(result, "west")) {
                pair.west(mend);
            }
            for (String mend : mends(result, "east")) {
                pair.east(mend);
            }
            Result after = pair.run("check", "--json");
            assertThat(after.exitCode()).as(after.out()).isZero();
        }
    }

    /** Of the first six of these, equal values may print differently. */
    @ParameterizedTest
    @MethodSource("versions")
    void a_key_of_which_one_value_may_look_like_two_is_refused(PostgresBinaries version) throws Exception {
        try (Pair pair = Pair.open(version)) {
            pair.both("""
                CREATE DOMAIN document AS jsonb; CREATE DOMAIN price AS numeric(10,2);
                CREATE TYPE offer AS (article int, prices price[]); CREATE TYPE label AS (number int, words text[]);
                CREATE TYPE spans AS RANGE (subtype = float8);
                CREATE TABLE a (k document PRIMARY KEY);
                CREATE TABLE b (k offer PRIMARY KEY);
                CREATE TABLE c (k spans PRIMARY KEY);
                CREATE TABLE d (k price[] PRIMARY KEY);
                CREATE TABLE e (k nummultirange PRIMARY KEY);
                CREATE TABLE f (k interval[] PRIMARY KEY);
                CREATE TABLE g (k price PRIMARY KEY);
                CREATE TABLE h (k label PRIMARY KEY);
                CREATE TABLE i (k int4range PRIMARY KEY, v offer NOT NULL);
                """);
            Result result = pair.run("check", "--json");
            assertThat(result.codes().stream().filter(code -> code.equals("west key_type")))
                    .hasSize(6);
            for (String table : List.of("a", "b", "c", "d", "e", "f")) {
                assertThat(result.json().path("problems").toString()).contains("key column k of table public." + table);
            }
            for (String mend : mends(result, "west")) {
                pair.west(mend);
            }
            for (String mend : mends(result, "east")) {
                pair.east(mend);
            }
            assertThat(pair.run("check").exitCode()).isZero();
        }
    }

    @Test
    void a_table_without_key_or_at_one_site_only_is_named() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both(GOOD).both("CREATE TABLE nokey (x int)");
            pair.east("CREATE TABLE lonely (id int PRIMARY KEY)");
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isEqualTo(3);
            assertThat(result.codes()).contains("east no_key", "west no_key", "west table_missing");
            assertThat(mend(result, "no_key")).startsWith("ALTER TABLE \"public\".\"nokey\" ADD PRIMARY KEY");
            Result init = pair.run("init", "--equal");
            assertThat(init.exitCode()).isEqualTo(1);
            assertThat(init.err()).contains("table public.lonely does not exist; site east has it");
            pair.requireNoTrace();
        }
    }

    @Test
    void warnings_do_not_stop_and_interleaved_sequences_are_none() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("""
                CREATE TABLE account (id bigserial PRIMARY KEY, name text UNIQUE, picture bytea);
                CREATE TABLE booking (id uuid PRIMARY KEY, account bigint REFERENCES account);
                CREATE VIEW names AS SELECT name FROM account;
                """);
            Result result = pair.run("check", "--json");
            assertThat(result.exitCode()).isZero();
            assertThat(result.codes())
                    .contains(
                            "east sequence_collision",
                            "west sequence_collision",
                            "null secondary_unique",
                            "east toast_without_full_identity",
                            "east not_a_table",
                            "null truncate");
            pair.east(mendAt(result, "east", "sequence_collision"));
            pair.west(mendAt(result, "west", "sequence_collision"));
            assertThat(pair.run("check", "--json").codes()).doesNotContain("east sequence_collision");
            pair.both("INSERT INTO account (name) SELECT 'n' || g FROM generate_series(1, 5) g");
            assertThat(pair.run("check", "--json").codes()).doesNotContain("east sequence_collision");
        }
    }

    @Test
    void a_rule_that_matches_nothing_and_one_database_under_two_names_are_errors() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both(GOOD);
            pair.withTables("  - match: public.*\n  - match: public.godo\n");
            Result result = pair.run("check", "--json");
            assertThat(result.codes()).contains("null rule_without_table");
            assertThat(result.out()).contains("entwine.yaml:12:5");
            pair.withTables("  - match: public.*\n")
                    .withUrl("west", pair.server("east").url(pair.database()));
            assertThat(pair.run("check", "--json").codes()).contains("west same_database");
        }
    }

    @Test
    void a_broken_configuration_is_exit_code_2_for_every_command() throws Exception {
        try (Pair pair = Pair.open().withTables("  - match: public.*\n    on_conflikt: latest\n")) {
            for (String command : List.of("check", "init --equal", "remove", "wait", "status", "conflicts list")) {
                String[] words = command.split(" ", -1);
                Result result = pair.run(words[0], java.util.Arrays.copyOfRange(words, 1, words.length));
                assertThat(result.exitCode()).as(command).isEqualTo(2);
                assertThat(result.err())
                        .contains("entwine.yaml:12:5: unknown key 'tables[0].on_conflikt'")
                        .contains("did you mean 'on_conflict'?");
            }
        }
    }

    @Test
    void wrong_usage_is_exit_code_2_and_says_what_there_is() {
        assertThat(Pair.runAs(Map.of()).exitCode()).isEqualTo(2);
        Result unknown = Pair.runAs(Map.of(), "chekc", "x");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("there is no command 'chekc'").contains("check");
        assertThat(Pair.runAs(Map.of(), "wait", "x", "--timeout", "soon").err()).contains("'soon' is not a duration");
        assertThat(Pair.runAs(Map.of(), "--help").exitCode()).isZero();
        assertThat(Pair.runAs(Map.of(), "--help").out()).contains("shadow", "forecast");
    }

    private static List<String> mends(Result result, String site) {
        List<String> mends = new ArrayList<>();
        for (JsonNode problem : result.json().path("problems")) {
            if (problem.path("site").asString("").equals(site)) {
                mends.add(problem.path("mend").asString());
            }
        }
        assertThat(mends).as("statements for " + site).isNotEmpty();
        return mends;
    }

    private static String mend(Result result, String code) {
        for (JsonNode problem : result.json().path("problems")) {
            if (problem.path("code").asString().equals(code)) {
                return problem.path("mend").asString();
            }
        }
        throw new AssertionError("no " + code + " in " + result.out());
    }

    private static String mendAt(Result result, String site, String code) {
        for (JsonNode problem : result.json().path("problems")) {
            if (problem.path("code").asString().equals(code)
                    && problem.path("site").asString("").equals(site)) {
                return problem.path("mend").asString();
            }
        }
        throw new AssertionError("no " + code + " at " + site + " in " + result.out());
    }
}
