package dev.entwine.bench;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Two conditions databases ({@code examples/ccdb}, read from the working directory) that were written apart: every id of their
 * dictionaries stands for another text at the other site, and half of the texts have another id there. Measures how long it takes
 * until they are one, and requires that every object then means at both sites what it meant where it was written.
 * {@code -Dconditions.objects} (1,000,000 at each site) and {@code -Dconditions.names} (5,000 in each of two dictionaries) can be set,
 * and {@code -Dconditions.heap} (512m): every change of a path's total at one site meets those of the other, and is in memory until it is
 * in the journal of both.
 */
public final class ConditionsBenchmark {
    private static final int OBJECTS = Integer.getInteger("conditions.objects", 1_000_000);
    private static final String HEAP = System.getProperty("conditions.heap", "512m");
    private static final int NAMES = Integer.getInteger("conditions.names", 5_000);
    private static final int OBJECTS_PER_TRANSACTION = 100;
    private static final Duration IN_STEP_MAX = Duration.ofHours(2);
    private static final String DATABASE = "conditions";
    private static final Path EXAMPLE = Path.of("examples", "ccdb");

    /** What all objects mean, in one number, whatever the ids are. */
    private static final String MEANING = """
        SELECT sum(hashtextextended(concat_ws(' ', o.id, p.path, o.size, o.validity,
                   (SELECT string_agg(k.name || '=' || e.value, ',' ORDER BY k.name)
                    FROM each(o.metadata) e JOIN metadata_key k ON k.id = e.key::int)), 0)::numeric)
        FROM object o JOIN path p ON p.id = o.path
        """;

    private ConditionsBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        try (Pair pair = Pair.start()) {
            for (String site : Pair.SITES) {
                pair.server(site).createDatabase(DATABASE);
                pair.server(site).execute(DATABASE, Files.readString(EXAMPLE.resolve("ccdb.sql")));
            }
            String rules = Files.readString(EXAMPLE.resolve("ccdb-rules.yaml"));
            EngineProcess.Setup setup = EngineProcess.setup(pair, DATABASE, HEAP, rules);
            BigDecimal meant = BigDecimal.ZERO;
            int first = 0;
            for (String site : Pair.SITES) {
                load(pair, site, first);
                first += NAMES / 2;
                meant = meant.add(meaning(pair, site));
                say(site + " apart: "
                        + text(
                                pair,
                                site,
                                "SELECT concat(count(*), ' paths, ', (SELECT count(*) FROM metadata_key), ' metadata"
                                        + " keys, ', (SELECT count(*) FROM object), ' objects') FROM path"));
            }
            long start = System.nanoTime();
            try (EngineProcess engine = setup.run()) {
                setup.await(IN_STEP_MAX);
                double seconds = (System.nanoTime() - start) / 1e9;
                say("in step after %.1f s, %,.0f objects/s; engine %.1f processor seconds, live heap %,d bytes"
                        .formatted(seconds, 2 * OBJECTS / seconds, engine.ownSeconds(), engine.liveBytes()));
                report(pair, meant);
            }
        }
    }

    private static void report(Pair pair, BigDecimal meant) throws SQLException {
        for (String site : Pair.SITES) {
            say(site + ": "
                    + text(
                            pair,
                            site,
                            "SELECT concat(count(*), ' paths, ', (SELECT count(*) FROM metadata_key), ' metadata keys,"
                                + " ', (SELECT count(*) FROM object), ' objects; ', (SELECT concat(count(*), ' ids"
                                + " changed in ', count(DISTINCT (epoch, request)), ' transactions') FROM"
                                + " entwine.rekeyed), '; ', (SELECT count(*) FROM entwine.conflict), ' conflicts in"
                                + " the journal, ', (SELECT count(*) FROM entwine.parked), ' parked; totals that are"
                                + " wrong: ', (SELECT count(*) FROM path_total t WHERE (objects, bytes) <> (SELECT"
                                + " count(*), coalesce(sum(size), 0) FROM object o WHERE o.path = t.path))) FROM"
                                + " path"));
            BigDecimal means = meaning(pair, site);
            if (means.compareTo(meant) != 0) {
                throw new IllegalStateException(
                        "objects at " + site + " mean " + means + ", and were meant to be " + meant);
            }
        }
        say("every object means at both sites what it meant where it was written");
    }

    private static BigDecimal meaning(Pair pair, String site) throws SQLException {
        return new BigDecimal(text(pair, site, MEANING));
    }

    private static void load(Pair pair, String site, int firstName) throws SQLException {
        try (Connection connection = pair.server(site).connect(DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off; SET client_min_messages = warning;"
                    + " SET plan_cache_mode = force_custom_plan; SELECT setseed(0."
                    + (firstName + 1) + ")");
            statement.execute(loadSql(site, firstName));
        }
    }

    private static String loadSql(String site, int firstName) {
        return """
            DO $$ DECLARE first int; BEGIN
                FOR i IN 0 .. %1$d LOOP
                    CREATE TEMP TABLE IF NOT EXISTS made (n int, path text, words text[], size int);
                    TRUNCATE made;
                    INSERT INTO made SELECT i * %2$d + g, '/' || (%3$d + (random() * %4$d)::int),
                        ARRAY['k' || (%3$d + (random() * %4$d)::int), 'k' || (%3$d + (random() * %4$d)::int)], (random() * 1000)::int
                    FROM generate_series(1, %2$d) g;
                    INSERT INTO path (path) SELECT DISTINCT path FROM made ON CONFLICT DO NOTHING;
                    INSERT INTO metadata_key (name) SELECT DISTINCT unnest(words) FROM made ON CONFLICT DO NOTHING;
                    INSERT INTO object (id, path, validity, size, metadata)
                    SELECT md5('%5$s' || n)::uuid, p.id, tsrange('2026-01-01'::timestamp + n * interval '1 s', NULL), m.size,
                           (SELECT hstore(array_agg(k.id::text), array_agg('v' || k.name)) FROM metadata_key k WHERE k.name = ANY (m.words))
                    FROM made m JOIN path p ON p.path = m.path;
                    COMMIT;
                END LOOP;
            END $$
            """.formatted(
                        OBJECTS / OBJECTS_PER_TRANSACTION - 1, OBJECTS_PER_TRANSACTION, firstName, NAMES - 1, site);
    }

    private static String text(Pair pair, String site, String sql) throws SQLException {
        try (Connection connection = pair.server(site).connect(DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
