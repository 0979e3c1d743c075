package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What policies do beside deciding ({@link OutcomesIT} has that): stop, fail, and be refused. */
final class PolicyIT {
    private static final long STOP_SECONDS_MAX = 20;

    private static Sites start(String rules, String schema, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(rules);
        sites.everywhere(schema);
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static void synchronize(Sites sites) throws IOException, InterruptedException {
        Process engine = sites.engine();
        sites.command(0, "wait", "--timeout", "90s");
        engine.destroy();
        assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS))
                .as("the engine ends on SIGTERM")
                .isTrue();
    }

    @Test
    void halt_stops_the_engine_before_anything_is_written_and_another_policy_goes_on_from_there() throws Exception {
        try (Sites sites = start(
                "  - match: public.t\n    on_conflict: halt\n",
                "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'base'), (2, 'base')",
                "east",
                "west")) {
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            Process engine = sites.engine();
            assertThat(engine.waitFor(60, TimeUnit.SECONDS))
                    .as("the engine stops")
                    .isTrue();
            assertThat(engine.exitValue()).isEqualTo(1);
            assertThat(Files.readString(sites.engineLog()))
                    .contains("table public.t, key (1): the UPDATE of site")
                    .contains("on_conflict is halt")
                    .contains("Give the table another policy");
            assertThat(sites.value("east", "SELECT v FROM t WHERE id = 1")).isEqualTo("east");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 1")).isEqualTo("west");
            sites.withRules("  - match: public.t\n    on_conflict: manual\n");
            synchronize(sites);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT v || (SELECT status FROM entwine.conflict) FROM t WHERE id = 1"))
                        .isEqualTo("westopen");
            }
        }
    }

    @Test
    void a_handler_that_throws_or_hangs_leaves_the_conflict_open_and_nothing_stops() throws Exception {
        try (Sites sites = start(
                "  - match: public.t\n    on_conflict: {handler: dev.entwine.engine.CityHandler}\n",
                "CREATE TABLE separator (separator text); INSERT INTO separator VALUES ('-');"
                        + " CREATE TABLE t (id int PRIMARY KEY, v text);"
                        + " INSERT INTO t SELECT i, 'base' FROM generate_series(1, 3) i",
                "east",
                "west")) {
            for (String site : List.of("west", "east")) {
                sites.execute(site, "UPDATE t SET v = 'throw " + site + "' WHERE id = 1");
                sites.execute(site, "UPDATE t SET v = 'hang " + site + "' WHERE id = 2");
                sites.execute(site, "UPDATE t SET v = '" + site + "' WHERE id = 3");
            }
            synchronize(sites);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT string_agg(v, ', ' ORDER BY id) FROM t"))
                        .isEqualTo("throw east, hang east, east-west");
                assertThat(sites.value(
                                site,
                                "SELECT string_agg(status || ' ' || winner, ', ' ORDER BY key ->> 'id')"
                                        + " FROM entwine.conflict"))
                        .isEqualTo("open east, open east, decided merged");
            }
        }
    }

    @Test
    void what_cannot_work_is_refused_with_file_and_line_all_at_once() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere("CREATE TABLE a (id int PRIMARY KEY, n int, v text);"
                    + " CREATE TABLE b (id int PRIMARY KEY, n int, v text);"
                    + " CREATE TABLE c (id int PRIMARY KEY, n int)");
            sites.withRules("""
                  - match: public.a
                    columns: {v: sum, missing: sum, id: sum, n: union}
                  - match: public.b
                    on_conflict: {rule: "local.nn > 3 ? 'local' : local.v + 1"}
                  - match: public.c
                    on_conflict: {handler: org.example.Nobody}
                """);
            for (String command : List.of("check", "init")) {
                String said = command.equals("check") ? sites.command(2, "check") : sites.command(2, "init", "--equal");
                assertThat(said)
                        .containsPattern("yaml:\\d+:\\d+: column v of table public.a has the type text, and sum is for")
                        .contains("no column 'missing'")
                        .contains("column id is part of the key")
                        .contains("column n of table public.a has the type integer, and union is for arrays")
                        .contains("undefined field 'nn'")
                        .contains("there is no handler org.example.Nobody");
            }
            sites.withRules("  - match: public.*\n    on_conflict: merge\n");
            assertThat(sites.command(3, "check")).contains("ALTER TABLE public.a REPLICA IDENTITY FULL;");
            sites.command(0, "init", "--equal");
            sites.command(0, "check");
            sites.execute("west", "ALTER TABLE b REPLICA IDENTITY DEFAULT");
            assertThat(sites.command(1, "run"))
                    .contains("site west")
                    .contains("ALTER TABLE public.b REPLICA IDENTITY FULL;");
        }
    }
}
