package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables that people change while the engine runs and rows are written, one site after the other. */
final class SchemaChangeIT {
    private static final int SECONDS_MAX = 60;

    static Stream<PostgresBinaries> versions() {
        return Stream.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    private static Sites start(PostgresBinaries version) throws Exception {
        Sites sites = Sites.start(version, PostgresOptions.DEFAULTS, "east", "west");
        sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text, w text);"
                + " CREATE TABLE other (id int PRIMARY KEY, v text);"
                + " INSERT INTO t SELECT g, 'begin', 'w' FROM generate_series(1, 9) g;"
                + " INSERT INTO other SELECT g, 'begin' FROM generate_series(1, 9) g");
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static Process running(Sites sites) throws Exception {
        Process engine = sites.engine();
        sites.command(0, "wait");
        return engine;
    }

    private static void awaitLog(Sites sites, String text) throws IOException, InterruptedException {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!Files.readString(sites.engineLog()).contains(text)) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError(
                        "the engine does not say '" + text + "' but " + Files.readString(sites.engineLog()));
            }
            Thread.sleep(20);
        }
    }

    private static void requireEqual(Sites sites, Process engine) throws Exception {
        assertThat(sites.command(0, "wait")).contains("in step");
        assertThat(engine.isAlive()).as("the engine that began still runs").isTrue();
        sites.requireEqual(List.of("t", "other"), "id::text");
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void a_column_that_one_site_has_first_is_waited_for_and_nothing_of_it_is_lost(PostgresBinaries version)
            throws Exception {
        try (Sites sites = start(version)) {
            Process engine = running(sites);
            sites.execute("east", "ALTER TABLE t ADD COLUMN more int DEFAULT 7");
            sites.execute("east", "UPDATE t SET more = 1 WHERE id = 6");
            awaitLog(sites, "waiting until the tables are alike again");
            sites.execute("east", "INSERT INTO t VALUES (20, 'east', 'w', 20), (21, 'east', 'w', DEFAULT)");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id IN (6, 7)");
            String status = sites.command(0, "status");
            assertThat(status)
                    .contains("engine waiting")
                    .contains("site west: table public.t has no column more; site east has it as integer")
                    .contains("ALTER TABLE \"public\".\"t\" ADD COLUMN \"more\" integer;");
            assertThat(sites.command(3, "wait", "--timeout", "1s"))
                    .contains("public.t")
                    .contains("more");
            sites.execute("west", "ALTER TABLE t ADD COLUMN more int DEFAULT 7");
            sites.execute("west", "UPDATE t SET more = 2 WHERE id = 8");
            requireEqual(sites, engine);
            assertThat(sites.value(
                            "west", "SELECT string_agg(concat(id, v, more), ' ' ORDER BY id) FROM t WHERE id > 5"))
                    .isEqualTo("6west7 7west7 8begin2 9begin7 20east20 21east7");
            for (String site : sites.names()) {
                assertThat(sites.value(
                                site, "SELECT string_agg(losers #>> '{0,image,more}', ' ') FROM entwine.conflict"))
                        .as("both sites wrote row 6; the journal of " + site + " has what the earlier one wrote")
                        .isEqualTo("1");
            }
        }
    }

    @Test
    void a_column_that_is_dropped_at_one_site_and_then_at_the_other_takes_only_its_values_with_it() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process engine = running(sites);
            sites.execute("west", "UPDATE t SET w = 'w2', v = 'west' WHERE id = 1");
            sites.execute(
                    "east",
                    "UPDATE t SET w = 'w2', v = 'east' WHERE id = 2; ALTER TABLE t DROP COLUMN w;"
                            + " UPDATE t SET v = 'without' WHERE id = 3");
            awaitLog(sites, "waiting until the tables are alike again");
            sites.execute(
                    "west",
                    "UPDATE t SET w = 'w3', v = 'west' WHERE id IN (4, 5); INSERT INTO t VALUES (30, 'west', 'w')");
            sites.execute("west", "ALTER TABLE t DROP COLUMN w; UPDATE t SET v = 'without' WHERE id = 5");
            requireEqual(sites, engine);
            assertThat(sites.value(
                            "east", "SELECT string_agg(concat(id, v), ' ' ORDER BY id) FROM t WHERE id < 6 OR id > 9"))
                    .isEqualTo("1west 2east 3without 4west 5without 30west");
        }
    }

    @Test
    void a_column_that_is_renamed_keeps_what_was_written_under_either_name() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process engine = running(sites);
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id IN (1, 2, 3)");
            sites.execute(
                    "east",
                    "UPDATE t SET v = 'east' WHERE id = 2; ALTER TABLE t RENAME COLUMN v TO name;"
                            + " UPDATE t SET name = 'renamed' WHERE id = 4");
            awaitLog(sites, "waiting until the tables are alike again");
            sites.execute("west", "UPDATE t SET v = 'west, later' WHERE id IN (4, 5)");
            sites.execute("west", "ALTER TABLE t RENAME COLUMN v TO name; UPDATE t SET name = 'last' WHERE id = 6");
            requireEqual(sites, engine);
            assertThat(sites.value(
                            "east",
                            "SELECT string_agg(concat(id, name), ', ' ORDER BY id) FROM t WHERE id IN (1, 3, 4, 5, 6)"))
                    .isEqualTo("1west, 3west, 4west, later, 5west, later, 6last");
        }
    }

    @Test
    void nothing_waits_where_all_sites_have_the_change_before_a_row_shows_it() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process engine = running(sites);
            sites.everywhere("ALTER TABLE t ADD COLUMN n int, DROP COLUMN w");
            sites.execute("east", "INSERT INTO t VALUES (40, 'east', 1)");
            sites.execute("west", "UPDATE t SET n = 2 WHERE id = 1");
            requireEqual(sites, engine);
            assertThat(Files.readString(sites.engineLog())).doesNotContain("waiting until the tables");
        }
    }

    /** Nothing is in any log: the engine looks by itself. */
    @Test
    void a_column_that_a_site_lost_holds_up_only_what_goes_there_until_the_others_have_lost_it_too() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process engine = running(sites);
            sites.execute("east", "ALTER TABLE t DROP COLUMN w");
            sites.execute("west", "UPDATE t SET v = 'held' WHERE id = 1");
            sites.execute("east", "UPDATE other SET v = 'goes on' WHERE id = 1");
            awaitLog(sites, "the tables are not alike at all sites any more");
            awaitLog(sites, "SQLSTATE 42703");
            long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
            while (!sites.value("west", "SELECT v FROM other WHERE id = 1").equals("goes on")) {
                assertThat(System.nanoTime()).as("west gets what east writes").isLessThan(giveUpNanos);
                Thread.sleep(20);
            }
            sites.execute("west", "ALTER TABLE t DROP COLUMN w");
            requireEqual(sites, engine);
            assertThat(sites.value("east", "SELECT v FROM t WHERE id = 1")).isEqualTo("held");
        }
    }

    @Test
    void where_rows_that_wait_could_mean_two_things_nothing_is_guessed() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process first = running(sites);
            Sites.stop(first);
            sites.execute("east", "UPDATE t SET v = 'east', w = 'x' WHERE id = 1");
            sites.everywhere("ALTER TABLE t DROP COLUMN w, ADD COLUMN x text");
            String said = sites.command(1, "run");
            assertThat(said)
                    .contains("site east")
                    .contains("more than one answer is possible")
                    .contains("entwine rejoin");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 1")).isEqualTo("begin");
            sites.execute("east", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            sites.command(0, "rejoin", "east");
            Process engine = running(sites);
            requireEqual(sites, engine);
        }
    }

    /** Another look at the tables would find the same: the engine does not begin anew again and again. */
    @Test
    void rows_that_wait_without_what_is_the_key_by_now_end_the_engine() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Sites.stop(running(sites));
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1");
            sites.everywhere("ALTER TABLE t ADD COLUMN k int; UPDATE t SET k = id;"
                    + " ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (k)");
            assertThat(sites.command(1, "run"))
                    .contains("site east", "table public.t had no column k there", "entwine rejoin");
        }
    }

    @Test
    void a_table_that_was_dropped_and_made_again_stops_the_engine_before_it_drifts_apart() throws Exception {
        try (Sites sites = start(PostgresVersions.newest())) {
            Process engine = running(sites);
            sites.execute(
                    "east",
                    "BEGIN; DROP TABLE other; CREATE TABLE other (id int PRIMARY KEY, v text); COMMIT;"
                            + " INSERT INTO other VALUES (50, 'in no log')");
            assertThat(engine.waitFor(SECONDS_MAX, TimeUnit.SECONDS))
                    .as("the engine ends")
                    .isTrue();
            assertThat(engine.exitValue()).isEqualTo(1);
            assertThat(Files.readString(sites.engineLog()))
                    .contains("site east was initialized with the tables [public.t]")
                    .contains("entwine add-table");
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void where_the_engine_may_it_adds_what_comes_out_the_same_everywhere(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version).withSettings("  ddl: replicate\n")) {
            Process engine = running(sites);
            sites.execute(
                    "east",
                    "ALTER TABLE t ADD COLUMN a int, ADD COLUMN b varchar(20) NOT NULL DEFAULT 'it''s', ADD COLUMN \"c"
                            + " d\" numeric(6,2)[], ADD COLUMN at timestamptz DEFAULT '2020-01-01"
                            + " 12:00+00'");
            sites.execute(
                    "east",
                    "UPDATE t SET a = 1, b = 'east', \"c d\" = '{1.5}' WHERE id = 1; INSERT INTO t (id) VALUES (50)");
            sites.execute(
                    "west", "ALTER TABLE other ADD COLUMN note text; UPDATE other SET note = 'west' WHERE id = 1");
            requireEqual(sites, engine);
            assertThat(sites.value(
                            "west",
                            "SELECT concat_ws(' ', a, b, \"c d\", at = '2020-01-01 12:00+00') FROM t WHERE id = 1"))
                    .isEqualTo("1 east {1.50} t");
            assertThat(sites.value("west", "SELECT b FROM t WHERE id = 50")).isEqualTo("it's");
            assertThat(sites.value("east", "SELECT note FROM other WHERE id = 1"))
                    .isEqualTo("west");
            assertThat(Files.readString(sites.engineLog()))
                    .contains("site west: added column b character varying(20) to table public.t, as site east has it");
        }
    }

    @Test
    void what_might_come_out_differently_is_left_to_people() throws Exception {
        try (Sites sites = start(PostgresVersions.newest()).withSettings("  ddl: replicate\n")) {
            Process engine = running(sites);
            for (String otherwise : List.of(
                    "e timestamptz DEFAULT now()",
                    "e int[] DEFAULT '{1}'",
                    "e int DEFAULT (random() * 9)::int",
                    "e serial",
                    "e int GENERATED ALWAYS AS IDENTITY",
                    "e text COLLATE \"C\"",
                    "e mood")) {
                sites.everywhere("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('good')");
                sites.execute("east", "ALTER TABLE t ADD COLUMN " + otherwise + "; UPDATE t SET v = 'x' WHERE id = 2");
                awaitHeld(sites, "table public.t has no column e");
                assertThat(sites.value(
                                "west", "SELECT count(*) FROM information_schema.columns WHERE column_name = 'e'"))
                        .as(otherwise)
                        .isEqualTo("0");
                sites.execute("east", "ALTER TABLE t DROP COLUMN e");
                requireEqual(sites, engine);
            }
        }
    }

    private static void awaitHeld(Sites sites, String text) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        String status = sites.command(0, "status");
        while (!status.contains(text)) {
            assertThat(System.nanoTime())
                    .as("status says " + text + "; it is " + status)
                    .isLessThan(giveUpNanos);
            status = sites.command(0, "status");
        }
    }
}
