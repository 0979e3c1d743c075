package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the engine drops from the journal, and what it never drops. */
final class JournalRetentionIT {
    private static final long SECONDS_MAX = 60;
    private static final String KEYS =
            "SELECT coalesce(string_agg(table_name || (key->>'id'), ',' ORDER BY table_name, key->>'id'), '')"
                    + " FROM entwine.conflict";
    private static final String AGE = "UPDATE entwine.conflict SET at = at - interval '40 days'";

    private static Sites start(String settings) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                .withRules("  - match: public.m\n    on_conflict: manual\n  - match: public.*\n")
                .withSettings("  heartbeat_ms: 200\n" + settings);
        sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'base' FROM"
            + " generate_series(1, 9) i; CREATE TABLE m (id int PRIMARY KEY, v text); INSERT INTO m SELECT i, 'base'"
            + " FROM generate_series(1, 9) i");
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static void collide(Sites sites, String table, int id) throws Exception {
        sites.execute("east", "UPDATE " + table + " SET v = 'east' || id WHERE id = " + id);
        sites.execute("west", "UPDATE " + table + " SET v = 'west' || id WHERE id = " + id);
    }

    private static void await(Sites sites, String site, String sql, String value) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!value.equals(sites.value(site, sql))) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError(sql + " at " + site + " gives " + sites.value(site, sql) + " and not " + value
                        + "; the engine said " + Files.readString(sites.engineLog()));
            }
            Thread.sleep(50);
        }
    }

    @Test
    void what_is_old_goes_but_not_what_is_open_or_not_finished() throws Exception {
        try (Sites sites = start("  journal_days_max: 30\n");
                Connection application = sites.connect("west");
                Statement statement = application.createStatement()) {
            collide(sites, "t", 1);
            collide(sites, "t", 2);
            collide(sites, "m", 3);
            Process engine = sites.engine();
            sites.command(0, "wait");
            for (String site : sites.names()) {
                await(sites, site, "SELECT count(*) FROM entwine.conflict WHERE finished", "3");
            }
            Sites.stop(engine);
            sites.everywhere(AGE + " WHERE key->>'id' <> '2'");
            collide(sites, "t", 4);
            application.setAutoCommit(false);
            statement.execute("SELECT FROM t WHERE id = 4 FOR UPDATE");
            Process second = sites.engine();
            await(sites, "east", KEYS, "m3,t2,t4"); // t1 was old and is gone; t4 is decided here, and cannot be at west
            sites.execute("east", AGE + " WHERE key->>'id' = '4'");
            await(sites, "west", KEYS, "m3,t2");
            collide(sites, "t", 5);
            String before = sites.value("east", "SELECT count(*) FROM entwine.conflict WHERE NOT finished");
            assertThat(before).isNotEqualTo("0");
            second.destroyForcibly().waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            sites.execute("east", AGE + " WHERE key->>'id' = '2'");
            Process third = sites.engine();
            await(sites, "east", KEYS + " WHERE key->>'id' = '2'", "");
            assertThat(sites.value("east", KEYS)).startsWith("m3,t4");
            application.rollback();
            sites.command(0, "wait");
            sites.requireEqual(List.of("t", "m"), "id::text");
            await(sites, "west", "SELECT count(*) FROM entwine.conflict WHERE NOT finished", "0");
            await(sites, "east", KEYS, "m3,t5"); // finished now, so t4 goes too
            Sites.stop(third);
        }
    }

    @Test
    void of_too_many_the_oldest_go() throws Exception {
        try (Sites sites = start("  journal_entries_max: 3\n")) {
            for (int id = 1; id <= 5; id++) {
                collide(sites, "t", id);
            }
            collide(sites, "m", 1);
            Process engine = sites.engine();
            sites.command(0, "wait");
            for (String site : sites.names()) {
                await(sites, site, KEYS, "m1,t4,t5");
            }
            Sites.stop(engine);
        }
    }
}
