package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.PostgresVersions;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What repair does about differences; see {@code engine.LiveVerifyIT} for repairs while the sites are written. */
final class RepairIT {
    private static final String SCHEMA = """
        CREATE TABLE t (id int PRIMARY KEY, v text, n int);
        CREATE TABLE m (id int PRIMARY KEY, v text);
        CREATE TABLE p (id int PRIMARY KEY, v text);
        CREATE TABLE big (id int PRIMARY KEY, n int);
        CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE, v text);
        CREATE TABLE fired (what text);
        CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO fired VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
        CREATE TRIGGER fires BEFORE UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION fire();
        INSERT INTO t SELECT i, 'base', 10 FROM generate_series(1, 20) i;
        INSERT INTO m SELECT i, 'base' FROM generate_series(1, 9) i;
        INSERT INTO p SELECT i, 'base' FROM generate_series(1, 9) i;
        INSERT INTO big SELECT i, 10 FROM generate_series(1, 9) i;
        INSERT INTO child SELECT i, i, 'of' FROM generate_series(1, 20) i
        """;
    private static final String RULES = """
          - match: public.m
            on_conflict: manual
          - match: public.p
            on_conflict: precedence
          - match: public.big
            on_conflict: greatest(n)
          - match: public.t
          - match: public.child
        """;

    private static Pair pair() throws Exception {
        Pair pair = Pair.open().withTables(RULES);
        pair.both(SCHEMA);
        assertThat(pair.run("init", "--equal").exitCode()).isZero();
        return pair;
    }

    private static void plant(Pair pair, String site, String... statements) throws Exception {
        pair.server(site).execute(pair.database(), PlantedRows.unseen(List.of(statements)));
    }

    private static void requireEqual(Pair pair) throws Exception {
        Result verified = pair.run("verify");
        assertThat(verified.exitCode()).as(verified.all()).isZero();
    }

    private static String all(Pair pair, String site, String table, String where) throws Exception {
        return pair.value(
                site,
                "SELECT coalesce(string_agg(r::text, ' ' ORDER BY r.id), '') FROM " + table + " r WHERE " + where);
    }

    private static String decided(Result result) {
        return result.json()
                .path("repairs")
                .valueStream()
                .map(repair -> repair.path("table").asString() + " "
                        + repair.path("key").path("id").asString() + " "
                        + repair.path("operation").asString() + " "
                        + repair.path("stands").asString())
                .sorted()
                .collect(Collectors.joining("; "));
    }

    static List<PostgresBinaries> oldestAndNewest() {
        List<PostgresBinaries> all = PostgresVersions.all();
        return List.of(all.getFirst(), all.getLast());
    }

