package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several sites written at random, with and without an engine that is killed in between: whoever looks meanwhile never sees a constraint
 * broken, and in the end the sites are equal, sums exact, and every version is there, replaced by who had seen it, or in the journal.
 * {@code -Dstorm.transactions} sets how many are accepted (5,000), {@code -Dstorm.seed} repeats a run.
 */
final class ConstraintStormIT {
    private static final int TRANSACTIONS = Integer.getInteger("storm.transactions", 5_000);
    private static final long SEED = Long.getLong("storm.seed", System.nanoTime() % 1_000_000);
    private static final int WRITERS = 2;
    private static final int ROUNDS = 4;

    /** What waits at once stays the same, however many there are in all: the sites come into step after so many. */
    private static final int STORM_MAX = 5_000;

    private static final int STORMS = (TRANSACTIONS + STORM_MAX - 1) / STORM_MAX;

    private final StormWriter.Memory memory = new StormWriter.Memory();
    private final AtomicLong looks = new AtomicLong();

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void no_constraint_is_ever_broken_and_nothing_is_lost(int count) throws Exception {
        System.out.println("storm.seed=" + SEED + ", " + count + " sites");
        String[] names = List.of("east", "west", "north").subList(0, count).toArray(String[]::new);
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                        .withRules(StormWriter.RULES);
                ExecutorService threads = Executors.newCachedThreadPool()) {
            sites.everywhere(StormWriter.SCHEMA);
            sites.command(0, "init", "--equal");
            List<Future<?>> watchers = new ArrayList<>();
            sites.names().forEach(site -> watchers.add(threads.submit(() -> watch(sites, site))));
            try {
                for (int storm = 0; storm < STORMS; storm++) {
                    storm(sites, threads, storm * ROUNDS);
                }
            } finally {
                threads.shutdownNow();
            }
            for (Future<?> watcher : watchers) {
                watcher.get();
            }
            judge(sites);
        }
    }

    private void storm(Sites sites, ExecutorService threads, int first) throws Exception {
        for (int round = first; round < first + ROUNDS - 1; round++) {
            Process engine = round(sites, threads, round);
            Thread.sleep(new Random(SEED + round).nextInt(2_000));
            engine.destroyForcibly().waitFor();
        }
        Process engine = round(sites, threads, first + ROUNDS - 1);
        sites.command(0, "wait", "--timeout", "110s");
        engine.destroyForcibly().waitFor();
        System.out.println(memory.transactions + " transactions, in step");
    }

    /** Half of what is written before the engine runs, so that the sites are apart. */
    private Process round(Sites sites, ExecutorService threads, int round) throws Exception {
        int parts = STORMS * ROUNDS * 2 * WRITERS * sites.names().size();
        int each = (TRANSACTIONS + parts - 1) / parts;
        write(sites, threads, SEED + round * 100L, each);
        Process engine = sites.engine();
        write(sites, threads, SEED + round * 100L + 50, each);
        return engine;
    }

    private void write(Sites sites, ExecutorService threads, long seed, int transactions) throws Exception {
        List<Future<?>> writers = new ArrayList<>();
        int number = 0;
        for (String site : sites.names()) {
            for (int i = 0; i < WRITERS; i++) {
                writers.add(threads.submit(new StormWriter(sites, site, seed * 31 + number++, memory, transactions)));
            }
        }
        for (Future<?> writer : writers) {
            writer.get();
        }
    }

    private Void watch(Sites sites, String site) throws SQLException {
        try (Connection connection = sites.connect(site);
                Statement statement = connection.createStatement()) {
            while (!Thread.currentThread().isInterrupted()) {
                try (ResultSet row = statement.executeQuery(StormJudge.BROKEN)) {
                    row.next();
                    assertThat(row.getLong(1)).as("broken at site " + site).isZero();
                }
                looks.incrementAndGet();
                try {
                    TimeUnit.MILLISECONDS.sleep(5);
                } catch (InterruptedException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private void judge(Sites sites) throws SQLException {
        new StormJudge(sites, memory).requireAllKept();
        for (String site : sites.names()) {
            assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        }
        System.out.println(memory.transactions + " transactions, " + looks + " looks, conflicts by kind: "
                + sites.value(
                        "east",
                        "SELECT string_agg(n, ', ') FROM (SELECT kind || ' ' || policy || ' ' || count(*) AS n FROM"
                                + " entwine.conflict GROUP BY kind, policy ORDER BY kind, policy) k"));
    }
}
