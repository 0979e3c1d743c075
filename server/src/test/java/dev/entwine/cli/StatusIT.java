package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The part of a running engine that these commands can see is played by sessions that hold its lock and write its tables. */
final class StatusIT {
    private static final String PUBLISHED = """
        {"sites": {"east": {"connected": true, "since": "2026-01-02T03:04:05Z"},
                   "west": {"connected": false, "since": "2026-01-02T03:04:06Z"}},
         "links": [{"from": "east", "to": "west", "lag_ms": 12, "queued_changes": 3, "queued_bytes": 2048, "state": "streaming"}],
         "counters": {"captured": 10, "applied": 7, "superseded": 1, "conflicts": 2, "parked": 0, "filtered": 0, "in_flight": 3},
         "in_step": true}
        """;

    @Test
    void status_works_without_engine_schema_or_site() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            Result bare = pair.run("status", "--json");
            assertThat(bare.exitCode()).isZero();
            assertThat(bare.json()
                            .path("sites")
                            .path("east")
                            .path("initialized")
                            .isNull())
                    .isTrue();
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            JsonNode status = pair.run("status", "--json").json();
            assertThat(status.path("in_step").asBoolean(true)).isFalse();
            assertThat(status.path("engine").toString())
                    .isEqualTo("{\"running\":false,\"lease_epoch\":0,\"host\":\"\"}");
            JsonNode east = status.path("sites").path("east");
            assertThat(east.path("connected").asBoolean()).isTrue();
            assertThat(east.path("server").asString()).startsWith("PostgreSQL 18.");
            assertThat(east.path("position").asString()).matches("[0-9A-F]+/[0-9A-F]+");
            assertThat(east.path("wal_held_bytes").isNumber()).isTrue();
            assertThat(east.path("incarnation").asString())
                    .isEqualTo(pair.value("east", "SELECT incarnation FROM entwine.meta"));
            assertThat(status.path("links"))
                    .hasSize(2)
                    .allMatch(link -> link.path("state").asString().equals("down"))
                    .allMatch(link -> link.path("held").asString().equals("no engine runs"));
            assertThat(status.path("counters").path("captured").asLong(-1)).isZero();
            assertThat(pair.run("status").out()).contains("engine not running").contains("connected");

