package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.testkit.PostgresVersions;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code init --merge} of databases that differ; see {@code engine.MergedSitesIT} for such that are written meanwhile. */
final class InitMergeIT {
    private static final long SEED = Long.getLong("merge.seed", System.nanoTime());
    private static final int KILLS = Integer.getInteger("merge.kills", 3);

    private static final String SCHEMA = """
        CREATE TABLE t (id int PRIMARY KEY, v text, n int, doubled int GENERATED ALWAYS AS (n * 2) STORED);
        CREATE TABLE m (id int PRIMARY KEY, v text);
        CREATE TABLE p (id int PRIMARY KEY, v text);
        CREATE TABLE big (id numeric PRIMARY KEY, n int);
        CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE, v text);
        CREATE TABLE fired (what text);
        CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO fired VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
        CREATE TRIGGER fires BEFORE INSERT OR UPDATE OR DELETE ON child FOR EACH ROW EXECUTE FUNCTION fire();
        INSERT INTO t (id, v, n) SELECT i, 'base', 10 FROM generate_series(1, 1000) i;
        INSERT INTO m SELECT i, 'base' FROM generate_series(1, 9) i;
        INSERT INTO p SELECT i, 'base' FROM generate_series(1, 9) i;
        INSERT INTO big SELECT i, 10 FROM generate_series(1, 9) i;
        """;
    private static final String RULES = """
          - match: public.m
            on_conflict: manual
          - match: public.p
            on_conflict: least(v)
          - match: public.big
            on_conflict: greatest(n)
          - match: public.t
          - match: public.child
        """;

    static List<PostgresBinaries> versions() {
        return List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    private static Pair diverged(Pair pair) throws Exception {
        pair.withTables(RULES).both(SCHEMA);
        pair.east("""
            UPDATE t SET v = 'east' WHERE id <= 3; INSERT INTO t (id, v, n) VALUES (2001, 'only east', 1);
            INSERT INTO child SELECT i, 2001, 'c' FROM generate_series(1, 300) i; UPDATE m SET v = 'east' WHERE id = 1;
            UPDATE p SET v = 'east' WHERE id = 1; UPDATE big SET n = 30 WHERE id = 1; DELETE FROM big WHERE id = 9\
            """);
        pair.west("""
            UPDATE t SET v = 'west' WHERE id IN (2, 3, 4); INSERT INTO t (id, v, n) VALUES (3001, E'tab\\t\\\\N', NULL), (3002, '', 0);
            INSERT INTO child VALUES (900, 3002, 'c'); UPDATE m SET v = 'west' WHERE id = 1;
            UPDATE p SET v = 'west' WHERE id = 1; UPDATE big SET n = 20, id = 1.00 WHERE id = 1\
            """);
        pair.both("TRUNCATE fired");
        return pair;
    }

    private static String all(Pair pair, String site, String table) throws Exception {
        return pair.value(site, "SELECT coalesce(string_agg(r::text, ' ' ORDER BY r.id), '') FROM " + table + " AS r");
    }

    private static void requireEqual(Pair pair) throws Exception {
        Result verified = pair.run("verify");
        assertThat(verified.exitCode()).as(verified.all()).isZero();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void every_row_comes_everywhere_and_those_that_differ_are_decided_and_in_the_journal(PostgresBinaries version)
            throws Exception {
        try (Pair pair = diverged(Pair.open(version))) {
            Result merged = pair.run("init", "--merge");
            assertThat(merged.exitCode()).as(merged.all()).isZero();
            assertThat(merged.out().lines().map(line -> line.replaceAll(" +", " ")))
                    .contains(
                            "TABLE NEW AT EAST NEW AT WEST DIFFERENT DECIDED BY",
                            "public.big 1 0 1 greatest(n)",
                            "public.child 1 300 0 latest",
                            "public.t 2 1 4 latest");
            assertThat(all(pair, "east", "big")).as("before the engine runs").contains("(1,30)");
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "west", "big")).startsWith("(1,30)").endsWith("(9,10)");
            assertThat(pair.value("west", "SELECT count(*) FROM child WHERE t = 2001"))
                    .isEqualTo("300");
            assertThat(pair.value("east", "SELECT v FROM t WHERE id = 3001")).isEqualTo("tab\t\\N");
            assertThat(pair.value("east", "SELECT string_agg(v, ' ' ORDER BY id) FROM t WHERE id <= 5"))
                    .as("the later one stands, for these servers keep the times of commits")
                    .isEqualTo("east west west west base");
            assertThat(pair.value("west", "SELECT v FROM p WHERE id = 1")).isEqualTo("east");
            assertThat(pair.value("west", "SELECT count(*) FROM fired")).isEqualTo("0");
            pair.west("UPDATE big SET id = 2.000 WHERE id = 2");
            pair.synchronize();
            requireEqual(pair);
            assertThat(pair.value("east", "SELECT id FROM big WHERE id = 2"))
                    .as("the same key, written otherwise")
                    .isEqualTo("2.000");
            for (String site : List.of("east", "west")) {
                assertThat(pair.value(
                                site,
                                "SELECT string_agg(table_name || key::text || kind || ' ' || winner || ' ' || status"
                                        + " || ' ' || (losers -> 0 -> 'image' ->> 'v'), '; ' ORDER BY table_name,"
                                        + " key::text) FROM entwine.conflict WHERE table_name IN ('t', 'm')"))
                        .isEqualTo("m{\"id\": \"1\"}insert_insert west open east; t{\"id\": \"1\"}insert_insert east"
                                + " decided base; t{\"id\": \"2\"}insert_insert west decided east; t{\"id\":"
                                + " \"3\"}insert_insert west decided east; t{\"id\": \"4\"}insert_insert west"
                                + " decided base");
            }
            assertThat(pair.run("remove").exitCode()).isZero();
            pair.requireNoTrace();
        }
    }

