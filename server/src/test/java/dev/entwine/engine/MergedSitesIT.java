package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Databases that have diverged are merged while applications write to all of them, and the engine is killed before it is through.
 * {@code -Dmerge.rows=100000} is the long form: so many rows are at each site only, and so many are different;
 * {@code -Dmerge.seed} repeats one.
 */
final class MergedSitesIT {
    private static final int ROWS = Integer.getInteger("merge.rows", 500);
    private static final int KILLS = Integer.getInteger("merge.kills", 2);
    private static final long SEED = Long.getLong("merge.seed", System.nanoTime());

    private static final String SCHEMA = """
        CREATE TABLE account (id int PRIMARY KEY, v text, note text);
        CREATE TABLE counter (id int PRIMARY KEY, label text, n bigint NOT NULL);
        CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node, account int REFERENCES account);
        CREATE TABLE tag (id int PRIMARY KEY, name text UNIQUE);
        INSERT INTO account SELECT g, 'base', repeat('n', 100) FROM generate_series(1, 100) g;
        INSERT INTO counter SELECT g, 'base', 1000 FROM generate_series(1, 20) g;
        """;
    private static final String RULES = """
          - match: public.counter
            columns:
              n: sum
          - match: public.*
        """;
    /** Few enough for rows that refer to each other to come in several. */
    private static final String BATCHES = ROWS > 1_000 ? "" : "  batch_changes_max: 200\n";

    private static final List<String> TABLES = List.of("account", "counter", "node", "tag");

