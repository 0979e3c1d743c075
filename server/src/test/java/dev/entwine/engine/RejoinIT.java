package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A site that is not what the others know any more: recognized, refused, brought back. {@code -Drejoin.transactions=10000} is the long
 * form, {@code -Drejoin.kills=10} kills the command more often, {@code -Drejoin.seed} repeats.
 */
final class RejoinIT {
    private static final int TRANSACTIONS = Integer.getInteger("rejoin.transactions", 600);
    private static final int KILLS = Integer.getInteger("rejoin.kills", 3);
    private static final long SEED = Long.getLong("rejoin.seed", System.nanoTime());
    private static final List<String> TABLES = List.of("account", "node", "counter", "ticket");
    private static final String SCHEMA = """
        CREATE TABLE account (id int PRIMARY KEY, v text);
        CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node, account int REFERENCES account);
        CREATE TABLE counter (id int PRIMARY KEY, n bigint NOT NULL);
        CREATE TABLE ticket (id serial PRIMARY KEY, v text);
        INSERT INTO account SELECT g, 'base' FROM generate_series(1, 1000) g;
        INSERT INTO node VALUES (1, NULL, 201), (2, 1, 202), (3, 2, 203), (4, NULL, 600);
        INSERT INTO counter VALUES (1, 100);
        """;
    private static final String RULES = """
          - match: public.counter
            columns:
              n: sum
          - match: public.*
        """;

    @TempDir
    private Path directory;

    private static Sites start(String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(RULES);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        return sites;
    }

    private static Path data(PostgresServer server) throws SQLException {
        return Path.of(String.valueOf(server.value("postgres", "SHOW data_directory")));
    }

    private static void shell(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    /** As a tool for base backups does it, while the server runs; slots are not part of one. */
    private static void backUp(PostgresServer server, Path to) throws Exception {
        Path data = data(server);
        try (Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_backup_start('rejoin', true)");
            shell("cp", "-a", data.toString(), to.toString());
            try (ResultSet row = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                row.next();
                Files.writeString(to.resolve("backup_label"), row.getString(1));
            }
        }
        shell(
                "rm",
                "-rf",
                to.resolve("pg_wal").toString(),
                to.resolve("postmaster.pid").toString());
        shell(
                "cp",
                "-a",
                data.resolve("pg_wal").toString(),
                to.resolve("pg_wal").toString());
        shell("sh", "-c", "rm -rf '" + to.resolve("pg_replslot") + "'/*");
    }

    private static void restore(PostgresServer server, Path backup) throws Exception {
        Path data = data(server);
        server.kill();
        shell("rm", "-rf", data.toString());
        shell("cp", "-a", backup.toString(), data.toString());
        server.startAgain();
    }

    /** In as many transactions. */
    private static void transactions(Sites sites, String site, int first) throws SQLException {
        try (Connection connection = sites.connect(site);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < TRANSACTIONS; i++) {
                statement.execute("INSERT INTO account VALUES (" + (first + i) + ", '" + site + "'); UPDATE counter SET"
                        + " n = n + 1");
            }
        }
    }

    /** What happens after the backup, and reaches both sites. */
    private static void goOn(Sites sites) throws Exception {
        transactions(sites, "west", 10_000_001);
        transactions(sites, "east", 20_000_001);
        sites.execute(
                "east",
                "UPDATE account SET v = 'east after' WHERE id <= 200; DELETE FROM node WHERE id = 3; DELETE FROM node"
                        + " WHERE id = 2; DELETE FROM node WHERE id = 1; DELETE FROM account WHERE id BETWEEN 201 AND"
                        + " 300");
        sites.execute("west", "INSERT INTO ticket (v) SELECT 'west after' FROM generate_series(1, 20)");
        sites.execute(
                "west",
                "UPDATE account SET v = 'west after' WHERE id BETWEEN 301 AND 400; DELETE FROM account WHERE id"
                        + " BETWEEN 401 AND 450");
        sites.command(0, "wait", "--timeout", "60s");
    }

    /** What applications do at the restored site, and at the other, before anybody has noticed. */
    private static void writeAfterwards(Sites sites) throws SQLException {
        sites.execute(
                "west",
                "INSERT INTO account SELECT g, 'west again' FROM generate_series(30000001, 30000050) g;"
                        + " UPDATE account SET v = 'west again' WHERE id BETWEEN 301 AND 310;"
                        + " DELETE FROM account WHERE id BETWEEN 501 AND 510");
        sites.execute("east", "UPDATE account SET v = 'east again' WHERE id BETWEEN 520 AND 530");
    }