            pair.withUrl("west", "jdbc:postgresql://127.0.0.1:1/shop?connectTimeout=2");
            Result half = pair.run("status", "--json");
            assertThat(half.exitCode()).isZero();
            JsonNode west = half.json().path("sites").path("west");
            assertThat(west.path("connected").asBoolean(true)).isFalse();
            assertThat(west.path("since").isNull()).isTrue();
            assertThat(half.err()).contains("site west: no connection to");
        }
    }

    @Test
    void status_shows_what_a_running_engine_published() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            pair.west("INSERT INTO entwine.parked (table_schema, table_name, source, position, operation, error)"
                    + " VALUES ('public', 't', 'east', '0/1', 'INSERT', 'why')");
            try (Connection engine = pair.server("east").connect(pair.database());
                    Statement statement = engine.createStatement()) {
                statement.execute("SELECT pg_advisory_lock(" + 0x656e7477 + ", 1)");
                renew(pair, "now()");
                JsonNode status = pair.run("status", "--json").json();
                assertThat(status.path("in_step").asBoolean(true))
                        .as("in step, with a parked change")
                        .isFalse();
                assertThat(status.path("counters").path("parked").asLong()).isEqualTo(1);
                assertThat(status.path("engine").toString())
                        .isEqualTo("{\"running\":true,\"lease_epoch\":7,\"host\":\"machine\"}");
                assertThat(status.path("sites").path("east").path("since").asString())
                        .isEqualTo("2026-01-02T03:04:05Z");
                assertThat(status.path("sites").path("west").path("connected").asBoolean(true))
                        .isFalse();
                assertThat(status.path("sites").path("west").path("parked").asLong())
                        .isEqualTo(1);
                assertThat(status.path("links")).hasSize(1);
                assertThat(status.path("counters").path("applied").asLong()).isEqualTo(7);
                assertThat(pair.run("status").out())
                        .contains("running on machine, lease epoch 7; not in step, 1 changes parked")
                        .contains("streaming")
                        .contains("12 ms")
                        .contains("2.0 kB");
                pair.west("DELETE FROM entwine.parked");
                assertThat(pair.run("status").out()).contains("running on machine, lease epoch 7; in step");
                renew(pair, "now() - interval '11 s'");
                assertThat(running(pair)).as("with a lease of 11 s ago").isFalse();
                renew(pair, "now()");
            }
            pair.await("east", "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'");
            assertThat(running(pair)).as("without the lock").isFalse();
        }
    }

    private static void renew(Pair pair, String when) throws SQLException {
        pair.east("UPDATE entwine.lease SET epoch = 7, host = 'machine', renewed_at = " + when + ", status = '"
                + PUBLISHED + "'");
    }

    private static boolean running(Pair pair) throws Exception {
        return pair.run("status", "--json")
                .json()
                .path("engine")
                .path("running")
                .asBoolean();
    }

    @Test
    void wait_ends_when_every_site_has_applied_two_pings_of_every_other_one() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("wait").err()).contains("site east is not initialized");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            CompletableFuture<Result> waiting = CompletableFuture.supplyAsync(() -> wait(pair, "60s"));
            copyPositions(pair, "east", "west");
            assertThat(waiting).as("with one site behind").isNotDone();
            Result result = waitWhileApplying(pair, waiting);
            assertThat(result.exitCode()).as(result.all()).isZero();
            assertThat(result.json().path("in_step").asBoolean()).isTrue();
            assertThat(result.json().path("behind")).isEmpty();
        }
    }

    private static Result waitWhileApplying(Pair pair, CompletableFuture<Result> waiting) throws Exception {
        while (!waiting.isDone()) {
            copyPositions(pair, "west", "east");
            copyPositions(pair, "east", "west");
        }
        return waiting.get(60, TimeUnit.SECONDS);
    }

    @Test
    void wait_counts_what_is_parked_as_not_in_step() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            pair.west("INSERT INTO entwine.parked (table_schema, table_name, source, position, operation, error)"
                    + " SELECT 'public', 't', 'east', '0/1', 'INSERT', 'why' FROM generate_series(1, 3)");
            Result result = waitWhileApplying(pair, CompletableFuture.supplyAsync(() -> wait(pair, "60s")));
            assertThat(result.exitCode()).as(result.all()).isEqualTo(3);
            assertThat(result.json().path("in_step").asBoolean(true)).isFalse();
            assertThat(result.json().path("behind").toString()).isEqualTo("[{\"to\":\"west\",\"parked\":3}]");
            assertThat(pair.run("wait", "--timeout", "100ms").out()).contains("site west has parked 3 changes");
        }
    }

    /** As if everything in the source's log were applied. */
    private static void copyPositions(Pair pair, String source, String target) throws SQLException {
        String position = pair.value(source, "SELECT pg_current_wal_insert_lsn()::text");
        pair.server(target)
                .execute(
                        pair.database(),
                        "UPDATE entwine.progress SET position = '" + position + "' WHERE source = '" + source + "'");
    }

    private static Result wait(Pair pair, String timeout) {
        try {
            return pair.run("wait", "--json", "--timeout", timeout);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void wait_says_what_is_behind_when_the_time_is_over_and_that_no_engine_runs() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY)");
            assertThat(pair.run("init", "--equal").exitCode()).isZero();
            copyPositions(pair, "east", "west");
            Result result = wait(pair, "300ms");
            assertThat(result.exitCode()).isEqualTo(3);
            JsonNode document = result.json();
            assertThat(document.path("in_step").asBoolean(true)).isFalse();
            assertThat(document.path("waited_ms").asLong()).isBetween(300L, 10_000L);
            assertThat(document.path("behind"))
                    .anySatisfy(link -> assertThat(link.path("from").asString()
                                    + link.path("to").asString())
                            .isEqualTo("westeast"));
            assertThat(result.err()).contains("the engine does not run");
            assertThat(pair.run("wait", "--timeout", "100ms").out())
                    .contains("not in step")
                    .contains("APPLIED UP TO");
        }
    }
}