    /** Rows that only this site has, and all of the diverged ones, with values of its own; children come with lesser ids than their parents. */
    private static void diverge(Sites sites, String site, int number) throws SQLException {
        int own = (number + 1) * 10_000_000;
        sites.execute(site, """
            INSERT INTO account SELECT g, '%1$s', repeat('%1$s', 30) FROM generate_series(1001, 1000 + %2$d) g;
            INSERT INTO account SELECT %3$d + g, '%1$s', NULL FROM generate_series(1, %2$d) g;
            UPDATE counter SET label = '%1$s';
            INSERT INTO node SELECT %3$d + g, CASE WHEN g < %2$d THEN %3$d + %2$d - (%2$d - g - 1) / 10 END, %3$d + g FROM generate_series(1, %2$d) g;
            INSERT INTO tag VALUES (%4$d, 'shared'), (%4$d + 1, '%1$s')
            """.formatted(site, ROWS, own, number * 10));
    }

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void nothing_is_lost_of_sites_that_are_written_while_they_are_merged(int count) throws Exception {
        System.out.println("merge.seed=" + SEED);
        String[] names = List.of("east", "west", "north").subList(0, count).toArray(new String[0]);
        PostgresOptions withoutTimes = PostgresOptions.DEFAULTS.withSetting("track_commit_timestamp", "off");
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), withoutTimes, names)
                .withRules(RULES)
                .withSettings(BATCHES)) {
            sites.everywhere(SCHEMA);
            for (int i = 0; i < count; i++) {
                diverge(sites, names[i], i);
            }
            List<Writing> writers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                writers.add(new Writing(sites, names[i], i, count));
            }
            sites.command(0, "init", "--merge");
            SplittableRandom random = new SplittableRandom(SEED);
            Process engine = sites.engine();
            for (int i = 0; i < KILLS; i++) {
                Thread.sleep(300 + random.nextInt(2_000));
                engine.destroyForcibly().waitFor();
                engine = sites.engine();
            }
            Thread.sleep(500);
            for (Writing writer : writers) {
                writer.stop();
            }
            sites.command(0, "wait", "--timeout", "110s");
            assertThat(engine.isAlive()).as(Files.readString(sites.engineLog())).isTrue();
            sites.requireAlike(TABLES);
            sites.command(0, "verify");
            requireForgotten(sites);
            requireNothingLost(sites, writers, count);
        }
    }

    /** The engine does it when it has acknowledged the log, some seconds later. */
    private static void requireForgotten(Sites sites) throws Exception {
        for (String site : sites.names()) {
            for (int look = 0;
                    !sites.value(site, "SELECT count(*) FROM entwine.initial").equals("0");
                    look++) {
                assertThat(look)
                        .as("looks at the initial rows of %s that are still there", site)
                        .isLessThan(600);
                Thread.sleep(100);
            }
        }
    }

    private static void requireNothingLost(Sites sites, List<Writing> writers, int count) throws Exception {
        String first = sites.names().getFirst();
        Map<String, String> values = sites.rows(first, "SELECT id::text, v FROM account");
        long increments = 0;
        for (Writing writer : writers) {
            increments += writer.increments;
            assertThat(writer.last).isNotEmpty();
            writer.last.forEach((id, token) -> assertThat(values.get(String.valueOf(id)))
                    .as("account %d", id)
                    .isEqualTo(token));
        }
        assertThat(increments).isPositive();
        assertThat(sites.value(first, "SELECT sum(n) FROM counter")).isEqualTo(String.valueOf(20_000 + increments));
        assertThat(sites.value(first, "SELECT count(*) FROM account WHERE id > 10000000"))
                .isEqualTo(String.valueOf(count * ROWS));
        assertThat(sites.value(first, "SELECT count(*) FROM node")).isEqualTo(String.valueOf(count * ROWS));
        assertThat(sites.value(first, "SELECT string_agg(id || name, ' ' ORDER BY id) FROM tag"))
                .as("one row keeps the name that several have")
                .startsWith("0shared 1east");
        for (String site : sites.names()) {
            for (Writing writer : writers.subList(1, count)) {
                assertThat(sites.value(site, """
                    SELECT count(DISTINCT row_id) FROM entwine.conflict
                    WHERE table_name = 'account' AND losers @> '[{"site": "%1$s", "image": {"v": "%1$s"}}]'
                      AND NOT (key ->> 'id')::int = ANY ('{%2$s}')\
                    """.formatted(
                                        writer.site,
                                        writer.last.keySet().stream()
                                                .map(String::valueOf)
                                                .collect(Collectors.joining(",")))))
                        .as("versions of %s in the journal of %s that it has not replaced itself", writer.site, site)
                        .isEqualTo(String.valueOf(ROWS
                                - writer.last.keySet().stream()
                                        .filter(id -> id < 10_000_000)
                                        .count()));
            }
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.conflict WHERE table_name = 'node'"))
                    .isEqualTo("0");
        }
    }

    /** An application: sets values of rows that no other site's application sets, and adds to counters that all add to. */
    private static final class Writing {
        private final Sites sites;
        private final String site;
        private final int number;
        private final int count;
        private final Map<Integer, String> last = new HashMap<>();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread;
        private long increments;
        private volatile boolean stopped;

        Writing(Sites sites, String site, int number, int count) {
            this.sites = sites;
            this.site = site;
            this.number = number;
            this.count = count;
            thread = Thread.ofPlatform().start(this::run);
        }

        private void run() {
            SplittableRandom random = new SplittableRandom(SEED + number);
            try (Applications application = new Applications(sites)) {
                boolean counting = false;
                for (int turn = 0; !stopped; turn++) {
                    int place = random.nextInt(ROWS / count) * count + number;
                    int id = random.nextInt(5) == 0 ? 10_000_000 * (number + 1) + 1 + place : 1001 + place;
                    String token = site + " " + turn;
                    counting = counting || application.value(site, begun()).equals("t");
                    application.execute(
                            site,
                            "UPDATE account SET " + (counting ? "v" : "note") + " = '" + token + "' WHERE id = " + id);
                    if (counting) {
                        last.put(id, token);
                        application.execute(
                                site, "UPDATE counter SET n = n + 1 WHERE id = " + (1 + random.nextInt(20)));
                        increments++;
                    }
                    Thread.sleep(5);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        }

        /** What is written before the merge has begun cannot be told from what was always different. */
        private static String begun() {
            return "SELECT to_regclass('entwine.meta') IS NOT NULL AND EXISTS (SELECT FROM pg_replication_slots"
                    + " WHERE database = current_database() AND confirmed_flush_lsn IS NOT NULL)";
        }

        void stop() throws InterruptedException {
            stopped = true;
            thread.join();
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void the_times_of_rows_are_used_where_all_sites_keep_them() throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withSetting("track_commit_timestamp", "on");
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), options, "east", "west")) {
            sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'b'), (2, 'b')");
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1; INSERT INTO t VALUES (3, 'east')");
            sites.execute("west", "UPDATE t SET v = 'west'");
            sites.execute("east", "UPDATE t SET v = 'later' WHERE id = 2");
            assertThat(sites.command(3, "init", "--merge", "--dry-run"))
                    .contains("stands as at west (committed at ")
                    .contains("stands as at east (committed at ");
            sites.command(0, "init", "--merge");
            sites.bringInStep();
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT string_agg(id || v, ' ' ORDER BY id) FROM t"))
                        .isEqualTo("1west 2later 3east");
            }
        }
    }

    @Test
    void things_that_both_sites_know_under_different_ids_become_one_and_different_things_under_one_id_stay_two()
            throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                .withRules(RekeyIT.rules())) {
            sites.everywhere(Files.readString(RekeyIT.EXAMPLE.resolve("ccdb.sql")));
            String own = "INSERT INTO path (path) SELECT 'of %s ' || g FROM generate_series(1, 150) g;";
            String both = "INSERT INTO path (path) SELECT 'both ' || g FROM generate_series(1, 150) g;";
            String objects =
                    "INSERT INTO object (id, path, validity, size) SELECT gen_random_uuid(), id, '[,)', %d FROM path";
            sites.execute("east", own.formatted("east") + both + objects.formatted(7));
            sites.execute("west", both + own.formatted("west") + objects.formatted(8));
            assertThat(sites.command(1, "init", "--merge")).contains("public.path_total: 300 rows differ in a column");
            sites.command(0, "init", "--merge", "--add-sums");
            sites.bringInStep();
            sites.requireEqual(RekeyIT.TABLES, "t::text");
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT count(*) || ' ' || count(DISTINCT path) FROM path"))
                        .isEqualTo("450 450");
                assertThat(sites.value(
                                site,
                                "SELECT string_agg(DISTINCT n::text, ' ') FROM (SELECT count(*) AS n FROM object o JOIN"
                                        + " path p ON p.id = o.path WHERE p.path LIKE 'both %' GROUP BY p.path) AS s"))
                        .as("objects of each of the paths that both knew")
                        .isEqualTo("2");
                assertThat(sites.value(
                                site,
                                "SELECT string_agg(DISTINCT objects || ' ' || bytes, ', ') FROM path_total t JOIN path"
                                        + " p ON p.id = t.path WHERE p.path LIKE 'both %'"))
                        .isEqualTo("2 15");
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked"))
                        .isEqualTo("0");
            }
        }
    }
}