    @ParameterizedTest
    @MethodSource("oldestAndNewest")
    void differences_of_every_kind_and_type_are_repaired_whole(PostgresBinaries version) throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(Pair.PASSWORD);
        try (PostgresServer east = PostgresServer.start(PostgresVersions.newest(), options);
                PostgresServer west = PostgresServer.start(version, options);
                Pair pair = Pair.on(east, west)) {
            pair.both(PlantedRows.TABLES);
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            PlantedRows planted = new PlantedRows();
            pair.east(planted.sql("east"));
            pair.west(planted.sql("west"));
            String rows = "SELECT count(*) || md5(string_agg(e::text, ';' ORDER BY id)) FROM every e";
            String atWest = pair.value("west", rows);
            long differences = planted.expected().size();

            Result plan = pair.run("repair", "--prefer", "west", "--json");
            assertThat(plan.exitCode()).as(plan.all()).isEqualTo(3);
            assertThat(plan.json().path("repairs")).hasSize((int) differences);
            assertThat(plan.json().path("repaired_count").asLong()).isZero();
            assertThat(pair.value("west", "SELECT count(*)::text FROM entwine.conflict"))
                    .as("a plan writes nothing")
                    .isEqualTo("0");

            Result applied = pair.run("repair", "--prefer", "west", "--apply", "--json");
            assertThat(applied.exitCode()).as(applied.all()).isZero();
            assertThat(applied.json().path("repaired_count").asLong()).isEqualTo(differences);
            pair.synchronize();
            requireEqual(pair);
            assertThat(pair.value("west", rows)).as("as it was at west").isEqualTo(atWest);
            for (String site : List.of("east", "west")) {
                assertThat(pair.value(site, "SELECT count(*)::text FROM entwine.conflict WHERE kind = 'repair'"))
                        .as("journal of " + site)
                        .isEqualTo("" + differences);
            }
        }
    }

    @Test
    void the_tables_policies_decide_and_what_they_cannot_decide_is_left() throws Exception {
        try (Pair pair = pair()) {
            plant(pair, "east", "UPDATE t SET v = 'first' WHERE id = 1");
            plant(pair, "west", "UPDATE t SET v = 'second' WHERE id = 1");
            plant(pair, "east", "DELETE FROM t WHERE id = 2", "DELETE FROM child WHERE id = 2");
            plant(pair, "west", "UPDATE p SET v = 'west' WHERE id = 1");
            plant(pair, "east", "UPDATE big SET n = 12 WHERE id = 1");
            plant(pair, "west", "UPDATE big SET n = 11 WHERE id = 1");
            plant(pair, "west", "UPDATE m SET v = 'west' WHERE id = 1", "DELETE FROM m WHERE id = 2");
            Result applied = pair.run("repair", "--apply", "--json");
            assertThat(applied.exitCode()).as(applied.all()).isEqualTo(3);
            assertThat(decided(applied))
                    .isEqualTo("public.big 1 update east; public.child 2 update west; public.p 1 update east;"
                            + " public.t 1 update west; public.t 2 update west");
            JsonNode undecided = applied.json().path("undecided");
            assertThat(undecided).hasSize(2);
            undecided.forEach(row -> assertThat(row.path("why").asString()).contains("manual leaves it to you"));

            pair.synchronize();
            for (String site : List.of("east", "west")) {
                assertThat(all(pair, site, "t", "id < 3")).isEqualTo("(1,second,10) (2,base,10)");
                assertThat(all(pair, site, "child", "id = 2")).isEqualTo("(2,2,of)");
                assertThat(all(pair, site, "p", "id = 1")).isEqualTo("(1,base)");
                assertThat(all(pair, site, "big", "id = 1")).isEqualTo("(1,12)");
                assertThat(pair.value(site, "SELECT count(*)::text FROM fired"))
                        .as("triggers stay quiet")
                        .isEqualTo(site.equals("east") ? "2" : "1"); // of the planted statements themselves
            }
            assertThat(pair.run("repair", "--apply", "--prefer", "east").exitCode())
                    .isZero();
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "west", "m", "id = 1")).isEqualTo("(1,base)");
        }
    }

    @Test
    void a_repair_is_in_the_journal_and_can_be_undone() throws Exception {
        try (Pair pair = pair()) {
            plant(pair, "west", "UPDATE t SET v = 'stray', n = 11 WHERE id = 1");
            assertThat(pair.run("repair", "--apply", "--prefer", "east").exitCode())
                    .isZero();
            pair.synchronize();
            requireEqual(pair);
            Result list = pair.run("conflicts", "list", "--kind", "repair", "--json");
            JsonNode entry = Json.parse(list.out().strip());
            assertThat(entry.path("policy").asString()).isEqualTo("prefer(east)");
            assertThat(entry.path("winner").asString()).isEqualTo("east");
            assertThat(entry.path("losers").get(0).path("site").asString()).isEqualTo("west");
            assertThat(entry.path("losers").get(0).path("image").path("v").asString())
                    .isEqualTo("stray");
            String id = entry.path("id").asString();
            Result show = pair.run("conflicts", "show", id);
            assertThat(show.out()).contains("repair").contains("stray").contains("repaired by");
            assertThat(pair.run("why", "t", "1").out()).contains("repair, won by east, lost by west");
            Result undone = pair.run("conflicts", "undo", id);
            assertThat(undone.exitCode()).as(undone.all()).isZero();
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "east", "t", "id = 1")).isEqualTo("(1,stray,11)");
            assertThat(pair.run("try-policy", "--against", "live").exitCode()).isZero();
        }
    }

    @Test
    void what_has_changed_since_or_is_being_changed_is_left_alone_and_later_changes_win() throws Exception {
        try (Pair pair = pair()) {
            plant(pair, "west", "UPDATE p SET v = 'stray' WHERE id IN (1, 2, 3)");
            try (Connection application = pair.server("west").connect(pair.database());
                    Statement statement = application.createStatement()) {
                application.setAutoCommit(false);
                statement.execute("UPDATE p SET v = 'of west' WHERE id = 1");
                Result applied = pair.run("repair", "--apply", "--json");
                assertThat(applied.exitCode()).as(applied.all()).isEqualTo(3);
                assertThat(applied.json().path("repaired_count").asInt()).isEqualTo(2);
                for (JsonNode repair : applied.json().path("repairs")) {
                    boolean held = repair.path("key").path("id").asString().equals("1");
                    assertThat(repair.path("why_not").asString("").contains("being changed"))
                            .as(repair.toString())
                            .isEqualTo(held);
                }
                application.commit();
            }
            // West has not seen the repair, east comes first, and yet a repair is nobody's change.
            pair.west("UPDATE p SET v = 'later' WHERE id = 2");
            pair.west("DELETE FROM p WHERE id = 3");
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "east", "p", "id < 4")).isEqualTo("(1,\"of west\") (2,later)");
            assertThat(pair.value(
                            "east",
                            "SELECT string_agg(winner || ' ' || reason, '; ' ORDER BY reason) FROM entwine.conflict"
                                    + " WHERE kind <> 'repair'"))
                    .isEqualTo("west a repair gives way to a change that had not seen it;"
                            + " west a repair gives way to a change that had not seen it");
        }
    }

    @Test
    void rows_are_deleted_children_first_and_never_take_others_along() throws Exception {
        try (Pair pair = pair()) {
            plant(pair, "west", "DELETE FROM child WHERE id = 1", "DELETE FROM t WHERE id = 1");
            plant(pair, "west", "ALTER TABLE child DISABLE TRIGGER ALL");
            plant(pair, "west", "SET LOCAL session_replication_role = replica", "DELETE FROM t WHERE id = 2");
            Result applied = pair.run("repair", "--apply", "--prefer", "west", "--json");
            assertThat(applied.exitCode()).as(applied.all()).isEqualTo(3);
            assertThat(decided(applied))
                    .isEqualTo("public.child 1 delete west; public.t 1 delete west; public.t 2 delete west");
            assertThat(applied.json().path("repaired_count").asInt()).isEqualTo(2);
            assertThat(applied.out()).contains("rows refer to it at site east (child_t_fkey of table public.child)");
            pair.synchronize();
            assertThat(all(pair, "east", "t", "id < 3")).isEqualTo("(2,base,10)");
            assertThat(all(pair, "east", "child", "id < 3")).isEqualTo("(2,2,of)");
            assertThat(pair.run("repair", "--apply").exitCode()).isZero();
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "west", "t", "id < 3")).isEqualTo("(2,base,10)");
        }
    }

    @Test
    void wrong_use_says_what_is_right() throws Exception {
        try (Pair pair = pair()) {
            Result nowhere = pair.run("repair", "--prefer", "nowhere");
            assertThat(nowhere.exitCode()).isEqualTo(2);
            assertThat(nowhere.err()).contains("there is no site 'nowhere'").contains("east, west");
            assertThat(pair.run("repair", "--apply", "--dry-run").exitCode()).isEqualTo(2);
            assertThat(pair.run("repair", "--table", "fired").err()).contains("is not synchronized");
            Result equal = pair.run("repair");
            assertThat(equal.exitCode()).isZero();
            assertThat(equal.out()).contains("nothing is to be repaired");
            pair.both("ALTER TABLE t DROP COLUMN n");
            plant(
                    pair,
                    "east",
                    "INSERT INTO entwine.parked (row_id, table_schema, table_name, key, source, position, operation,"
                            + " error) VALUES ('x', 'public', 't', '{\"id\": \"1\"}', 'west', '0/1', 'update', 'no')");
            plant(pair, "west", "UPDATE t SET v = 'stray' WHERE id = 1");
            Result parked = pair.run("repair", "--apply", "--prefer", "east");
            assertThat(parked.exitCode()).isEqualTo(3);
            assertThat(parked.out()).contains("a change of it is parked at site east");
        }
    }
}
