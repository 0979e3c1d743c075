package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.PostgresVersions;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scripted histories, with the engine stopped while sites write apart: the journal says exactly what collided, and no more. */
final class ExactnessIT {
    private static final String JOURNAL = """
        SELECT coalesce(string_agg(concat_ws(' ', key ->> 'id', kind, 'won', winner), '; '
                        ORDER BY (key ->> 'id')::int, kind), '') FROM entwine.conflict\
        """;

    static List<PostgresBinaries> versions() {
        return PostgresVersions.all();
    }

    private static Sites start(PostgresBinaries version, PostgresOptions options) throws Exception {
        Sites sites = Sites.start(version, options, "east", "west");
        sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text, n int, big text);"
                + " ALTER TABLE t ALTER big SET STORAGE EXTERNAL;"
                + " INSERT INTO t SELECT i, 'base', 0, repeat('b', 9000) FROM generate_series(1, 30) i");
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** Runs the engine until everything is everywhere, and stops it as an operator would. */
    private static void synchronize(Sites sites) throws IOException, InterruptedException {
        synchronize(sites, 0);
    }

    /** @param exitCode of {@code wait}, which tells of parked changes once all others have arrived */
    private static void synchronize(Sites sites, int exitCode) throws IOException, InterruptedException {
        Process engine = sites.engine();
        sites.command(exitCode, "wait", "--timeout", "60s");
        Sites.stop(engine);
    }

    private static void requireEqual(Sites sites) throws SQLException {
        sites.requireEqual(List.of("t"), "t.id::text");
    }

    @ParameterizedTest
    @MethodSource("versions")
    void every_kind_of_conflict_is_found_and_nothing_else(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version, PostgresOptions.DEFAULTS)) {
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 2");
            sites.execute("west", "DELETE FROM t WHERE id = 2");
            sites.execute("east", "DELETE FROM t WHERE id = 3");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 3");
            sites.execute("east", "DELETE FROM t WHERE id = 4");
            sites.execute("west", "DELETE FROM t WHERE id = 4");
            sites.execute("east", "INSERT INTO t VALUES (101, 'east', 1, 'e')");
            sites.execute("west", "INSERT INTO t VALUES (101, 'west', 2, 'w')");
            sites.execute("east", "UPDATE t SET id = 105 WHERE id = 5");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 5");
            // not one of these is a conflict
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 10");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 11");
            sites.execute("west", "DELETE FROM t WHERE id = 12; INSERT INTO t VALUES (12, 'again', 0, 'x')");
            sites.execute("east", "BEGIN; UPDATE t SET v = 'never' WHERE id = 11; ROLLBACK");
            sites.execute(
                    "east", "BEGIN; INSERT INTO t VALUES (102, 'x', 0, ''); DELETE FROM t WHERE id = 102; COMMIT");
            sites.execute("west", "INSERT INTO t VALUES (102, 'mine', 0, '')");
            synchronize(sites);
            requireEqual(sites);
            String expected = "1 update_update won west; 2 update_delete won west; 3 delete_update won west;"
                    + " 4 delete_delete won west; 5 delete_update won west; 101 insert_insert won west";
            assertThat(sites.value("east", JOURNAL)).isEqualTo(expected);
            assertThat(sites.value("west", JOURNAL)).isEqualTo(expected);
            assertThat(sites.value(
                            "east",
                            "SELECT string_agg(id || v, ' ' ORDER BY id) FROM t WHERE id IN (1, 2, 3, 4, 5,"
                                    + " 10, 11, 12, 101, 102, 105)"))
                    .isEqualTo("1west 3west 5west 10east 11west 12again 101west 102mine 105base");
        }
    }

    @Test
    void who_has_seen_a_change_is_not_in_conflict_with_it_in_any_order_of_stops() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS)) {
            sites.execute("east", "UPDATE t SET v = 'e1' WHERE id = 1");
            synchronize(sites);
            sites.execute("west", "UPDATE t SET v = v || ' w1' WHERE id = 1");
            synchronize(sites);
            sites.execute("east", "UPDATE t SET v = v || ' e2', n = n + 1 WHERE id = 1");
            sites.execute("east", "UPDATE t SET n = n + 1 WHERE id = 1");
            synchronize(sites);
            sites.execute("west", "DELETE FROM t WHERE id = 1");
            synchronize(sites);
            sites.execute("east", "INSERT INTO t VALUES (1, 'new life', 0, '')");
            synchronize(sites);
            requireEqual(sites);
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 1")).isEqualTo("new life");
            assertThat(sites.value("east", JOURNAL)).isEmpty();
            assertThat(sites.value("west", JOURNAL)).isEmpty();
        }
    }

    @Test
    void a_loser_stands_in_both_journals_whole_and_a_value_that_the_log_left_out_is_not_lost() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS)) {
            sites.execute("east", "UPDATE t SET big = repeat('E', 9000) WHERE id = 1");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 2");
            sites.execute("east", "UPDATE t SET big = repeat('E', 9000) WHERE id = 2");
            synchronize(sites);
            requireEqual(sites);
            assertThat(sites.value("east", "SELECT v || left(big, 1) FROM t WHERE id = 1"))
                    .isEqualTo("westb");
            assertThat(sites.value("east", "SELECT v || left(big, 1) FROM t WHERE id = 2"))
                    .isEqualTo("baseE");
            for (String site : sites.names()) {
                String lost =
                        "SELECT string_agg((losers -> 0 -> 'image' ->> 'v') || left(losers -> 0 -> 'image' ->> 'big',"
                                + " 1), ' ' ORDER BY (key ->> 'id')::int) FROM entwine.conflict";
                assertThat(sites.value(site, lost)).as("losers at " + site).isEqualTo("baseE westb");
            }
        }
    }

    @Test
    void with_a_clock_an_hour_ahead_a_later_write_that_had_seen_the_earlier_one_never_loses() throws Exception {
        Assumptions.assumeTrue(PostgresServer.canShiftClock(), "libfaketime is not installed");
        Duration ahead = Duration.ofHours(1);
        try (Sites sites = Sites.start(
                PostgresBinaries.bundled(),
                site -> site.equals("east")
                        ? PostgresOptions.DEFAULTS.withClockOffset(ahead)
                        : PostgresOptions.DEFAULTS,
                "east",
                "west",
                "north")) {
            sites.everywhere(
                    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'base'), (2, 'base')");
            sites.command(0, "init", "--equal");
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1");
            synchronize(sites);
            sites.execute("west", "UPDATE t SET v = v || ', then west' WHERE id = 1");
            sites.execute("north", "UPDATE t SET v = 'apart' WHERE id = 2");
            sites.execute("east", "UPDATE t SET v = 'ahead' WHERE id = 2");
            synchronize(sites);
            requireEqual(sites);
            assertThat(sites.value("north", "SELECT v FROM t WHERE id = 1")).isEqualTo("east, then west");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 2")).isEqualTo("ahead");
            assertThat(sites.value("west", JOURNAL)).isEqualTo("2 update_update won east");
        }
    }

    @Test
    void a_row_that_the_other_site_refuses_is_parked_whole_with_what_follows_and_the_rest_flows() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS)) {
            sites.execute("west", "ALTER TABLE t ADD CONSTRAINT small CHECK (n < 100)");
            sites.execute("east", "BEGIN; UPDATE t SET n = 500 WHERE id = 1; UPDATE t SET n = 5 WHERE id = 2; COMMIT");
            synchronize(sites, 3);
            sites.execute("east", "UPDATE t SET n = 6 WHERE id = 1");
            sites.execute("east", "UPDATE t SET n = 7 WHERE id = 3");
            synchronize(sites, 3);
            assertThat(sites.value("west", "SELECT string_agg(n::text, ' ' ORDER BY id) FROM t WHERE id <= 3"))
                    .isEqualTo("0 5 7");
            assertThat(sites.value(
                            "west",
                            "SELECT string_agg(concat_ws(' ', key ->> 'id', operation, image ->> 'n', sqlstate), '; '"
                                    + " ORDER BY id) FROM entwine.parked"))
                    .isEqualTo("1 update 500 23514; 1 update 6");
        }
    }

    @Test
    void a_truncate_is_parked_and_takes_nothing_away_elsewhere() throws Exception {
        try (Sites sites = start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS)) {
            sites.execute("east", "TRUNCATE t");
            sites.execute("east", "INSERT INTO t VALUES (500, 'after', 0, '')");
            synchronize(sites, 3);
            assertThat(sites.value("west", "SELECT count(*) FROM t")).isEqualTo("31");
            assertThat(sites.value(
                            "west", "SELECT string_agg(operation || ' ' || table_name, ';') FROM entwine.parked"))
                    .isEqualTo("truncate t");
        }
    }

    @Test
    void policies_other_than_latest_decide_as_they_say() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                .withRules("  - match: public.first\n    on_conflict: earliest\n"
                        + "  - match: public.rank\n    on_conflict: precedence\n")) {
            for (String table : Stream.of("first", "rank").toList()) {
                sites.everywhere("CREATE TABLE " + table + " (id int PRIMARY KEY, v text); INSERT INTO " + table
                        + " VALUES (1, 'base'), (2, 'base')");
            }
            sites.command(0, "init", "--equal");
            for (String table : List.of("first", "rank")) {
                sites.execute("west", "UPDATE " + table + " SET v = 'west' WHERE id = 1");
                sites.execute("east", "UPDATE " + table + " SET v = 'east' WHERE id = 1");
                sites.execute("east", "UPDATE " + table + " SET v = 'east' WHERE id = 2");
                sites.execute("west", "UPDATE " + table + " SET v = 'west' WHERE id = 2");
            }
            synchronize(sites);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT string_agg(v, ' ' ORDER BY id) FROM first"))
                        .isEqualTo("west east");
                assertThat(sites.value(site, "SELECT string_agg(v, ' ' ORDER BY id) FROM rank"))
                        .isEqualTo("east east");
            }
        }
    }
}
