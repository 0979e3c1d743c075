package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.fault.FaultPoint;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The program dies at each of its fault points, one after the other, while both sites are written: after each death another one goes on
 * from what the databases hold. {@code -Dcrash.seed} repeats a run, {@code -Dcrash.points=apply.written,commit.after} walks some of them.
 */
final class CrashPointsIT {
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime() % 1_000_000);
    private static final String ONLY = System.getProperty("crash.points", "");
    private static final int ROUNDS = 3;
    private static final int BURSTS_MAX = 20;
    private static final int PAUSE_SECONDS = 5;
    private static final int TRANSACTIONS = 10;

    /** West takes no note that says 'bad'. */
    private static final String NOTES = "CREATE TABLE note (id int PRIMARY KEY, says text)";

    private static final Set<FaultPoint> OF_INIT = EnumSet.range(FaultPoint.INIT_SCHEMA, FaultPoint.INIT_MARKED);

    private final StormWriter.Memory memory = new StormWriter.Memory();
    private final Map<String, String> objects = new ConcurrentHashMap<>();
    private final Set<Integer> notes = ConcurrentHashMap.newKeySet();
    private int rounds;

    @Test
    void an_engine_may_die_anywhere() throws Exception {
        System.out.println("crash.seed=" + SEED);
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                        .withRules(RekeyIT.rules() + StormWriter.RULES);
                ExecutorService threads = Executors.newCachedThreadPool()) {
            sites.everywhere(StormWriter.SCHEMA + Files.readString(RekeyIT.EXAMPLE.resolve("ccdb.sql")) + ";" + NOTES);
            sites.execute("west", "ALTER TABLE note ADD CONSTRAINT polite CHECK (says <> 'bad')");
            sites.command(0, "init", "--equal");
            int deaths = 0;
            for (FaultPoint point : wanted()) {
                for (int passes : passes(point)) {
                    die(sites, threads, point, passes);
                    deaths++;
                }
            }
            Process engine = sites.engine();
            assertThat(sites.command(3, "wait", "--timeout", "100s", "--json"))
                    .as("nothing is behind, only parked")
                    .contains("\"parked\"")
                    .doesNotContain("\"from\"");
            assertThat(engine.isAlive()).as("the engine runs").isTrue();
            judge(sites);
            System.out.println(deaths + " deaths at " + wanted().size() + " points, " + memory.transactions + " + "
                    + objects.size() + " + " + notes.size() + " transactions; conflicts, changed ids, parked: "
                    + sites.value(
                            "west",
                            "SELECT concat_ws(', ', (SELECT count(*) FROM entwine.conflict),"
                                    + " (SELECT count(*) FROM entwine.rekeyed), (SELECT count(*) FROM"
                                    + " entwine.parked))"));
        }
    }

    private static List<FaultPoint> wanted() {
        List<FaultPoint> points = new ArrayList<>(EnumSet.complementOf(EnumSet.copyOf(OF_INIT)));
        if (!ONLY.isEmpty()) {
            points.removeIf(point -> !List.of(ONLY.split(",", -1)).contains(point.toString()));
        }
        return points;
    }

    /** What happens once at each start, at its first and its second site; the others early, and when much is under way. */
    private static List<Integer> passes(FaultPoint point) {
        return switch (point) {
            case LEASE_LOCKED, EPOCH_BEGUN -> List.of(1, 2);
            case APPLY_WRITTEN, COMMIT_BEFORE, COMMIT_AFTER -> List.of(1, 7);
            case CAPTURE_READ, CAPTURE_TAKEN, ACKNOWLEDGE_BEFORE, ACKNOWLEDGE_AFTER, APPLY_FENCED, COMMIT_TOLD ->
                List.of(4);
            default -> List.of(1);
        };
    }

    /** Writes on until it has died: some points take a collision, or two. In between the engine has time for what has come together. */
    private void die(Sites sites, ExecutorService threads, FaultPoint point, int passes) throws Exception {
        Process engine = sites.engineEndingAt(point, passes);
        int bursts = 0;
        do {
            for (int i = 0; i < ROUNDS && engine.isAlive(); i++) {
                write(sites, threads);
            }
        } while (!engine.waitFor(PAUSE_SECONDS, TimeUnit.SECONDS) && ++bursts < BURSTS_MAX);
        assertThat(engine.isAlive())
                .as(point + " was not passed " + passes + " times; see " + sites.engineLog())
                .isFalse();
        assertThat(engine.exitValue())
                .as("exit at " + point + "; see " + sites.engineLog())
                .isEqualTo(FaultPoint.EXIT_CODE);
    }

    private void write(Sites sites, ExecutorService threads) throws Exception {
        List<Future<?>> work = new ArrayList<>();
        // New texts each time, so that both sites give ids to them.
        ConditionsWriter.Texts texts = new ConditionsWriter.Texts(10 * ++rounds, 10);
        int number = 10 * rounds;
        for (String site : sites.names()) {
            number++;
            work.add(threads.submit(new StormWriter(sites, site, SEED * 31 + number, memory, TRANSACTIONS)));
            work.add(threads.submit(new ConditionsWriter(sites, site, number, SEED, TRANSACTIONS / 2, objects, texts)));
        }
        work.add(threads.submit(() -> note(sites)));
        for (Future<?> each : work) {
            each.get();
        }
    }

    private Void note(Sites sites) throws SQLException {
        int id = notes.size() + 1;
        try (Connection connection = sites.connect("east");
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO note VALUES (" + id + ", '" + (id % 3 == 0 ? "bad" : "good") + "')");
        }
        notes.add(id);
        return null;
    }

    private void judge(Sites sites) throws SQLException {
        assertThat(sites.texts(
                        "west",
                        "SELECT concat_ws(' ', table_name, key, sqlstate, error) FROM entwine.parked WHERE"
                                + " table_name <> 'note'"))
                .as("parked of other tables")
                .isEmpty();
        new StormJudge(sites, memory).requireAllKept();
        sites.requireEqual(RekeyIT.TABLES, "t::text");
        for (String site : sites.names()) {
            assertThat(sites.rows(site, RekeyStormIT.MEANING))
                    .as("objects at " + site)
                    .isEqualTo(new TreeMap<>(objects));
            assertThat(sites.value(
                            site,
                            "SELECT count(*) FROM path_total t WHERE (objects, bytes) <> (SELECT count(*), count(*)"
                                    + " FROM object o WHERE o.path = t.path)"))
                    .as("totals that are wrong at " + site)
                    .isEqualTo("0");
        }
        String bad = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM note WHERE says = 'bad'";
        assertThat(sites.value("west", "SELECT string_agg(key ->> 'id', ' ' ORDER BY id) FROM entwine.parked"))
                .as("parked, once each and in their order")
                .isEqualTo(sites.value("east", bad));
        String good = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM note WHERE says = 'good'";
        assertThat(sites.value("west", good)).isEqualTo(sites.value("east", good));
        String journal = "SELECT string_agg(concat_ws(' ', id, kind, policy, winner, status), '; ' ORDER BY id) FROM"
                + " entwine.conflict";
        assertThat(sites.value("west", journal)).as("journals").isEqualTo(sites.value("east", journal));
    }

    /** While the source is written. What was begun is gone on with, or taken back and done again. */
    @ParameterizedTest
    @ValueSource(strings = {"--copy-from east", "--merge"})
    void an_initialization_may_die_anywhere(String how) throws Exception {
        String[] init = ("init " + how).split(" ", -1);
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere("CREATE TABLE entry (id bigserial PRIMARY KEY, at text)");
            for (FaultPoint point : OF_INIT) {
                for (int passes : point == FaultPoint.INIT_FILLED ? List.of(1) : List.of(1, 2)) {
                    dieOfInit(sites, point, passes, init);
                }
            }
        }
    }

    private static void dieOfInit(Sites sites, FaultPoint point, int passes, String... init) throws Exception {
        sites.everywhere("TRUNCATE entry");
        sites.execute("east", "INSERT INTO entry (at) SELECT 'before' FROM generate_series(1, 2000)");
        AtomicInteger written = new AtomicInteger();
        Thread application = Thread.ofPlatform().start(() -> enter(sites, written));
        sites.commandEndingAt(point, passes, init);
        sites.command(0, init);
        application.interrupt();
        application.join();
        sites.bringInStep();
        sites.requireEqual(List.of("entry"), "id::text");
        assertThat(written).hasPositiveValue();
        assertThat(sites.value("west", "SELECT count(*) FROM entry WHERE at = 'meanwhile'"))
                .as("written during the copy, after a death at " + point + " " + passes)
                .isEqualTo(written.toString());
        sites.command(0, "remove");
    }

    private static void enter(Sites sites, AtomicInteger written) {
        try (Connection connection = sites.connect("east");
                Statement statement = connection.createStatement()) {
            while (!Thread.currentThread().isInterrupted()) {
                statement.execute("INSERT INTO entry (at) VALUES ('meanwhile')");
                written.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(2);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException("the application", e);
        }
    }
}
