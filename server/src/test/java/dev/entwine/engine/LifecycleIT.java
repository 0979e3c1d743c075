package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.db.Bookkeeping;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Starting, standing by, taking over, sites that are away, and what stops the engine. */
final class LifecycleIT {
    private static final long SECONDS_MAX = 40;

    private static Sites start(String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names);
        sites.everywhere(
                "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'base' FROM generate_series(1,"
                        + " 9) i");
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** Returns when the statement at the site gives the value. */
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

    @Test
    void a_second_engine_stands_by_and_takes_over_when_the_first_is_killed() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process first = sites.engine();
            awaitLog(sites, "running (epoch 1)");
            Process second = sites.engine();
            awaitLog(sites, "standing by: an engine runs on ");
            sites.execute("east", "UPDATE t SET v = 'one' WHERE id = 1");
            await(sites, "west", "SELECT v FROM t WHERE id = 1", "one");
            first.destroyForcibly();
            awaitLog(sites, "running (epoch 2)");
            sites.execute("west", "UPDATE t SET v = 'two' WHERE id = 1");
            await(sites, "east", "SELECT v FROM t WHERE id = 1", "two");
            assertThat(second.isAlive()).isTrue();
        }
    }

    @Test
    void what_one_journal_lacks_when_an_engine_is_killed_the_next_one_brings_there() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id IN (1, 2)");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id IN (1, 2)");
            String entries = "SELECT count(*) FROM entwine.conflict";
            try (Connection application = sites.connect("east");
                    Statement statement = application.createStatement()) {
                application.setAutoCommit(false);
                statement.execute("SELECT FROM t WHERE id = 1 FOR UPDATE");
                Process first = sites.engine();
                await(sites, "west", entries, "2");
                first.destroyForcibly().waitFor();
                assertThat(Integer.parseInt(sites.value("east", entries)))
                        .as("held up at east")
                        .isLessThan(2);
            }
            sites.bringInStep();
            String all = "SELECT string_agg(id || reason, ' ' ORDER BY id) FROM entwine.conflict";
            assertThat(sites.value("east", entries)).isEqualTo("2");
            assertThat(sites.value("east", all)).isEqualTo(sites.value("west", all));
        }
    }

    @Test
    void what_another_version_of_the_program_has_left_is_refused() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute("west", "UPDATE entwine.meta SET schema_version = schema_version - 1");
            Process engine = sites.engine();
            assertThat(engine.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            assertThat(engine.exitValue()).isEqualTo(1);
            awaitLog(
                    sites,
                    "site west: its schema entwine has version " + (Bookkeeping.SCHEMA_VERSION - 1)
                            + ", and this program reads version " + Bookkeeping.SCHEMA_VERSION);
            assertThat(sites.value("east", "SELECT epoch FROM entwine.lease")).isEqualTo("0");
        }
    }

    @Test
    void an_engine_that_loses_a_site_while_it_starts_begins_again() throws Exception {
        try (Sites sites = start("east", "west");
                Connection holding = sites.connect("west");
                Statement statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute("LOCK TABLE entwine.merged IN ACCESS EXCLUSIVE MODE");
            Process engine = sites.engine();
            String waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'entwine'"
                    + " AND wait_event_type = 'Lock'";
            await(sites, "west", waiting, "1");
            sites.value("west", waiting.replace("count(*)", "pg_terminate_backend(pid)"));
            awaitLog(sites, "beginning again, for a site was lost while starting");
            holding.rollback();
            awaitLog(sites, "running (epoch ");
            sites.execute("east", "UPDATE t SET v = 'one' WHERE id = 1");
            await(sites, "west", "SELECT v FROM t WHERE id = 1", "one");
            assertThat(engine.isAlive()).isTrue();
        }
    }

    @Test
    void a_frozen_engine_holds_no_lock_for_long_and_cannot_write_once_another_has_taken_over() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process frozen = sites.engine();
            awaitLog(sites, "running (epoch 1)");
            signal(frozen, "STOP");
            sites.execute("east", "UPDATE t SET v = 'meanwhile' WHERE id = 2");
            String backends =
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'entwine'"
                            + " AND pid <> pg_backend_pid()";
            for (String site : sites.names()) {
                sites.value(site, backends);
            }
            sites.engine();
            awaitLog(sites, "running (epoch 2)");
            signal(frozen, "CONT");
            await(sites, "west", "SELECT v FROM t WHERE id = 2", "meanwhile");
            assertThat(frozen.waitFor(SECONDS_MAX, TimeUnit.SECONDS))
                    .as("the stale engine ends")
                    .isTrue();
            assertThat(frozen.exitValue()).isEqualTo(1);
            assertThat(Files.readString(sites.engineLog())).contains("another engine has taken over");
        }
    }

    @Test
    void a_lease_that_is_locked_for_long_keeps_no_other_site_from_being_renewed() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            awaitLog(sites, "running (epoch 1)");
            try (Connection holder = sites.connect("east");
                    Statement statement = holder.createStatement()) {
                holder.setAutoCommit(false);
                statement.execute("SELECT 1 FROM entwine.lease FOR UPDATE");
                for (int i = 0; i < 2; i++) {
                    String renewed = sites.value("west", "SELECT renewed_at FROM entwine.lease");
                    await(sites, "west", "SELECT (renewed_at > '" + renewed + "')::text FROM entwine.lease", "true");
                }
                holder.rollback();
            }
            String renewed = sites.value("east", "SELECT renewed_at FROM entwine.lease");
            await(sites, "east", "SELECT (renewed_at > '" + renewed + "')::text FROM entwine.lease", "true");
            assertThat(engine.isAlive()).isTrue();
        }
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void a_site_that_is_down_does_not_stop_the_others_and_catches_up_when_it_is_back() throws Exception {
        try (Sites sites = start("east", "west", "north")) {
            sites.engine();
            awaitLog(sites, "running (epoch 1)");
            sites.server("north").stop();
            sites.execute("east", "UPDATE t SET v = 'from east' WHERE id = 3");
            await(sites, "west", "SELECT v FROM t WHERE id = 3", "from east");
            sites.execute("west", "UPDATE t SET v = 'from west' WHERE id = 4");
            await(sites, "east", "SELECT v FROM t WHERE id = 4", "from west");
            await(sites, "east", "SELECT status #>> '{sites,north,connected}' FROM entwine.lease", "false");
            assertThat(sites.value(
                            "east",
                            "SELECT (status #>> '{sites,north,since}')::timestamptz < clock_timestamp() FROM"
                                    + " entwine.lease"))
                    .isEqualTo("t");
            assertThat(sites.command(0, "status")).contains("north").contains("down");
            sites.server("north").startAgain();
            await(
                    sites,
                    "north",
                    "SELECT string_agg(v, ', ' ORDER BY id) FROM t WHERE id IN (3, 4)",
                    "from east, from west");
            sites.command(0, "wait", "--timeout", "30s");
        }
    }

    @Test
    void an_application_that_holds_a_row_lock_only_holds_up_what_depends_on_it_until_it_lets_go() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.engine();
            awaitLog(sites, "running (epoch 1)");
            try (var application = sites.connect("west")) {
                application.setAutoCommit(false);
                application.createStatement().execute("SELECT * FROM t WHERE id = 5 FOR UPDATE");
                sites.execute("east", "UPDATE t SET v = 'waits' WHERE id = 5");
                awaitLog(sites, "SQLSTATE 55P03");
                application.rollback();
            }
            await(sites, "west", "SELECT v FROM t WHERE id = 5", "waits");
            assertThat(sites.value("west", "SELECT count(*) FROM entwine.parked"))
                    .isEqualTo("0");
        }
    }

    @Test
    void what_the_database_refuses_only_at_commit_is_held_up_loudly_and_goes_on_when_it_is_mended() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute("west", """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$;
                CREATE CONSTRAINT TRIGGER refusal AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION refuse();
                ALTER TABLE t ENABLE ALWAYS TRIGGER refusal\
                """);
            sites.engine();
            awaitLog(sites, "running (epoch 1)");
            sites.execute("east", "UPDATE t SET v = 'refused' WHERE id = 8");
            awaitLog(sites, "held up (DATA, SQLSTATE P0001)");
            sites.execute("west", "DROP TRIGGER refusal ON t");
            await(sites, "west", "SELECT v FROM t WHERE id = 8", "refused");
            assertThat(sites.value("west", "SELECT count(*) FROM entwine.parked"))
                    .isEqualTo("0");
        }
    }

    @Test
    void the_slot_of_an_idle_site_moves_on_and_never_beyond_what_the_others_have() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.engine();
            awaitLog(sites, "running (epoch 1)");
            sites.everywhere("CREATE TABLE apart (i int)");
            sites.execute("east", "INSERT INTO apart SELECT generate_series(1, 50000)");
            String here = sites.value("east", "SELECT pg_current_wal_lsn()");
            await(
                    sites,
                    "east",
                    "SELECT confirmed_flush_lsn >= '" + here
                            + "' FROM pg_replication_slots WHERE database = current_database()",
                    "t");
        }
    }

    @Test
    void what_does_not_mend_itself_ends_a_start_with_the_reason() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute("west", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            assertThat(sites.command(1, "run")).contains("site west").contains("slot");
        }
        try (Sites bare = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            bare.everywhere("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(bare.command(1, "run")).contains("not initialized").contains("entwine init");
        }
    }

    @Test
    void a_slot_that_somebody_else_has_moved_stops_the_start() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            awaitLog(sites, "running (epoch 1)");
            await(
                    sites,
                    "east",
                    "SELECT count(*) FROM entwine.progress WHERE source = 'east' AND position > '0/0'",
                    "1");
            engine.destroy();
            engine.waitFor();
            sites.execute("east", "UPDATE t SET v = 'skipped' WHERE id = 7");
            requireSlotMoved(sites);
            assertThat(sites.command(1, "run")).contains("somebody else has moved it");
        }
    }

    @Test
    void a_table_that_a_rule_matches_but_that_is_not_published_stops_the_start() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.everywhere("CREATE TABLE later (id int PRIMARY KEY)");
            assertThat(sites.command(1, "run")).contains("public.later").contains("entwine add-table");
        }
    }

    private static void requireSlotMoved(Sites sites) throws SQLException {
        sites.value(
                "east",
                "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots");
    }
}