    @Test
    void a_merge_that_is_killed_begins_again_and_ends_right() throws Exception {
        System.out.println("merge.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        try (Pair pair = diverged(Pair.open())) {
            pair.west("INSERT INTO child SELECT g, 5, 'west' FROM generate_series(10001, 30000) g");
            for (int kill = 0; kill < KILLS; kill++) {
                Process process = pair.start("init", "--merge");
                if (kill == 0) {
                    pair.await("west", "SELECT to_regclass('entwine.initial') IS NOT NULL");
                }
                Thread.sleep(random.nextInt(kill == 0 ? 300 : 3_000));
                pair.kill(process);
            }
            Result merged = pair.run("init", "--merge");
            assertThat(merged.exitCode()).as(merged.all()).isZero();
            pair.synchronize();
            requireEqual(pair);
            assertThat(pair.value("east", "SELECT count(*) FROM child")).isEqualTo("20301");
            assertThat(pair.value("east", "SELECT string_agg(v, ' ' ORDER BY id) FROM t WHERE id <= 5"))
                    .isEqualTo("east west west west base");
            assertThat(pair.run("remove").exitCode()).isZero();
            pair.requireNoTrace();
        }
    }

    /** Chains against the order of the keys, a circle with something that hangs on it, and one that refers to itself. */
    @Test
    void rows_that_refer_to_each_other_find_their_parents() throws Exception {
        try (Pair pair = Pair.open().withTables("  - match: public.*\n")) {
            pair.both("""
                CREATE TABLE a (id int PRIMARY KEY, up int);
                CREATE TABLE b (area int, id numeric, a int REFERENCES a, PRIMARY KEY (id, area));
                ALTER TABLE a ADD area int, ADD b numeric, ADD FOREIGN KEY (area, b) REFERENCES b (area, id) DEFERRABLE,
                    ADD FOREIGN KEY (up) REFERENCES a DEFERRABLE;
                CREATE TABLE named (id int PRIMARY KEY, name text UNIQUE, above text REFERENCES named (name))\
                """);
            pair.west("""
                BEGIN; SET CONSTRAINTS ALL DEFERRED;
                INSERT INTO a SELECT g, g + 1 FROM generate_series(1, 299) g; INSERT INTO a VALUES (300, 300);
                INSERT INTO a VALUES (1000, NULL, 7, 1.5), (1001, 1000, NULL, NULL); INSERT INTO b VALUES (7, 1.50, 1000), (8, 2.0, 5);
                UPDATE a SET area = 8, b = 2 WHERE id = 4;
                INSERT INTO named SELECT g, 'n' || g, CASE WHEN g < 150 THEN 'n' || g + 1 END FROM generate_series(150, 1, -1) g;
                COMMIT\
                """);
            Result merged = pair.run("init", "--merge");
            assertThat(merged.exitCode()).as(merged.all()).isZero();
            assertThat(pair.value("west", """
                SELECT count(*) || ' with their parents, ' || count(*) FILTER (WHERE (p.micros, p.lot) > (c.micros, c.lot))
                    || ' of them too early, ' || count(DISTINCT c.lot) || ' lots'
                FROM entwine.initial c JOIN entwine.initial p
                    ON p.table_name = 'a' AND p.key[1] = c.cells[array_position(c.columns, 'up')]
                WHERE c.table_name = 'a'\
                """)).isEqualTo("301 with their parents, 0 of them too early, 301 lots");
            pair.synchronize();
            requireEqual(pair);
            assertThat(pair.value(
                            "east",
                            "SELECT (SELECT count(*) FROM a) || ' ' || (SELECT count(*) FROM b) || ' ' ||"
                                    + " (SELECT count(*) FROM named) || ' ' || (SELECT count(*) FROM"
                                    + " entwine.conflict)"))
                    .isEqualTo("302 2 150 0");
        }
    }

