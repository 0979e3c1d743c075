package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.testkit.PostgresVersions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class InitIT {
    static List<PostgresBinaries> versions() {
        return List.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void a_copy_joins_the_log_without_gap_or_overlap_while_the_source_is_written(PostgresBinaries version)
            throws Exception {
        try (Pair pair = Pair.open(version)) {
            pair.both("CREATE TABLE t (id bigint PRIMARY KEY, name text, doubled bigint GENERATED ALWAYS AS (id * 2)"
                    + " STORED, \"Odd \"\"col\" text)");
            pair.east("INSERT INTO t SELECT g, E'tab\\t, back\\\\slash, \\n' || g FROM generate_series(1, 20000) g");
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> write(pair, stop));
            pair.await("east", "SELECT count(*) > 20050 FROM t");
            Result result = pair.run("init", "--copy-from", "east");
            Thread.sleep(50); // more changes behind the copy, so that there is something to join
            stop.set(true);
            writer.join();
            assertThat(result.exitCode()).as(result.all()).isZero();

            Set<Long> copied = ids(pair, "west");
            Set<Long> streamed = new TreeSet<>();
            Position progress = Position.parse(pair.value("west", "SELECT position::text FROM entwine.progress"));
            for (LocalTransaction transaction : SiteLog.read(pair, "east", "t", List.of("id", "name", "Odd \"col"))) {
                assertThat(transaction.position().isAfter(progress)).isTrue();
                transaction
                        .changes()
                        .forEach(change ->
                                streamed.add(Long.valueOf(change.key().values().getFirst())));
            }
            assertThat(streamed).isNotEmpty().doesNotContainAnyElementsOf(copied);
            streamed.addAll(copied);
            assertThat(streamed).isEqualTo(ids(pair, "east"));
            assertThat(pair.value("west", "SELECT name FROM t WHERE id = 7")).isEqualTo("tab\t, back\\slash, \n7");
            assertThat(SiteLog.read(pair, "west", "t", List.of("id", "name", "Odd \"col")))
                    .as("copied rows seen as local changes of the target")
                    .isEmpty();
            assertThat(pair.run("remove").exitCode()).isZero();
            pair.requireNoTrace();
        }
    }

    private static void write(Pair pair, AtomicBoolean stop) {
        try (Connection connection = pair.server("east").connect(pair.database());
                PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, 'late')")) {
            for (long id = 20_001; !stop.get(); id++) {
                insert.setLong(1, id);
                insert.executeUpdate();
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Set<Long> ids(Pair pair, String site) throws Exception {
        Set<Long> ids = new TreeSet<>();
        for (String id :
                pair.value(site, "SELECT string_agg(id::text, ',') FROM t").split(",", -1)) {
            ids.add(Long.valueOf(id));
        }
        return ids;
    }

    @Test
    void the_publication_has_the_tables_and_ours_are_not_in_it() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both(
                    "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY) PARTITION BY RANGE (id);"
                            + " CREATE TABLE b1 PARTITION OF b FOR VALUES FROM (0) TO (100); CREATE SCHEMA other;"
                            + " CREATE TABLE other.c (id int PRIMARY KEY)");
            pair.east("INSERT INTO b SELECT generate_series(0, 99)");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).as(result.all()).isZero();
            for (String site : List.of("east", "west")) {
                assertThat(pair.value(
                                site,
                                "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY 1)"
                                        + " FROM pg_publication_tables"))
                        .isEqualTo("public.a public.b");
                assertThat(pair.value(
                                site,
                                "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate AND pubviaroot"
                                        + " FROM pg_publication"))
                        .isEqualTo("t");
                assertThat(pair.value(site, "SELECT initialized AND site = '" + site + "' FROM entwine.meta"))
                        .isEqualTo("t");
                assertThat(pair.value(site, "SELECT epoch FROM entwine.lease")).isEqualTo("0");
            }
            assertThat(pair.value("west", "SELECT count(*) FROM b")).isEqualTo("100");
            assertThat(pair.value("east", "SELECT set_id FROM entwine.meta"))
                    .isEqualTo(pair.value("west", "SELECT set_id FROM entwine.meta"));
        }
    }

    @Test
    void three_sites_are_filled_from_one_and_know_of_each_other() throws Exception {
        try (Pair pair = Pair.open();
                Pair third = Pair.open()) {
            String create = "CREATE TABLE t (id int PRIMARY KEY, at timestamptz DEFAULT '2026-01-01')";
            pair.both(create);
            third.west(create);
            pair.withUrl("north", third.server("west").url(third.database()));
            pair.west("INSERT INTO t SELECT generate_series(1, 50)");
            Result result = pair.run("init", "--copy-from", "west");
            assertThat(result.exitCode()).as(result.all()).isZero();
            String sources = "SELECT string_agg(source, ' ' ORDER BY source) FROM entwine.progress";
            assertThat(pair.value("east", sources)).isEqualTo("north west");
            assertThat(pair.value("west", sources)).isEqualTo("east north");
            assertThat(third.value("west", sources)).isEqualTo("east west");
            assertThat(pair.value("east", "SELECT count(*) FROM t")).isEqualTo("50");
            assertThat(third.value("west", "SELECT count(*) FROM t")).isEqualTo("50");
            pair.east("DELETE FROM t WHERE id = 3");
            assertThat(pair.run("remove").exitCode()).isZero();
            Result different = pair.run("init", "--equal");
            assertThat(different.exitCode()).isEqualTo(3);
            assertThat(different.out()).contains("missing at east, there at west, north");
            third.requireNoTrace();
            pair.requireNoTrace();
        }
    }

    @Test
    void sequences_of_filled_tables_move_on_and_stay_interleaved() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)");
            pair.east("ALTER SEQUENCE t_id_seq INCREMENT BY 2 RESTART WITH 2;"
                    + " INSERT INTO t (name) SELECT 'x' FROM generate_series(1, 10)");
            pair.west("ALTER SEQUENCE t_id_seq INCREMENT BY 2 RESTART WITH 1");
            assertThat(pair.run("init", "--copy-from", "east").exitCode()).isZero();
            assertThat(pair.value("east", "INSERT INTO t (name) VALUES ('y') RETURNING id"))
                    .isEqualTo("22");
            assertThat(pair.value("west", "INSERT INTO t (name) VALUES ('y') RETURNING id"))
                    .isEqualTo("23");
        }
    }

    @Test
    void sequences_are_interleaved_on_request_while_the_source_gives_values() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text); CREATE TABLE"
                    + " plain (id serial PRIMARY KEY); CREATE TABLE t (id bigserial PRIMARY KEY, name text)");
            pair.east("INSERT INTO s (name) SELECT 'x' FROM generate_series(1, 100)");
            pair.west("SELECT setval('plain_id_seq', 5000)");
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> generate(pair, stop));
            pair.await("east", "SELECT count(*) > 20 FROM t");
            Result result = pair.run("init", "--copy-from", "east", "--interleave-sequences");
            stop.set(true);
            writer.join();
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.err()).contains("sequences of public.s.id are interleaved: they step by 2");
            assertThat(pair.run("check").all()).doesNotContain("sequence_collision");
            String insert = "INSERT INTO %s DEFAULT VALUES RETURNING id";
            for (String table : List.of("s", "plain", "t")) {
                long east = Long.parseLong(pair.value("east", insert.formatted(table)));
                long west = Long.parseLong(pair.value("west", insert.formatted(table)));
                assertThat(east % 2).as(table).isZero();
                assertThat(west % 2).as(table).isOne();
                assertThat(west).isGreaterThan(Long.parseLong(pair.value("west", "SELECT max(id) - 2 FROM " + table)));
            }
            pair.synchronize();
            assertThat(pair.value("west", "SELECT count(*) FROM entwine.conflict"))
                    .isEqualTo("0");
            assertThat(pair.run("verify").exitCode()).isZero();
        }
    }

    private static void generate(Pair pair, AtomicBoolean stop) {
        try (Connection connection = pair.server("east").connect(pair.database());
                Statement insert = connection.createStatement()) {
            while (!stop.get()) {
                insert.execute("INSERT INTO t (name) VALUES ('late')");
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_second_init_changes_nothing_and_another_list_of_tables_is_refused() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)");
            pair.withTables("  - match: public.a\n");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            String before = pair.value("east", "SELECT incarnation FROM entwine.meta");
            Result again = pair.run("init", "--copy-from", "east");
            assertThat(again.exitCode()).isZero();
            assertThat(again.out()).contains("already initialized");
            assertThat(pair.value("east", "SELECT incarnation FROM entwine.meta"))
                    .isEqualTo(before);
            Result other = pair.withTables("  - match: public.*\n").run("init", "--equal");
            assertThat(other.exitCode()).isEqualTo(1);
            assertThat(other.err()).contains("the configuration now matches [public.a, public.b]", "entwine add-table");
            pair.west("UPDATE entwine.lease SET epoch = 1");
            pair.east("DROP SCHEMA entwine CASCADE");
            Result lost = pair.withTables("  - match: public.a\n").run("init", "--equal");
            assertThat(lost.exitCode()).isEqualTo(1);
            assertThat(lost.err()).contains("an engine has run on [west], but not initialized are [east]");
        }
    }

    @Test
    void targets_with_rows_are_named_with_their_counts_and_nothing_is_left() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)");
            pair.west("INSERT INTO a VALUES (1), (2)");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err())
                    .contains("west: table public.a holds 2 rows")
                    .doesNotContain("public.b");
            assertThat(pair.value("west", "SELECT count(*) FROM a")).isEqualTo("2");
            pair.requireNoTrace();
            Result nobody = pair.run("init", "--copy-from", "north");
            assertThat(nobody.exitCode()).isEqualTo(2);
            assertThat(nobody.err()).contains("no site 'north'").contains("east, west");
        }
    }

    @Test
    void a_copy_that_fails_half_way_is_taken_back_at_every_site() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE z (id int PRIMARY KEY)");
            pair.east("INSERT INTO a SELECT generate_series(1, 1000); INSERT INTO z VALUES (-1)");
            pair.west("ALTER TABLE z ADD CHECK (id > 0)");
            Result result = pair.run("init", "--copy-from", "east");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err())
                    .contains("site west: copying table public.z from site east failed")
                    .contains("z_id_check")
                    .doesNotContain("\tat ");
            assertThat(pair.value("west", "SELECT count(*) FROM a")).isEqualTo("0");
            pair.requireNoTrace();
        }
    }

    @Test
    void an_open_transaction_ends_the_wait_for_a_slot_and_is_named() throws Exception {
        try (Pair pair = Pair.open();
                Connection open = pair.both("CREATE TABLE a (id int PRIMARY KEY)")
                        .server("west")
                        .connect(pair.database());
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO a VALUES (1)");
            Result result = pair.run("init", "--equal", "--slot-wait", "1s");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err())
                    .contains("site west: transactions that were open at the beginning did not end within 1 s")
                    .contains("of postgres in database " + pair.database());
            pair.requireNoTrace();
            open.rollback();
        }
    }

    @Test
    void equal_sites_are_verified_and_different_ones_are_shown_and_left_alone() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (k text, n int, v text, PRIMARY KEY (k, n)); CREATE TABLE same (id int PRIMARY"
                    + " KEY); INSERT INTO same VALUES (1); INSERT INTO t SELECT chr(65 + g % 26) ||"
                    + " E'\\u00e9\\U0001F600', g, NULL FROM generate_series(1, 500) g");
            Result equal = pair.run("init", "--equal");
            assertThat(equal.exitCode()).as(equal.all()).isZero();
            assertThat(pair.run("remove").exitCode()).isZero();
            pair.east("UPDATE t SET v = '' WHERE n = 77; DELETE FROM t WHERE n = 78");
            pair.west("DELETE FROM t WHERE n IN (1, 500)");
            Result different = pair.run("init", "--equal");
            assertThat(different.exitCode()).isEqualTo(3);
            assertThat(different.out())
                    .doesNotContain("public.same")
                    .containsPattern("public\\.t +499 +498 +4 rows differ")
                    .containsPattern("public\\.t k=Z.*, n=77: different\n +COLUMN +east +west\n +v +'' +NULL")
                    .containsPattern("public\\.t k=A.*, n=78: missing at east, there at west")
                    .containsPattern("public\\.t k=B.*, n=1: missing at west, there at east");
            pair.requireNoTrace();
        }
    }

    @Test
    void remove_stops_before_a_running_engine_and_removes_everything_from_the_sites_it_can_reach() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            try (Connection engine = pair.server("west").connect(pair.database());
                    Statement statement = engine.createStatement()) {
                statement.execute("SELECT pg_advisory_lock(" + 0x656e7477 + ", 1)");
                Result result = pair.run("remove");
                assertThat(result.exitCode()).isEqualTo(1);
                assertThat(result.err()).contains("site west: the engine, or another command, is at work");
                assertThat(pair.run("init", "--equal").exitCode()).isEqualTo(1);
            }
            pair.await("west", "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'");
            pair.withUrl("east", "jdbc:postgresql://127.0.0.1:1/shop?connectTimeout=2");
            Result result = pair.run("remove");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).contains("not removed: site east");
            assertThat(result.out()).contains("west: removed slot entwine_" + pair.database());
            pair.requireNoTrace();
        }
    }

    @Test
    void what_somebody_else_made_under_our_name_is_left_alone() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            pair.east("CREATE PUBLICATION entwine FOR TABLE t");
            assertThat(pair.run("init", "--equal").err()).contains("a publication named entwine");
            assertThat(pair.run("remove").out()).contains("east: nothing was there");
            pair.west("CREATE SCHEMA entwine; CREATE TABLE entwine.mine (id int PRIMARY KEY)");
            pair.east("DROP PUBLICATION entwine");
            Result result = pair.run("init", "--equal");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).contains("a schema named entwine that the engine did not make");
            assertThat(pair.run("remove").exitCode()).isZero();
            assertThat(pair.value("west", "SELECT to_regclass('entwine.mine') IS NOT NULL"))
                    .isEqualTo("t");
        }
    }
}