    private static void requireNothingLost(Sites sites, boolean writtenAfterwards) throws Exception {
        sites.requireEqual(TABLES, "t::text");
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT n FROM counter"))
                    .as(site)
                    .isEqualTo(String.valueOf(100 + 2 * TRANSACTIONS));
            assertThat(sites.rows(
                            site,
                            "SELECT CASE WHEN id > 10000000 THEN id / 10000000 * 10000000 WHEN id BETWEEN 301 AND 310"
                                    + " THEN 301 WHEN id BETWEEN 520 AND 530 THEN 520 ELSE id / 100 * 0 END::text ||"
                                    + " v, count(*)::text FROM account GROUP BY 1"))
                    .as(site)
                    .containsEntry("10000000west", String.valueOf(TRANSACTIONS))
                    .containsEntry("20000000east", String.valueOf(TRANSACTIONS))
                    .containsEntry("0east after", "200")
                    .containsEntry("0west after", "90")
                    .containsEntry("301" + (writtenAfterwards ? "west again" : "west after"), "10")
                    .containsEntry("520" + (writtenAfterwards ? "east again" : "base"), "11")
                    .containsEntry("0base", String.valueOf(550 - 11 - (writtenAfterwards ? 10 : 0)));
            if (writtenAfterwards) {
                assertThat(sites.value(site, "SELECT count(*) FROM account WHERE v = 'west again'"))
                        .isEqualTo("60");
                assertThat(sites.value(site, """
                    SELECT count(DISTINCT row_id) || ' ' || count(*) FROM entwine.conflict
                    WHERE table_name = 'account' AND losers @> '[{"image": {"v": "west after"}}]'\
                    """))
                        .as("versions in the journal of " + site + " that gave way")
                        .isEqualTo("10 10");
            }
            assertThat(sites.value(site, "SELECT string_agg(id::text, ' ') FROM node"))
                    .isEqualTo("4");
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        }
    }

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void a_site_that_was_restored_from_a_base_backup_is_recognized_and_brought_back(int count) throws Exception {
        String[] names = List.of("east", "west", "north").subList(0, count).toArray(new String[0]);
        try (Sites sites = start(names)) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            backUp(sites.server("west"), directory.resolve("backup"));
            goOn(sites);
            restore(sites.server("west"), directory.resolve("backup"));
            assertThat(engine.waitFor(60, TimeUnit.SECONDS))
                    .as("the engine ends when it sees the site again")
                    .isTrue();
            assertThat(engine.exitValue()).isEqualTo(1);
            assertThat(Files.readString(sites.engineLog())).contains("entwine rejoin");
            writeAfterwards(sites);
            assertThat(sites.command(1, "run"))
                    .contains("site west: its database has gone back", "entwine rejoin CONFIG west");
            assertThat(sites.command(1, "rejoin", "east")).contains("site west is to be brought back");
            assertThat(sites.command(2, "rejoin", "south")).contains("there is no site 'south'");
            assertThat(sites.command(0, "rejoin", "west")).contains("rejoined");
            sites.execute("west", "INSERT INTO ticket (v) VALUES ('with an id that was given out before')");
            Process again = sites.engine();
            sites.command(0, "wait", "--timeout", "60s");
            requireNothingLost(sites, true);
            assertThat(sites.value("east", "SELECT count(*) FROM ticket")).isEqualTo("21");
            assertThat(sites.command(1, "rejoin", "west")).contains("is at work");
            sites.execute("west", "INSERT INTO account VALUES (7000, 'later')");
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireEqual(TABLES, "t::text");
            Sites.stop(again);
            assertThat(sites.command(0, "rejoin", "west")).contains("nothing was changed");
        }
    }

    /** So that all that the sites begin with is known to be at each: the engine notes it every second. */
    private static void transactionsOfNobody(Sites sites) throws Exception {
        sites.command(0, "wait", "--timeout", "60s");
        transactionsNoted(sites);
    }

    private static void transactionsNoted(Sites sites) throws Exception {
        for (String site : sites.names()) {
            String noted = "SELECT count(*) FROM entwine.lease, jsonb_each_text(spread) s, LATERAL (SELECT"
                    + " max(xmin::text::bigint) AS newest FROM account) a WHERE s.value::bigint > a.newest";
            for (int look = 0;
                    !sites.value(site, noted)
                            .equals(String.valueOf(sites.names().size()));
                    look++) {
                assertThat(look).as("looks at what " + site + " has noted").isLessThan(600);
                Thread.sleep(100);
            }
        }
    }

    @Test
    void so_is_one_whose_files_were_put_back_with_its_slot_in_them() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            Sites.stop(engine);
            PostgresServer west = sites.server("west");
            Path data = data(west);
            west.stop();
            shell("cp", "-a", data.toString(), directory.resolve("files").toString());
            west.startAgain();
            engine = sites.engine();
            goOn(sites);
            Sites.stop(engine);
            restore(west, directory.resolve("files"));
            writeAfterwards(sites);
            transactions(sites, "west", 10_000_001);
            sites.execute("west", "UPDATE counter SET n = 100");
            assertThat(sites.command(1, "run")).contains("site west: its database has gone back");
            assertThat(sites.command(1, "rejoin", "west")).contains("public.counter: 1 row differs in a column");
            assertThat(sites.command(1, "run"))
                    .as("after a refusal everything is as it was")
                    .contains("site west: its database has gone back");
            sites.execute("west", "UPDATE counter SET n = " + sites.value("east", "SELECT n FROM counter"));
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            requireNothingLost(sites, true);
        }
    }

    @Test
    void so_is_a_standby_that_was_promoted() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            backUp(sites.server("west"), directory.resolve("standby"));
            goOn(sites);
            Files.createFile(directory.resolve("standby").resolve("standby.signal"));
            restore(sites.server("west"), directory.resolve("standby"));
            sites.execute("west", "SELECT pg_promote()");
            assertThat(engine.waitFor(60, TimeUnit.SECONDS)).isTrue();
            writeAfterwards(sites);
            assertThat(sites.command(1, "run"))
                    .contains("site west: a backup was restored here, or a standby was promoted");
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            requireNothingLost(sites, true);
        }
    }

    @Test
    void so_is_one_that_has_lost_its_slot_and_nothing_that_was_deleted_comes_back() throws Exception {
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            Sites.stop(engine);
            sites.execute("west", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            sites.execute(
                    "west",
                    "DELETE FROM account WHERE id <= 100; UPDATE account SET v = 'west' WHERE id BETWEEN 101 AND 300");
            sites.execute(
                    "east",
                    "UPDATE account SET v = 'east' WHERE id BETWEEN 201 AND 400; DELETE FROM account WHERE id > 900");
            assertThat(sites.command(1, "run")).contains("site west: its replication slot is gone", "entwine rejoin");
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            sites.requireAlike(TABLES);
            assertThat(sites.rows("west", "SELECT v, count(*)::text FROM account GROUP BY 1")
                            .toString())
                    .isEqualTo("{base=500, east=200, west=100}");
            assertThat(sites.value("west", "SELECT count(*) FROM entwine.conflict"))
                    .isEqualTo("100");
        }
    }

    @Test
    void what_had_come_to_one_site_and_not_yet_to_the_other_was_not_deleted_there() throws Exception {
        try (Sites sites = start("east", "west", "north")) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            try (Connection application = sites.connect("west");
                    Statement statement = application.createStatement()) {
                application.setAutoCommit(false);
                statement.execute("LOCK TABLE account IN SHARE MODE");
                sites.execute("north", "INSERT INTO account VALUES (7000, 'north'); DELETE FROM account WHERE id = 1");
                String there = "SELECT v FROM account WHERE id = 7000";
                for (int look = 0; !sites.value("east", there).equals("north"); look++) {
                    assertThat(look).as("looks for north's row at east").isLessThan(600);
                    Thread.sleep(100);
                }
                Thread.sleep(5_000); // for notes to be made
                assertThat(sites.value("west", there)).isEqualTo("null");
                Sites.stop(engine);
            }
            sites.execute("west", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            sites.requireAlike(TABLES);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT v FROM account WHERE id = 7000"))
                        .isEqualTo("north");
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.conflict"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void a_row_that_a_site_had_refused_is_not_taken_for_deleted() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.execute("west", "ALTER TABLE account ADD CHECK (v <> 'bad')");
            Process engine = sites.engine();
            sites.execute("east", "INSERT INTO account VALUES (7000, 'bad')");
            sites.command(3, "wait", "--timeout", "20s");
            transactionsNoted(sites);
            Sites.stop(engine);
            sites.execute("west", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            sites.command(0, "rejoin", "west");
            engine = sites.engine();
            sites.command(3, "wait", "--timeout", "20s");
            assertThat(sites.value("east", "SELECT v FROM account WHERE id = 7000"))
                    .isEqualTo("bad");
            Sites.stop(engine);
        }
    }

    @Test
    void so_is_one_that_begins_with_nothing_of_ours() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.bringInStep();
            sites.execute(
                    "west",
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; DROP SCHEMA entwine CASCADE;"
                            + " DROP PUBLICATION entwine; INSERT INTO account VALUES (7000, 'west')");
            assertThat(sites.command(1, "run")).contains("site west is not initialized", "entwine rejoin");
            assertThat(sites.command(0, "rejoin", "west")).contains("nothing of ours");
            sites.bringInStep();
            sites.requireAlike(TABLES);
            assertThat(sites.value("east", "SELECT v FROM account WHERE id = 7000"))
                    .isEqualTo("west");
        }
    }

    @Test
    void a_rejoin_that_was_killed_is_run_again_and_ends_right() throws Exception {
        System.out.println("rejoin.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        try (Sites sites = start("east", "west")) {
            Process engine = sites.engine();
            transactionsOfNobody(sites);
            backUp(sites.server("west"), directory.resolve("backup"));
            goOn(sites);
            engine.destroyForcibly().waitFor();
            restore(sites.server("west"), directory.resolve("backup"));
            writeAfterwards(sites);
            for (int i = 0; i < KILLS; i++) {
                Process rejoin = sites.begin("rejoin", "west");
                if (!rejoin.waitFor(700 + random.nextInt(2_000), TimeUnit.MILLISECONDS)) {
                    rejoin.destroyForcibly().waitFor();
                }
            }
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            requireNothingLost(sites, true);
        }
    }
}
