package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code verify} and {@code repair} while all sites are written and an engine carries the changes.
 * {@code -Dverify.runs=20 -Dverify.rate=2500} for long: the rate is that of operations at each site.
 */
final class LiveVerifyIT {
    private static final int RUNS = Integer.getInteger("verify.runs", 3);
    private static final int RATE = Integer.getInteger("verify.rate", 400);
    private static final int ROWS = Integer.getInteger("verify.rows", 300);
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final String STILL = """
        CREATE TABLE still (id int PRIMARY KEY, v text);
        INSERT INTO still SELECT g, 'v' FROM generate_series(1, 5000) g;
        """;

    /** A change that the log shows as the engine's own. */
    private static String unseen(String sql) {
        return "BEGIN; SELECT pg_logical_emit_message(true, 'entwine', 'apply'); " + sql + "; COMMIT";
    }

    private static Sites start(WorkloadOptions load, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names);
        for (String site : sites.names()) {
            try (Connection connection = sites.connect(site)) {
                Workload.createSchema(connection);
                Workload.fill(connection, load, sites.names());
            }
            sites.execute(site, STILL);
        }
        sites.command(0, "init", "--equal");
        return sites;
    }

    private interface Body {
        void run() throws Exception;
    }

    private static void whileWritten(Sites sites, WorkloadOptions load, Body body) throws Exception {
        TreeMap<String, Workload.Connector> connectors = new TreeMap<>();
        sites.names().forEach(site -> connectors.put(site, () -> sites.connect(site)));
        Workload workload = Workload.start(load, connectors);
        try {
            body.run();
        } finally {
            workload.stop();
        }
    }

    /** The document that verify printed, behind what it logged. */
    private static JsonNode verify(Sites sites, int exitCode, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("verify", "--json"));
        arguments.addAll(List.of(options));
        if (!arguments.contains("--timeout")) {
            arguments.addAll(List.of("--timeout", "100s")); // the machine may be slow
        }
        return document(sites.command(exitCode, arguments.toArray(String[]::new)));
    }

    private static JsonNode document(String text) {
        return MAPPER.readTree(
                text.lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow());
    }

    private static long written(Sites sites) throws Exception {
        long sum = 0;
        for (String site : sites.names()) {
            sum += Long.parseLong(sites.value(
                    site,
                    "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
                            + " WHERE schemaname = 'public'"));
        }
        return sum;
    }

    @Test
    void sites_that_are_written_all_the_time_are_equal_and_planted_differences_are_all_that_is_found()
            throws Exception {
        WorkloadOptions load = new WorkloadOptions(17, RATE, ROWS, 4);
        try (Sites sites = start(load, "east", "west")) {
            sites.engine();
            sites.command(0, "wait");
            whileWritten(sites, load, () -> {
                long before = written(sites);
                long startNanos = System.nanoTime();
                for (int run = 0; run < RUNS; run++) {
                    JsonNode document = verify(sites, 0);
                    assertThat(document.path("engine_running").asBoolean()).isTrue();
                    assertThat(document.path("tables")).hasSize(Workload.TABLES.size() + 1);
                }
                System.out.printf(
                        "verified %d times while %,d rows were written in %d s%n",
                        RUNS, written(sites) - before, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos));
                sites.execute("west", unseen("UPDATE still SET v = 'w' WHERE id = 7"));
                sites.execute("east", unseen("DELETE FROM still WHERE id = 8"));
                sites.execute("east", unseen("INSERT INTO item (id, tag) VALUES (-99, 'planted')"));
                JsonNode found = verify(sites, 3);
                assertThat(differences(found))
                        .containsExactlyInAnyOrder(
                                "public.still 7 different", "public.still 8 missing", "public.item -99 missing");
                JsonNode repaired = document(
                        sites.command(0, "repair", "--apply", "--prefer", "west", "--json", "--timeout", "100s"));
                assertThat(repaired.path("repaired_count").asInt())
                        .as(repaired.toString())
                        .isEqualTo(3);
            });
            sites.command(0, "wait");
            verify(sites, 0);
            assertThat(verify(sites, 0, "--table", "item").path("tables")).hasSize(1);
            assertThat(sites.value("east", "SELECT string_agg(id || v, ' ' ORDER BY id) FROM still WHERE id IN (7, 8)"))
                    .as("as it is at west")
                    .isEqualTo("7w 8v");
            assertThat(sites.value("east", "SELECT count(*) FROM item WHERE id = -99"))
                    .isEqualTo("0");
        }
    }

    private static List<String> differences(JsonNode document) {
        List<String> found = new ArrayList<>();
        for (JsonNode table : document.path("tables")) {
            assertThat(table.path("not_judged_count").asLong())
                    .as(table.toString())
                    .isZero();
            for (JsonNode difference : table.path("differences")) {
                found.add(table.path("table").asString() + " "
                        + difference.path("key").path("id").asString() + " "
                        + difference.path("kind").asString());
            }
        }
        return found;
    }

    @Test
    void three_sites_are_compared_and_the_one_that_differs_is_named() throws Exception {
        WorkloadOptions load = new WorkloadOptions(18, 100, 200, 2);
        try (Sites sites = start(load, "east", "north", "west")) {
            sites.engine();
            sites.command(0, "wait");
            whileWritten(sites, load, () -> {
                verify(sites, 0);
                sites.execute("north", unseen("UPDATE still SET v = NULL WHERE id = 7"));
                JsonNode found = verify(sites, 3);
                assertThat(differences(found)).containsExactly("public.still 7 different");
                assertThat(found.toString())
                        .contains("\"east\":{\"id\":\"7\",\"v\":\"v\"},\"north\":{\"id\":\"7\",\"v\":null},"
                                + "\"west\":{\"id\":\"7\",\"v\":\"v\"}");
            });
        }
    }

    /** Rows that are changed more often than changes travel, and one that is not there most of the time. */
    @Test
    void rows_that_never_stand_still_are_no_false_alarm() throws Exception {
        WorkloadOptions load = new WorkloadOptions(19, 50, 50, 1);
        try (Sites sites = start(load, "east", "west")) {
            sites.engine();
            sites.command(0, "wait");
            AtomicBoolean stop = new AtomicBoolean();
            Thread hot = Thread.ofPlatform().start(() -> hammer(sites, stop));
            try {
                for (int run = 0; run < RUNS; run++) {
                    JsonNode document = verify(sites, 0, "--table", "still");
                    assertThat(differences(document)).isEmpty();
                }
            } finally {
                stop.set(true);
                hot.join();
            }
            sites.command(0, "wait");
            assertThat(differences(verify(sites, 0, "--table", "still"))).isEmpty();
        }
    }

    private static void hammer(Sites sites, AtomicBoolean stop) {
        try (Connection east = sites.connect("east");
                Connection west = sites.connect("west");
                Statement atEast = east.createStatement();
                Statement atWest = west.createStatement()) {
            for (int i = 0; !stop.get(); i++) {
                atEast.execute("UPDATE still SET v = 'e" + i + "' WHERE id = 1");
                atWest.execute("UPDATE still SET v = 'w" + i + "' WHERE id = 2");
                atEast.execute(i % 2 == 0 ? "DELETE FROM still WHERE id = 3" : "INSERT INTO still VALUES (3, 'back')");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void an_engine_that_does_not_get_on_leaves_rows_open_instead_of_calling_them_different() throws Exception {
        WorkloadOptions load = new WorkloadOptions(20, 50, 50, 1);
        try (Sites sites = start(load, "east", "west")) {
            Process engine = sites.engine();
            sites.command(0, "wait");
            new ProcessBuilder("kill", "-STOP", Long.toString(engine.pid()))
                    .start()
                    .waitFor();
            try {
                sites.execute("east", "UPDATE still SET v = 'waits' WHERE id = 5");
                JsonNode document = verify(sites, 3, "--timeout", "1s");
                JsonNode open =
                        document.path("tables").path(Workload.TABLES.size()).path("not_judged");
                assertThat(document.path("equal").asBoolean(true)).isFalse();
                assertThat(open).hasSize(1);
                assertThat(open.path(0).path("reason").asString()).isEqualTo("held");
                assertThat(open.path(0).path("why").asString())
                        .contains("were not applied at")
                        .contains("within 1 s");
            } finally {
                new ProcessBuilder("kill", "-CONT", Long.toString(engine.pid()))
                        .start()
                        .waitFor();
            }
            sites.command(0, "wait");
            verify(sites, 0);
        }
    }
}
