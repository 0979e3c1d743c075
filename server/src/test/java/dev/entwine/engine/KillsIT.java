package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.Accounting;
import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import dev.entwine.testkit.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A mixed load at every site while the engine and the servers are killed; at the end the sites are equal and every acknowledged
 * write is accounted for. {@code -Dkills.engine=20 -Dkills.server=5 -Dkills.rate=500} is the long form; {@code -Dkills.seed} repeats
 * one.
 */
final class KillsIT {
    private static final int ENGINE_KILLS = Integer.getInteger("kills.engine", 4);
    private static final int SERVER_KILLS = Integer.getInteger("kills.server", 1);
    private static final int RATE = Integer.getInteger("kills.rate", 150);
    private static final long SEED = Long.getLong("kills.seed", System.nanoTime());

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void nothing_is_lost_or_doubled_whatever_is_killed(int count) throws Exception {
        System.out.println("kills.seed=" + SEED);
        String[] names = List.of("east", "west", "north").subList(0, count).toArray(new String[0]);
        PostgresOptions options = PostgresOptions.DEFAULTS.withFsync();
        WorkloadOptions load = new WorkloadOptions(SEED, RATE, 300, 3);
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), options, names)) {
            fill(sites, load);
            sites.command(0, "init", "--equal");
            Workload workload = Workload.start(load, connectors(sites));
            killAll(sites, new SplittableRandom(SEED));
            workload.stop();
            sites.command(0, "wait", "--timeout", "60s");
            judge(sites, workload.recorder().writes());
        }
    }

    private static void fill(Sites sites, WorkloadOptions load) throws SQLException, IOException {
        for (String site : sites.names()) {
            try (Connection connection = sites.connect(site)) {
                Workload.createSchema(connection);
                Workload.fill(connection, load, sites.names());
            }
        }
    }

    private static Map<String, Workload.Connector> connectors(Sites sites) {
        Map<String, Workload.Connector> connectors = new TreeMap<>();
        for (String site : sites.names()) {
            connectors.put(site, () -> sites.connect(site));
        }
        return connectors;
    }

    /** The engine is killed and started again in between; in the last stretch it runs in peace. */
    private static void killAll(Sites sites, SplittableRandom random) throws Exception {
        Process engine = sites.engine();
        for (int i = 0; i < ENGINE_KILLS; i++) {
            Thread.sleep(1500 + random.nextInt(2500));
            engine.destroyForcibly().waitFor();
            engine = sites.engine();
        }
        for (int i = 0; i < SERVER_KILLS; i++) {
            for (String site : sites.names()) {
                Thread.sleep(1500 + random.nextInt(1500));
                sites.server(site).kill();
                Thread.sleep(random.nextInt(500));
                sites.server(site).startAgain();
            }
        }
        Thread.sleep(2000);
        assertThat(engine.isAlive())
                .as(() -> "the engine ended by itself: " + tail(sites))
                .isTrue();
    }

    private static String tail(Sites sites) {
        try {
            List<String> lines = Files.readAllLines(sites.engineLog());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void judge(Sites sites, List<Write> writes) throws SQLException {
        sites.requireEqual(Workload.TABLES, "t.tag");
        assertThat(writes.size()).as("writes").isGreaterThan(1000);
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked"))
                    .as("parked at " + site)
                    .isEqualTo("0");
            assertThat(sites.value(site, "SELECT string_agg(id, ',' ORDER BY id COLLATE \"C\") FROM entwine.conflict"))
                    .as("journal of " + site)
                    .isEqualTo(sites.value(
                            sites.names().getFirst(),
                            "SELECT string_agg(id, ',' ORDER BY id COLLATE \"C\") FROM entwine.conflict"));
            try (Connection connection = sites.connect(site)) {
                assertThat(Accounting.missing(connection, writes))
                        .as("acknowledged writes that are nowhere, seen from " + site)
                        .isEmpty();
            }
        }
        System.out.println(writes.size() + " writes, "
                + sites.value(sites.names().getFirst(), "SELECT count(*) FROM entwine.conflict") + " conflicts");
    }
}
