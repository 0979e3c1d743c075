package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** {@code init --copy-from} that is killed, or loses a server, and is run again. */
final class StoppedCopyIT {
    private static final long SEED = Long.getLong("copy.seed", System.nanoTime());
    private static final int KILLS = Integer.getInteger("copy.kills", 3);

    /** Large enough for several ranges, one of the tables with values out of line, one partitioned. */
    private static final String SCHEMA = """
        CREATE TABLE small (id int PRIMARY KEY, name text);
        CREATE TABLE large (id bigint PRIMARY KEY, rank bigint UNIQUE, note text, doubled bigint GENERATED ALWAYS AS (id * 2) STORED);
        CREATE TABLE part (area int, "Odd id" uuid, note text, PRIMARY KEY (area, "Odd id")) PARTITION BY LIST (area);
        CREATE TABLE part_0 PARTITION OF part FOR VALUES IN (0);
        CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
        CREATE TABLE out_of_line (id int PRIMARY KEY, document text);
        ALTER TABLE out_of_line ALTER document SET STORAGE EXTERNAL;
        """;

    private static final String ROWS = """
        INSERT INTO small SELECT g, 'n' || g FROM generate_series(1, 1000) g;
        INSERT INTO large SELECT g, g, repeat('x', 900) FROM generate_series(1, 120000) g;
        INSERT INTO part SELECT g % 2, md5(g::text)::uuid, repeat('y', 500) FROM generate_series(1, 60000) g;
        INSERT INTO out_of_line SELECT g, repeat('z', 8000) FROM generate_series(1, 8000) g;
        """;

    /** What may happen to copied rows: unique values change hands, rows move to other blocks, partitions and keys, go and come. */
    private static final String CHANGES = """
        UPDATE large SET rank = -id WHERE id % 50 IN (1, 2);
        UPDATE large SET rank = CASE id % 50 WHEN 1 THEN id + 1 ELSE id - 1 END WHERE id % 50 IN (1, 2);
        UPDATE large SET id = id + 10000000, note = NULL WHERE id % 977 = 5;
        DELETE FROM large WHERE id % 101 = 7;
        INSERT INTO large SELECT g, g, 'again' FROM generate_series(7, 120000, 101) g WHERE g % 2 = 0 ON CONFLICT DO NOTHING;
        UPDATE part SET area = 1 - area WHERE note LIKE 'y%' AND "Odd id" < '02000000-0000-0000-0000-000000000000';
        DELETE FROM small WHERE id > 900;
        UPDATE out_of_line SET document = '' WHERE id % 10 = 1;
        """;

