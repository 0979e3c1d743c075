package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A set gets other tables, and a site leaves it, while applications write. */
final class SetChangesIT {
    private static final String SCHEMA = """
        CREATE TABLE a (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT g, 'base' FROM generate_series(1, 100) g
        """;
    private static final String MORE = """
        CREATE TABLE parent (id int PRIMARY KEY, v text);
        CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent);
        INSERT INTO parent SELECT g, 'base' FROM generate_series(1, 100) g
        """;

    private static Sites start(String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names);
        sites.everywhere(SCHEMA);
        sites.command(0, "init", "--equal");
        Process engine = sites.engine();
        sites.command(0, "wait", "--timeout", "60s");
        for (String site : sites.names()) {
            String noted = "SELECT count(*) FROM entwine.lease, jsonb_each_text(spread)";
            for (int look = 0; !sites.value(site, noted).equals(String.valueOf(names.length)); look++) {
                assertThat(look).as("looks at what " + site + " has noted").isLessThan(600);
                Thread.sleep(100);
            }
        }
        Sites.stop(engine);
        return sites;
    }

    /** Writes parents and children of its own until it is stopped. */
    private static final class Writing {
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean stopped;
        private int rows;

        Writing(Sites sites, String site, int first) {
            thread = Thread.ofPlatform().start(() -> {
                try (Connection connection = sites.connect(site);
                        Statement statement = connection.createStatement()) {
                    while (!stopped) {
                        int id = first + rows++;
                        statement.execute("INSERT INTO parent VALUES (" + id + ", '" + site + "'); INSERT INTO child"
                                + " VALUES (" + id + ", " + id + "); UPDATE a SET v = '" + id + "' WHERE id = "
                                + (1 + first % 7));
                        Thread.sleep(2);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
        }

        int stop() throws InterruptedException {
            stopped = true;
            thread.join();
            assertThat(failure.get()).isNull();
            return rows;
        }
    }

    @Test
    void tables_are_added_while_they_are_written_and_nobody_who_had_begun_before_is_missed() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.everywhere(MORE);
            sites.execute("east", "DELETE FROM a WHERE id > 90; UPDATE parent SET v = 'east' WHERE id = 1");
            assertThat(sites.command(1, "run")).contains("Run 'entwine add-table'");
            List<Writing> writers = new ArrayList<>();
            writers.add(new Writing(sites, "east", 1_000_000));
            writers.add(new Writing(sites, "west", 2_000_000));
            try (Connection early = sites.connect("west");
                    Statement statement = early.createStatement()) {
                early.setAutoCommit(false);
                statement.execute("INSERT INTO parent VALUES (3000000, 'early')");
                Process adding = sites.begin("add-table");
                Thread.sleep(3_000);
                assertThat(adding.isAlive()).as("waits for whoever has begun").isTrue();
                statement.execute("INSERT INTO child VALUES (3000000, 3000000)");
                early.commit();
                assertThat(adding.waitFor()).isZero();
            }
            Process engine = sites.engine();
            int rows = 0;
            for (Writing writer : writers) {
                rows += writer.stop();
            }
            sites.command(0, "wait", "--timeout", "100s");
            sites.requireAlike(List.of("a", "parent", "child"));
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT count(*) FROM child")).isEqualTo(String.valueOf(rows + 1));
                assertThat(sites.value(site, "SELECT count(*) FROM a"))
                        .as("rows that were deleted before do not come back")
                        .isEqualTo("90");
                assertThat(sites.value(site, "SELECT v FROM parent WHERE id = 1"))
                        .isEqualTo("east");
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.unknown_table"))
                        .isEqualTo("0");
            }
            Sites.stop(engine);
            assertThat(sites.command(0, "add-table")).contains("nothing was changed");
            sites.withRules("  - match: public.a\n");
            assertThat(sites.command(0, "add-table")).contains("no longer in it: [public.child, public.parent]");
            sites.execute("east", "DELETE FROM child");
            sites.execute("east", "DELETE FROM a WHERE id = 1");
            sites.bringInStep();
            assertThat(sites.value("west", "SELECT count(*) FROM child")).isEqualTo(String.valueOf(rows + 1));
            assertThat(sites.value("west", "SELECT count(*) FROM a")).isEqualTo("89");
        }
    }

    /** The second engine stands by, and has read the old configuration too. */
    @Test
    void an_engine_that_runs_gives_way_and_goes_on_with_the_tables_that_there_are_then() throws Exception {
        try (Sites sites = start("east", "west")) {
            sites.withRules("  - match: public.a\n");
            Process first = sites.engine();
            sites.command(0, "wait", "--timeout", "60s");
            Process second = sites.engine();
            sites.awaitLogged("standing by");
            sites.everywhere(MORE);
            List<Writing> writers = new ArrayList<>();
            writers.add(new Writing(sites, "east", 1_000_000));
            writers.add(new Writing(sites, "west", 2_000_000));
            sites.withRules("  - match: public.*\n");
            try (Connection early = sites.connect("west");
                    Statement statement = early.createStatement()) {
                early.setAutoCommit(false);
                statement.execute("INSERT INTO parent VALUES (3000000, 'early')");
                assertThat(sites.command(1, "add-table", "--slot-wait", "2s")).contains("slot");
                sites.awaitLogged("'entwine add-table CONFIG' was stopped half-way");
                early.commit();
            }
            assertThat(sites.command(0, "add-table")).contains("was stopped half-way; next: entwine run");
            sites.awaitLogged("running (epoch 3)");
            sites.command(0, "wait", "--timeout", "60s");
            assertThat(sites.command(0, "add-table")).contains("the engine has given way", "nothing was changed");
            int rows = 0;
            for (Writing writer : writers) {
                rows += writer.stop();
            }
            sites.command(0, "wait", "--timeout", "60s");
            sites.requireAlike(List.of("a", "parent", "child"));
            assertThat(sites.value("east", "SELECT count(*) FROM child")).isEqualTo(String.valueOf(rows));

            sites.withRules("  - match: public.a\n");
            assertThat(sites.command(0, "add-table"))
                    .contains("no longer in it: [public.child, public.parent]", "the engine goes on");
            sites.execute("east", "DELETE FROM child; DELETE FROM a WHERE id = 1");
            sites.command(0, "wait", "--timeout", "60s");
            assertThat(sites.value("west", "SELECT count(*) FROM child")).isEqualTo(String.valueOf(rows));
            assertThat(sites.value("west", "SELECT count(*) FROM a")).isEqualTo("99");
            assertThat(List.of(first.isAlive(), second.isAlive())).containsOnly(true);
            Sites.stop(first); // either of them has the leases
            Sites.stop(second);
            Process third = sites.engine();
            sites.command(0, "wait", "--timeout", "60s");
            long standing = logged(sites, "standing by");
            Process fourth = sites.engine();
            for (int look = 0; logged(sites, "standing by") == standing; look++) {
                assertThat(look).as("looks whether the second engine stands by").isLessThan(600);
                Thread.sleep(100);
            }
            long waits = halfWay(sites);
            sites.execute("east", "UPDATE entwine.meta SET anew = 'entwine add-table CONFIG'");
            Sites.stop(third);
            for (int look = 0; halfWay(sites) == waits; look++) {
                assertThat(look)
                        .as("looks whether the second engine waits for what was not ended")
                        .isLessThan(600);
                Thread.sleep(100);
            }
            assertThat(sites.command(0, "add-table"))
                    .as("who waits holds no lease")
                    .contains("was stopped half-way");
            sites.execute("west", "DELETE FROM a WHERE id = 2");
            sites.command(0, "wait", "--timeout", "60s");
            assertThat(sites.value("east", "SELECT count(*) FROM a")).isEqualTo("98");
            Sites.stop(fourth);
        }
    }

    private static long halfWay(Sites sites) throws IOException {
        return logged(sites, "was stopped half-way");
    }

    private static long logged(Sites sites, String text) throws IOException {
        return Files.readString(sites.engineLog())
                .lines()
                .filter(line -> line.contains(text))
                .count();
    }

    @Test
    void a_site_leaves_and_the_others_go_on() throws Exception {
        try (Sites sites = start("east", "west", "north")) {
            sites.execute("east", "UPDATE a SET v = 'east' WHERE id <= 10; DELETE FROM a WHERE id BETWEEN 11 AND 20");
            sites.execute("west", "UPDATE a SET v = 'west' WHERE id BETWEEN 6 AND 30");
            assertThat(sites.command(0, "remove", "north")).contains("north: removed slot", "take it out of");
            assertThat(sites.command(1, "run")).contains("site north is not initialized");
            sites.leave("north");
            sites.bringInStep();
            sites.requireAlike(List.of("a"));
            assertThat(sites.rows("west", "SELECT v, count(*)::text FROM a GROUP BY 1")
                            .toString())
                    .as("both have changed 6 to 10, and only west's update of what east had deleted is a new row")
                    .isEqualTo("{base=70, east=5, west=25}");
            assertThat(sites.value("north", "SELECT to_regnamespace('entwine')::text"))
                    .isEqualTo("null");
            assertThat(sites.command(2, "remove", "west")).contains("there is only one site left");
        }
    }
}
