package dev.entwine.engine;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.FaultProxy;
import dev.entwine.testkit.torture.Entry;
import dev.entwine.testkit.torture.Journal;
import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.torture.Schedule;
import dev.entwine.testkit.torture.Tables;
import dev.entwine.testkit.torture.TortureOptions;
import dev.entwine.testkit.torture.TortureWorkload;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import dev.entwine.testkit.witness.Witness;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One torture: sites behind lines that fail, written and read all the time, with engines and servers that are killed and frozen, and a
 * witness at each site that reads along. Used by one thread.
 */
final class TortureRun implements AutoCloseable {
    private static final List<String> NAMES = List.of("east", "west", "north", "south");
    private static final int WITNESS_PAUSE_MILLIS = 5_000;
    private static final int PEACE_MILLIS = 1_500;
    private static final String STEP_MAX = "90s";

    private final Sites sites;
    private final Map<String, FaultProxy> lines = new HashMap<>();
    private final Map<String, Witness> witnesses = new LinkedHashMap<>();
    private final TortureEngines engines;

    private TortureRun(Sites sites) {
        this.sites = sites;
        engines = new TortureEngines(sites);
    }

    /**
     * What came of it.
     *
     * @param faults how many of each kind
     * @param looks  of readers
     * @param ended  engines that nobody had ended
     * @param parked changes that some site holds back
     */
    record Outcome(
            Observations observations,
            SortedMap<Schedule.Kind, Integer> faults,
            long looks,
            List<String> ended,
            long parked) {}

    static TortureRun start(int count) throws Exception {
        String[] names = NAMES.subList(0, count).toArray(String[]::new);
        TortureRun run = new TortureRun(Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(Tables.RULES));
        try {
            run.prepare();
            return run;
        } catch (Exception | Error e) {
            run.close();
            throw e;
        }
    }

    private void prepare() throws SQLException, IOException, InterruptedException {
        for (String site : sites.names()) {
            FaultProxy line = FaultProxy.to("127.0.0.1", sites.server(site).port());
            lines.put(site, line);
            sites.route(site, line.port());
            try (Connection connection = sites.connect(site)) {
                Tables.create(connection, sites.names());
            }
        }
        sites.command(0, "init", "--equal");
        for (String site : sites.names()) {
            witnesses.put(site, Witness.begin(site, () -> sites.connect(site), Tables.ALL));
        }
    }

    Sites sites() {
        return sites;
    }

    Outcome torture(TortureOptions options, Schedule schedule, int seconds) throws Exception {
        Nemesis nemesis = new Nemesis(sites, lines, engines);
        engines.start();
        Map<String, Witness.Connector> connectors = new TreeMap<>();
        sites.names().forEach(site -> connectors.put(site, () -> sites.connect(site)));
        Thread reading = Thread.ofVirtual().name("torture-witnesses").unstarted(this::readOn);
        try (TortureWorkload workload = TortureWorkload.start(options, connectors)) {
            reading.start();
            nemesis.torture(schedule, seconds);
            engines.leaveOne();
            Thread.sleep(PEACE_MILLIS);
            workload.stopWriting();
            reading.interrupt();
            reading.join();
            engines.keepOneRunning();
            sites.command(0, "wait", "--timeout", STEP_MAX);
            return new Outcome(
                    observe(workload), nemesis.done(), workload.looks(), engines.endedByThemselves(), parked());
        } finally {
            reading.interrupt();
        }
    }

    /** Reads along, so that servers need not keep the whole log; one that is down is read later. */
    private void readOn() {
        try {
            while (true) {
                Thread.sleep(WITNESS_PAUSE_MILLIS);
                for (Witness witness : witnesses.values()) {
                    try {
                        witness.read();
                    } catch (SQLException e) {
                        // Killed, or about to be.
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Observations observe(TortureWorkload workload) throws SQLException {
        SortedMap<String, List<Commit>> logs = new TreeMap<>();
        SortedMap<String, SortedMap<RowId, Image>> tables = new TreeMap<>();
        SortedMap<String, List<Entry>> journals = new TreeMap<>();
        for (Map.Entry<String, Witness> witness : witnesses.entrySet()) {
            String site = witness.getKey();
            witness.getValue().read();
            logs.put(site, witness.getValue().commits());
            tables.put(site, witness.getValue().rows());
            try (Connection connection = sites.connect(site)) {
                journals.put(site, Journal.read(connection));
            }
        }
        SortedMap<RowId, Image> before = witnesses.values().iterator().next().before();
        return new Observations(before, logs, tables, journals, workload.acknowledged(), workload.findings());
    }

    private long parked() throws SQLException {
        long parked = 0;
        for (String site : sites.names()) {
            parked += Long.parseLong(sites.value(site, "SELECT count(*) FROM entwine.parked"));
        }
        return parked;
    }

    @Override
    public void close() throws IOException {
        sites.close();
        for (FaultProxy line : lines.values()) {
            line.close();
        }
    }
}
