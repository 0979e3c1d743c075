package dev.entwine.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures the memory that a backlog takes: both sites are written while no engine runs, to rows of their own, half inserts and half
 * updates, in transactions of 1 to 1,000 rows. Then the engine starts with a small heap, and its live heap is looked at until the
 * sites are in step and equal. See {@link BacklogSettings} for what can be set.
 */
public final class BacklogBenchmark {
    private static final String DATABASE = "backlog";
    private static final String TABLE = "CREATE TABLE item (id bigint PRIMARY KEY, note text NOT NULL, n int NOT NULL)";
    private static final String CONTENT =
            "SELECT count(*) || ' rows, ' || sum(hashtextextended(t::text, 0)) FROM item t";

    private final BacklogSettings settings;

    private BacklogBenchmark(BacklogSettings settings) {
        this.settings = settings;
    }

    public static void main(String[] arguments) throws Exception {
        new BacklogBenchmark(BacklogSettings.ofSystem()).run();
    }

    private void run() throws Exception {
        say(settings.toString());
        try (Pair pair = Pair.start()) {
            for (String site : Pair.SITES) {
                pair.server(site).createDatabase(DATABASE);
                pair.server(site).execute(DATABASE, TABLE);
                pair.server(site).execute(DATABASE, fill(settings.single() ? 1 : 2L * settings.changes()));
            }
            EngineProcess.Setup setup = EngineProcess.setup(
                    pair,
                    DATABASE,
                    settings.heap(),
                    "tables:\n  - match: public.*\nengine:\n  memory_bytes_max: " + settings.memory() + "\n");
            for (int i = 0; i < Pair.SITES.size(); i++) {
                write(pair, i);
            }
            try (EngineProcess engine = setup.run()) {
                heal(pair, engine);
            }
        }
    }

    private void write(Pair pair, int site) throws SQLException {
        long start = System.nanoTime();
        try (Connection connection = pair.server(Pair.SITES.get(site)).connect(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            long from = 10L * settings.changes() + site;
            statement.execute(
                    settings.single()
                            ? insert(settings.changes(), from, site)
                            : writes(settings.changes(), from, site));
        }
        say("%s: %,d changes written in %.0f s".formatted(Pair.SITES.get(site), settings.changes(), since(start)));
    }

    private static String fill(long last) {
        return "INSERT INTO item SELECT g, 'as it was at the beginning ' || g, 0 FROM generate_series(0, %d) g"
                .formatted(last);
    }

    private static String insert(int changes, long from, int site) {
        return "INSERT INTO item SELECT %d + 2 * g, 'written while nobody carried it over', %d FROM generate_series(1, %d) g"
                .formatted(from, site, changes);
    }

    /**
     * Each run of 4,000 rows is written in transactions of 1,000, 100, 10 and 1, a thousand rows by each size.
     *
     * @param from the first key that is inserted; the keys are every second one
     * @param site 0 or 1: whose keys are updated
     */
    private static String writes(int changes, long from, int site) {
        return """
            DO $$
            DECLARE
                done int := 0;
                size int;
            BEGIN
                WHILE done < %1$d LOOP
                    size := (ARRAY[1000, 100, 10, 1])[1 + done / 1000 %% 4];
                    IF done / 4000 %% 2 = 0 THEN
                        INSERT INTO item SELECT %2$d + 2 * (done + g), 'written while nobody carried it over', %3$d
                        FROM generate_series(0, size - 1) g;
                    ELSE
                        UPDATE item SET note = 'changed while nobody carried it over', n = n + 1
                        WHERE id IN (SELECT 2 * (done + g) + %3$d FROM generate_series(0, size - 1) g);
                    END IF;
                    COMMIT;
                    done := done + size;
                END LOOP;
            END $$
            """.formatted(changes, from, site);
    }

    private void heal(Pair pair, EngineProcess engine) throws Exception {
        long start = System.nanoTime();
        long deadline = start + TimeUnit.MINUTES.toNanos(settings.minutesMax());
        List<Sample> samples = new ArrayList<>();
        do {
            Thread.sleep(settings.sampleSeconds() * 1000L);
            samples.add(sample(pair, engine));
            say("%6.0f s  %s".formatted(since(start), samples.getLast()));
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not in step after " + settings.minutesMax() + " minutes");
            }
        } while (!samples.getLast().inStep());
        report(pair, samples, since(start));
    }

    private static Sample sample(Pair pair, EngineProcess engine) throws Exception {
        long live = engine.liveBytes();
        try (Connection connection = pair.server(Pair.SITES.getFirst()).connect(DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                    SELECT coalesce((status ->> 'in_step')::boolean, false),
                           coalesce((status #>> '{memory,window_rows}')::bigint, 0),
                           coalesce((status #>> '{memory,spool_file_bytes}')::bigint, 0),
                           coalesce((status #>> '{counters,in_flight}')::bigint, 0),
                           coalesce((status #>> '{counters,captured}')::bigint, 0)
                    FROM entwine.lease
                    """)) {
            row.next();
            boolean inStep = row.getBoolean(1) && row.getLong(5) > 0 && row.getLong(2) == 0;
            return new Sample(live, row.getLong(2), row.getLong(3), row.getLong(4), inStep);
        }
    }

    private void report(Pair pair, List<Sample> samples, double seconds) throws SQLException {
        Sample most = samples.getFirst();
        Sample longest = samples.getFirst();
        for (Sample sample : samples) {
            most = sample.liveBytes() > most.liveBytes() ? sample : most;
            longest = sample.windowRows() > longest.windowRows() ? sample : longest;
        }
        long idle = samples.getLast().liveBytes();
        say(
                "in step after %.0f s; live heap at most %.1f MB, at the end %.1f MB; with %,d rows waiting %.1f bytes a row"
                        .formatted(
                                seconds,
                                most.liveBytes() / 1e6,
                                idle / 1e6,
                                longest.windowRows(),
                                (longest.liveBytes() - idle) / (double) Math.max(1, longest.windowRows())));
        String east = String.valueOf(pair.server(Pair.SITES.getFirst()).value(DATABASE, CONTENT));
        String west = String.valueOf(pair.server(Pair.SITES.getLast()).value(DATABASE, CONTENT));
        if (!east.equals(west)) {
            throw new IllegalStateException("the sites differ: " + east + " and " + west);
        }
        say("equal: " + east);
    }

    /** One look at the engine. */
    private record Sample(long liveBytes, long windowRows, long fileBytes, long inFlight, boolean inStep) {
        @Override
        public String toString() {
            return "live heap %6.1f MB, %,11d rows in the window, %,11d changes queued, files %7.1f MB"
                    .formatted(liveBytes / 1e6, windowRows, inFlight, fileBytes / 1e6);
        }
    }

    private static double since(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
