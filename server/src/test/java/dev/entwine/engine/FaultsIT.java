package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Faults of docs/faults.md that have no better place. */
final class FaultsIT {
    private static Sites start(PostgresOptions options) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), options, "east", "west");
        sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text, n int UNIQUE)");
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** A15. */
    @Test
    void progress_that_was_emptied_stops_the_start() throws Exception {
        try (Sites sites = start(PostgresOptions.DEFAULTS)) {
            sites.execute("east", "INSERT INTO t VALUES (1, 'one', 1)");
            sites.bringInStep();
            sites.execute("west", "TRUNCATE entwine.progress");
            assertThat(sites.command(1, "run"))
                    .contains("site west: its record of what it has applied of site east's changes is gone")
                    .contains("entwine rejoin CONFIG west");
            sites.execute("east", "UPDATE t SET v = 'later'");
            sites.command(0, "rejoin", "west");
            sites.bringInStep();
            sites.requireEqual(List.of("t"), "id::text");
            assertThat(content(sites, "west")).isEqualTo("1 later");
        }
    }

    /** B20: what is prepared counts when it is committed, whenever that is. */
    @Test
    void a_transaction_in_two_phases_is_applied_once_when_it_is_committed() throws Exception {
        try (Sites sites = start(PostgresOptions.DEFAULTS.withSetting("max_prepared_transactions", "5"))) {
            sites.execute("east", "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)");
            sites.bringInStep();
            sites.execute("east", "BEGIN; UPDATE t SET v = 'prepared' WHERE id = 1; PREPARE TRANSACTION 'one'");
            sites.execute("east", "BEGIN; UPDATE t SET v = 'never' WHERE id = 2; PREPARE TRANSACTION 'two'");
            sites.execute("east", "INSERT INTO t VALUES (3, 'three', 3)");
            sites.bringInStep();
            assertThat(content(sites, "west")).isEqualTo("1 one, 2 two, 3 three");
            sites.server("east").kill();
            sites.server("east").startAgain();
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            sites.execute("east", "COMMIT PREPARED 'one'");
            sites.execute("east", "ROLLBACK PREPARED 'two'");
            sites.bringInStep();
            sites.requireAlike(List.of("t"));
            assertThat(content(sites, "west")).isEqualTo("1 prepared, 2 two, 3 three");
            assertThat(sites.value(
                            "west",
                            "SELECT string_agg(kind || ' won by ' || winner || ', lost ' || (losers -> 0 -> 'image' ->>"
                                    + " 'v'), '; ') FROM entwine.conflict"))
                    .as("the later commit wins")
                    .isEqualTo("update_update won by east, lost west");
        }
    }

    private static String content(Sites sites, String site) throws SQLException {
        return sites.value(site, "SELECT string_agg(id || ' ' || v, ', ' ORDER BY id) FROM t");
    }

    /** B21. */
    @Test
    void a_slot_that_the_server_has_invalidated_stops_the_start_and_rejoin_mends_it() throws Exception {
        PostgresOptions little = PostgresOptions.DEFAULTS
                .withSetting("max_slot_wal_keep_size", "16MB")
                .withSetting("max_wal_size", "32MB");
        try (Sites sites = start(little)) {
            sites.execute("east", "INSERT INTO t SELECT i, 'first', i FROM generate_series(1, 50) i");
            sites.bringInStep();
            for (int i = 0; i < 6; i++) {
                sites.execute("east", "UPDATE t SET v = 'round " + i + "' WHERE id <= 20; SELECT pg_switch_wal()");
            }
            sites.execute("east", "DELETE FROM t WHERE id = 50; CHECKPOINT");
            assertThat(sites.value("east", "SELECT wal_status FROM pg_replication_slots"))
                    .isEqualTo("lost");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 30");
            assertThat(sites.command(1, "run")).contains("site east").contains("entwine rejoin");
            sites.command(0, "rejoin", "east");
            sites.bringInStep();
            sites.requireEqual(List.of("t"), "id::text");
            assertThat(sites.value("east", "SELECT v FROM t WHERE id = 30")).isEqualTo("west");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 20")).isEqualTo("round 5");
        }
    }

    /** K03: nothing is cut to fit. */
    @Test
    void a_value_that_a_narrowed_column_does_not_take_is_parked_whole() throws Exception {
        try (Sites sites = start(PostgresOptions.DEFAULTS)) {
            sites.execute("east", "INSERT INTO t VALUES (1, 'abc', 1), (2, 'abc', 2)");
            sites.bringInStep();
            Process engine = sites.engine();
            sites.awaitLogged("running (epoch 2)");
            sites.execute("west", "ALTER TABLE t ALTER v TYPE varchar(3)");
            sites.execute("east", "UPDATE t SET v = 'too long' WHERE id = 1");
            sites.execute("east", "UPDATE t SET v = 'fit' WHERE id = 2");
            sites.command(3, "wait", "--timeout", "60s");
            assertThat(content(sites, "west")).isEqualTo("1 abc, 2 fit");
            assertThat(sites.value(
                            "west",
                            "SELECT string_agg(concat_ws(' ', image ->> 'v', sqlstate), ';')" + " FROM entwine.parked"))
                    .isEqualTo("too long 22001");
            assertThat(engine.isAlive()).isTrue();
        }
    }
}