    @Test
    void a_dry_run_shows_what_would_be_decided_and_leaves_no_trace() throws Exception {
        try (Pair pair = diverged(Pair.open())) {
            Result plan = pair.run("init", "--merge", "--dry-run");
            assertThat(plan.exitCode()).as(plan.all()).isEqualTo(3);
            assertThat(plan.out())
                    .contains("public.m id=1: different")
                    .containsPattern("stands as at west \\(committed at .*\\), and stays open for you to look at")
                    .containsPattern("stands as at east \\(by least\\(v\\)");
            assertThat(plan.err()).contains("nothing was changed");
            pair.requireNoTrace();
            pair.both("TRUNCATE t, m, p, big, child");
            Result nothing = pair.run("init", "--merge", "--dry-run");
            assertThat(nothing.exitCode()).as(nothing.all()).isZero();
            assertThat(nothing.out()).contains("there is nothing to merge");
        }
    }

    @Test
    void what_no_policy_can_decide_is_refused_with_what_to_do_and_nothing_is_left_behind() throws Exception {
        try (Pair pair = Pair.open().withTables("""
              - match: public.counted
                columns:
                  n: sum
              - match: public.held
                on_conflict: halt
              - match: public.scoped
                scope: transaction
            """)) {
            for (String table : List.of("counted", "held", "scoped")) {
                pair.both("CREATE TABLE " + table + " (id int PRIMARY KEY, n int); INSERT INTO " + table
                        + " VALUES (1, 1), (2, 2)");
            }
            pair.west("UPDATE counted SET n = 7 WHERE id = 1; UPDATE held SET n = 7; INSERT INTO scoped VALUES (3, 3)");
            Result refused = pair.run("init", "--merge");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("table public.counted: 1 row differs in a column of which differences are added")
                    .contains("table public.held: rows differ, and on_conflict is halt")
                    .contains("table public.scoped: rows are decided together");
            pair.requireNoTrace();
            assertThat(pair.run("init", "--merge", "--dry-run").out()).contains("cannot be merged: 1 row differs");
            pair.west("UPDATE held SET n = id; DELETE FROM scoped WHERE id = 3");
            Result merged = pair.run("init", "--merge", "--add-sums");
            assertThat(merged.exitCode()).as(merged.all()).isZero();
            pair.synchronize();
            requireEqual(pair);
            assertThat(all(pair, "east", "counted")).isEqualTo("(1,8) (2,2)");
            assertThat(pair.run("init", "--merge").out()).contains("already initialized");
        }
    }
}
