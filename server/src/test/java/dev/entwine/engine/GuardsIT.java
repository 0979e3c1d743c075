package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a site does too much of is held before any other site has it, and goes on when a person says so. */
final class GuardsIT {
    private static final long SECONDS_MAX = 40;
    private static final String COUNT = "SELECT count(*) FROM t";
    private static final String HELD = "SELECT count(*) FROM entwine.held WHERE allowed_at IS NULL";
    private static final String SCHEMA = """
        CREATE TABLE t (id int PRIMARY KEY, v text);
        INSERT INTO t SELECT i, 'base' FROM generate_series(1, 50) i;
        CREATE TABLE log (id int PRIMARY KEY, v text);
        INSERT INTO log SELECT i, 'base' FROM generate_series(1, 50) i;
        """;

    private static Sites start(String guards, PostgresOptions first, String... names) throws Exception {
        Sites sites = Sites.start(
                        PostgresBinaries.bundled(),
                        site -> site.equals(names[0]) ? first : PostgresOptions.DEFAULTS,
                        names)
                .withRules("  - match: public.log\n    deletes: off\n  - match: public.*\n" + guards);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static void await(Sites sites, String site, String sql, String value) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!value.equals(sites.value(site, sql))) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError(sql + " at " + site + " gives " + sites.value(site, sql) + " and not " + value
                        + "; the engine said " + Files.readString(sites.engineLog()));
            }
            Thread.sleep(20);
        }
    }

    /** The status once it shows so many guarded sites. */
    private static JsonNode awaitStatus(Sites sites, int guarded) throws Exception {
        for (int look = 0; look < SECONDS_MAX; look++) {
            String text = sites.command(0, "status", "--json");
            JsonNode status = new JsonMapper().readTree(text);
            if (status.path("guards").size() == guarded) {
                return status;
            }
        }
        throw new AssertionError(Files.readString(sites.engineLog()));
    }

    private static String state(JsonNode status, String from, String to) {
        for (JsonNode link : status.path("links")) {
            if (link.path("from").asString().equals(from)
                    && link.path("to").asString().equals(to)) {
                return link.path("state").asString();
            }
        }
        throw new AssertionError("no such link in " + status);
    }

    @Test
    void a_mass_delete_is_held_over_a_restart_until_it_is_allowed_and_the_other_sites_go_on() throws Exception {
        try (Sites sites = start(
                "guards:\n  deletes: {rows: 10, within: 5m}\n", PostgresOptions.DEFAULTS, "east", "north", "west")) {
            Process engine = sites.engine();
            sites.execute("east", "DELETE FROM t WHERE id > 45; DELETE FROM log WHERE id > 1");
            await(sites, "west", COUNT, "45");
            await(sites, "west", "SELECT count(*) FROM log", "1");

            sites.execute("east", "DELETE FROM t");
            sites.execute("east", "INSERT INTO t VALUES (200, 'behind the delete')");
            JsonNode status = awaitStatus(sites, 1);
            assertThat(status.path("in_step").asBoolean()).isFalse();
            assertThat(status.path("guards").path(0).path("what").asString())
                    .isEqualTo("deletes of public.t: 50 rows within 300 s, the limit is 10");
            assertThat(state(status, "east", "west")).isEqualTo("paused");
            assertThat(state(status, "west", "east")).isEqualTo("paused");
            assertThat(state(status, "west", "north")).isEqualTo("streaming");
            assertThat(sites.command(0, "status"))
                    .contains("a guard asks about site east: deletes of public.t: 50 rows", "allow east");
            sites.execute("west", "UPDATE log SET v = 'west'");
            sites.execute("west", "INSERT INTO t VALUES (100, 'west')");
            await(sites, "north", "SELECT v FROM t WHERE id = 100", "west");
            assertThat(sites.value("west", COUNT)).isEqualTo("46");
            await(sites, "east", HELD, "1");
            sites.command(3, "wait", "--timeout", "1s");
            assertThat(sites.value("east", COUNT) + sites.value("east", "SELECT v FROM log"))
                    .as("nothing comes to east")
                    .isEqualTo("1base");

            Sites.stop(engine);
            String since = sites.value("east", "SELECT held_at FROM entwine.held");
            sites.engine();
            awaitStatus(sites, 1);
            assertThat(sites.value("east", "SELECT held_at FROM entwine.held")).isEqualTo(since);
            assertThat(sites.value("north", COUNT)).isEqualTo("46");
            assertThat(sites.command(3, "guard", "list")).contains("held", "deletes of public.t: 50 rows");

            assertThat(sites.command(3, "guard", "allow", "west")).contains("no guard holds anything of west");
            assertThat(sites.command(0, "guard", "allow", "east")).contains("allowed  east  deletes of public.t");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(List.of("t", "log"));
            assertThat(sites.value("north", "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"))
                    .isEqualTo("100 200");
            assertThat(sites.command(0, "guard")).contains("allowed", " by ");
        }
    }

    @Test
    void deletes_are_counted_over_transactions_and_anew_after_an_answer() throws Exception {
        try (Sites sites =
                start("guards:\n  deletes: {rows: 10, within: 5m}\n", PostgresOptions.DEFAULTS, "east", "west")) {
            sites.engine();
            sites.execute(
                    "east", "BEGIN; DELETE FROM t; INSERT INTO t SELECT i, 'anew' FROM generate_series(1, 50) i; END");
            sites.execute("east", "DELETE FROM t WHERE id <= 6");
            await(sites, "west", COUNT, "44");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 50")).isEqualTo("anew");
            sites.execute("east", "DELETE FROM t WHERE id <= 12");
            sites.execute("west", "DELETE FROM t WHERE id > 45");
            await(sites, "east", HELD, "1");
            assertThat(sites.value("east", "SELECT what FROM entwine.held")).contains("public.t: 12 rows");
            assertThat(sites.value("west", COUNT)).isEqualTo("39");
            sites.command(0, "guard", "allow", "east");
            sites.command(0, "wait", "--timeout", "60s");
            sites.execute("east", "DELETE FROM t WHERE id <= 22");
            await(sites, "west", COUNT, "23");
            sites.execute("east", "DELETE FROM t WHERE id <= 23");
            await(sites, "east", HELD, "1");
            assertThat(sites.value("west", COUNT)).isEqualTo("23");
            sites.command(0, "guard", "allow", "east", "--json");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(List.of("t"));
        }
    }

    @Test
    void a_storm_of_conflicts_is_held() throws Exception {
        try (Sites sites =
                start("guards:\n  conflicts: {rate: 5, within: 5m}\n", PostgresOptions.DEFAULTS, "east", "west")) {
            for (int id = 1; id <= 30; id++) {
                sites.execute("east", "UPDATE t SET v = 'east' WHERE id = " + id);
                sites.execute("west", "UPDATE t SET v = 'west' WHERE id = " + id);
            }
            sites.engine();
            awaitStatus(sites, 1);
            String held = "SELECT coalesce(string_agg(what, ''), '') FROM entwine.held";
            assertThat(sites.value("east", held) + sites.value("west", held))
                    .contains("conflicts: 6 within 300 s, the limit is 5");
            String at = sites.value("east", HELD).equals("1") ? "east" : "west";
            assertThat(Integer.parseInt(sites.value("east", "SELECT count(*) FROM entwine.conflict")))
                    .isLessThan(20);
            sites.command(0, "guard", "allow", at);
            for (int answers = 0; answers < 5 && awaitEither(sites); answers++) {
                sites.command(0, "guard", "allow", sites.value("east", HELD).equals("1") ? "east" : "west");
            }
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(List.of("t"));
            assertThat(sites.value("east", "SELECT count(*) FROM entwine.conflict"))
                    .isEqualTo("30");
        }
    }

    /** Whether something is held; false once the sites are in step. */
    private static boolean awaitEither(Sites sites) throws Exception {
        for (int look = 0; look < SECONDS_MAX; look++) {
            JsonNode status = new JsonMapper().readTree(sites.command(0, "status", "--json"));
            if (!sites.value("east", HELD).equals("0")
                    || !sites.value("west", HELD).equals("0")) {
                return true;
            } else if (status.path("in_step").asBoolean()) {
                return false;
            }
        }
        throw new AssertionError(Files.readString(sites.engineLog()));
    }

    @Test
    void a_clock_that_is_an_hour_ahead_is_held_before_it_decides_anything() throws Exception {
        Assumptions.assumeTrue(PostgresServer.canShiftClock(), "libfaketime is not installed");
        try (Sites sites = start(
                "guards:\n  clock_jump: 5m\n",
                PostgresOptions.DEFAULTS.withClockOffset(Duration.ofHours(1)),
                "east",
                "west")) {
            sites.engine();
            sites.execute("east", "UPDATE t SET v = 'ahead' WHERE id = 1");
            await(sites, "east", HELD, "1");
            assertThat(sites.value("east", "SELECT what FROM entwine.held"))
                    .contains("s ahead of the engine's clock", "the limit is 300 s");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 1")).isEqualTo("west");
            sites.command(0, "guard", "allow", "east");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(List.of("t"));
        }
    }
}
