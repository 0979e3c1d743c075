package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Applications at all sites make dictionary entries of the same texts, each site with ids of its own, while the engine is killed and
 * started. At the end every object means at every site what its writer meant. {@code -Drekey.transactions=20000} is the long form;
 * {@code -Drekey.seed} repeats one.
 */
final class RekeyStormIT {
    private static final int TRANSACTIONS = Integer.getInteger("rekey.transactions", 600);
    private static final long SEED = Long.getLong("rekey.seed", System.nanoTime());
    private static final int WRITERS = 3;
    private static final int KILLS = 3;

    static final String MEANING = """
        SELECT o.id::text, concat(p.path, ' ', (SELECT string_agg(k.name, ',' ORDER BY k.name COLLATE "C")
                                                FROM skeys(o.metadata) s(key) LEFT JOIN metadata_key k ON k.id = s.key::int))
        FROM object o JOIN path p ON p.id = o.path
        """;

    @ParameterizedTest
    @CsvSource({"2", "3"})
    void an_object_means_everywhere_what_its_writer_meant(int count) throws Exception {
        System.out.println("rekey.seed=" + SEED);
        String[] names = List.of("east", "west", "north").subList(0, count).toArray(new String[0]);
        Map<String, String> objects = new ConcurrentHashMap<>();
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(RekeyIT.rules())) {
            sites.everywhere(Files.readString(RekeyIT.EXAMPLE.resolve("ccdb.sql")));
            sites.command(0, "init", "--equal");
            write(sites, objects, TRANSACTIONS / 2, 0); // apart
            Process engine = sites.engine();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread writing = Thread.ofPlatform().start(() -> {
                try {
                    write(sites, objects, TRANSACTIONS, 100);
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < KILLS; i++) {
                Thread.sleep(500 + random.nextInt(2500));
                engine.destroyForcibly().waitFor();
                engine = sites.engine();
            }
            writing.join();
            assertThat(failure.get()).isNull();
            sites.command(0, "wait", "--timeout", "100s");
            assertThat(engine.isAlive()).as("the engine runs").isTrue();
            sites.requireEqual(RekeyIT.TABLES, "t::text");
            for (String site : sites.names()) {
                assertThat(sites.rows(site, MEANING)).as("objects at " + site).isEqualTo(new TreeMap<>(objects));
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked"))
                        .isEqualTo("0");
                assertThat(sites.value(
                                site,
                                "SELECT count(*) FROM path_total t WHERE (objects, bytes) <> (SELECT"
                                        + " count(*), count(*) FROM object o WHERE o.path = t.path)"))
                        .as("totals that are wrong")
                        .isEqualTo("0");
                System.out.println(site + ": "
                        + sites.value(
                                site,
                                "SELECT concat(count(*), ' ids changed in ',"
                                        + " count(DISTINCT (epoch, request)), ' transactions') FROM entwine.rekeyed"));
            }
        }
    }

    private static void write(Sites sites, Map<String, String> objects, int transactions, int first)
            throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        int number = first;
        for (String site : sites.names()) {
            for (int i = 0; i < WRITERS; i++) {
                ConditionsWriter writer = new ConditionsWriter(
                        sites, site, ++number, SEED, transactions / WRITERS, objects, ConditionsWriter.Texts.FEW);
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        writer.run();
                    } catch (RuntimeException e) {
                        failure.set(e);
                    }
                }));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException("a writer failed", failure.get());
        }
    }
}