    @Test
    void what_was_copied_is_not_copied_again_and_what_changed_in_it_is_mended() throws Exception {
        try (Pair pair = Pair.open()) {
            stopAfter(pair, 2);
            assertThat(pair.value("west", "SELECT initialized FROM entwine.meta"))
                    .isEqualTo("f");
            long ranges = number(pair, "SELECT count(*) FROM entwine.copy");
            String writer = pair.value(
                    "west", "SELECT writer FROM entwine.copy WHERE table_name = 'large' ORDER BY first_block LIMIT 1");
            long before = number(pair, "SELECT count(*) FROM large WHERE xmin = '" + writer + "'");
            assertThat(before).isPositive();
            pair.east(CHANGES);

            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.err())
                    .contains("going on with a copy that was stopped: west has ")
                    .contains("mending what changed in table public.large since it was copied to west");
            assertThat(number(pair, "SELECT count(*) FROM large WHERE xmin = '" + writer + "'"))
                    .as("rows of %d ranges that were copied before", ranges)
                    .isBetween(before * 3 / 4, before - 1);
            requireEqual(pair);
            assertThat(pair.value("west", "SELECT count(*) FROM entwine.copy")).isEqualTo("0");
            pair.both("UPDATE small SET name = name || current_database()");
            pair.synchronize();
            requireEqual(pair);
        }
    }

    @Test
    void rows_that_no_copy_has_brought_are_named_and_kept_and_nothing_is_changed() throws Exception {
        try (Pair pair = Pair.open()) {
            stopAfter(pair, 1);
            pair.west("INSERT INTO small VALUES (5000, 'theirs'); UPDATE large SET note = 'theirs' WHERE id = (SELECT"
                    + " min(id) FROM large)");
            String copied = pair.value("west", "SELECT sum(rows) FROM entwine.copy");
            Result refused = pair.run("init", "--copy-from", "east");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("west: table public.small holds 1 row\n")
                    .contains("west: table public.large holds 1 row\n")
                    .doesNotContain("public.part");
            assertThat(pair.value("west", "SELECT sum(rows) FROM entwine.copy")).isEqualTo(copied);
            pair.west("DELETE FROM small WHERE id = 5000; DELETE FROM large WHERE note = 'theirs'");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as(result.all()).isZero();
            requireEqual(pair);
        }
    }

    @Test
    void what_a_killed_copy_has_brought_is_taken_back_by_remove_and_rows_of_others_stay() throws Exception {
        try (Pair pair = Pair.open()) {
            stopAfter(pair, 2);
            pair.west("INSERT INTO small VALUES (5000, 'theirs')");
            Result removed = pair.run("remove");
            assertThat(removed.exitCode()).as(removed.all()).isZero();
            assertThat(removed.out()).contains("rows that an unfinished init copied into public.large");
            pair.requireNoTrace();
            assertThat(pair.value("west", "SELECT count(*) FROM large")).isEqualTo("0");
            assertThat(pair.value("west", "SELECT string_agg(id::text, ' ') FROM small"))
                    .isEqualTo("5000");
        }
    }

    @Test
    void a_copy_that_loses_its_connection_leaves_no_slot_and_goes_on() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both(SCHEMA).east(ROWS);
            AtomicBoolean cut = new AtomicBoolean();
            Thread cutter = Thread.ofPlatform().start(() -> cut.set(cutOnce(pair)));
            Result stopped = pair.run("init", "--copy-from", "east");
            cutter.join();
            assertThat(cut).isTrue();
            assertThat(stopped.exitCode()).as(stopped.all()).isEqualTo(1);
            assertThat(stopped.err())
                    .contains("site west: copying table ")
                    .contains("run the same command again to go on");
            String slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
            assertThat(pair.value("east", slots) + pair.value("west", slots)).isEqualTo("00");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.err()).contains("going on with a copy that was stopped");
            requireEqual(pair);
        }
    }

    /** Ends the connections that write to large, once a range is there. */
    private static boolean cutOnce(Pair pair) {
        try {
            awaitRanges(pair, "large", 1);
            pair.await("west", """
                SELECT bool_or(pg_terminate_backend(pid)) IS TRUE FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'entwine' AND query LIKE 'COPY "public"."large"%'
                """);
            return true;
        } catch (SQLException | InterruptedException e) {
            return false;
        }
    }

    @Test
    void another_source_or_other_tables_begin_anew() throws Exception {
        try (Pair pair = Pair.open()) {
            stopAfter(pair, 1);
            pair.withTables("  - match: public.small\n");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.err()).contains("taking back an initialization that was stopped half-way");
            assertThat(pair.value("west", "SELECT count(*) FROM large")).isEqualTo("0");
            requireEqual(pair);
        }
    }

    @Test
    void a_copy_that_is_killed_again_and_again_while_its_source_is_written_ends_right() throws Exception {
        Random random = new Random(SEED);
        try (Pair pair = Pair.open()) {
            pair.both(SCHEMA).east(ROWS);
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> write(pair, stop));
            try {
                for (int i = 0; i < KILLS; i++) {
                    Process process = pair.start("init", "--copy-from", "east");
                    // Long enough for the copy to begin, with luck; any moment is as good as another.
                    process.waitFor(500 + random.nextInt(4_000), TimeUnit.MILLISECONDS);
                    pair.kill(process);
                }
            } finally {
                stop.set(true);
                writer.join();
            }
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as("seed %d: %s", SEED, result.all()).isZero();
            pair.synchronize();
            requireEqual(pair);
        }
    }

    private static void write(Pair pair, AtomicBoolean stop) {
        try (Connection connection = pair.server("east").connect(pair.database());
                Statement statement = connection.createStatement()) {
            for (int i = 0; !stop.get(); i++) {
                statement.execute("UPDATE large SET rank = -rank, note = 'w" + i + "' WHERE id % 5000 = " + i % 5000);
                statement.execute("DELETE FROM part WHERE ctid IN (SELECT ctid FROM part LIMIT 3)");
                statement.execute("INSERT INTO small VALUES (" + (10_000 + i) + ", 'new')");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Kills a copy once so many ranges of the large table are there. */
    private static void stopAfter(Pair pair, int ranges) throws Exception {
        pair.both(SCHEMA).east(ROWS);
        Process process = pair.start("init", "--copy-from", "east");
        awaitRanges(pair, "large", ranges);
        pair.kill(process);
    }

    private static void requireEqual(Pair pair) throws Exception {
        Result verified = pair.run("verify");
        assertThat(verified.exitCode()).as(verified.all()).isZero();
    }

    private static long number(Pair pair, String sql) throws SQLException {
        return Long.parseLong(pair.value("west", sql));
    }

    private static void awaitRanges(Pair pair, String table, int ranges) throws SQLException, InterruptedException {
        pair.await("west", "SELECT to_regclass('entwine.copy') IS NOT NULL");
        pair.await("west", "SELECT count(*) >= " + ranges + " FROM entwine.copy WHERE table_name = '" + table + "'");
    }
}
