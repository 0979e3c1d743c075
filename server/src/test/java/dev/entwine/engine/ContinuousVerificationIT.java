package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a running engine finds by itself, and what it says of it. */
final class ContinuousVerificationIT {
    private static final long SECONDS_MAX = 100;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String ALARM = "the sites are not equal";
    private static final String DIFFERENCES = "SELECT count(*) FROM entwine.difference";

    private static final String STILL = """
        CREATE TABLE still (id int PRIMARY KEY, v text);
        INSERT INTO still SELECT g, 'v' FROM generate_series(1, 5000) g;
        """;

    private static Sites start(String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names);
        sites.everywhere(STILL);
        return sites;
    }

    /** A change that the log shows as the engine's own. */
    private static String unseen(String sql) {
        return "BEGIN; SELECT pg_logical_emit_message(true, 'entwine', 'apply'); " + sql + "; COMMIT";
    }

    private static String within(String time, int percent) {
        return "  verify_within: " + time + "\n  verify_percent_max: " + percent + "\n";
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Sites sites, String what, Condition condition) throws Exception {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!condition.holds()) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("not in time: " + what + "; there is "
                        + sites.rows("east", "SELECT table_name, v::text FROM entwine.verified v") + " and "
                        + sites.rows("east", "SELECT row_id, d::text FROM entwine.difference d") + "; the engine says "
                        + sites.value("east", "SELECT status -> 'verification' FROM entwine.lease") + " and said "
                        + log(sites));
            }
            Thread.sleep(50);
        }
    }

    private static void await(Sites sites, String site, String sql, String value) throws Exception {
        await(sites, sql + " gives " + value, () -> value.equals(sites.value(site, sql)));
    }

    private static void awaitProven(Sites sites, Instant after) throws Exception {
        long tables = Long.parseLong(sites.value("east", "SELECT count(*) FROM pg_publication_tables"));
        await(
                sites,
                "east",
                "SELECT count(*) FROM entwine.verified WHERE proven_from > '" + after + "'",
                Long.toString(tables));
    }

    private static String log(Sites sites) throws IOException {
        return Files.readString(sites.engineLog());
    }

    private static JsonNode status(Sites sites, int exitCode) throws Exception {
        String text = sites.command(exitCode, "status", "--json");
        return MAPPER.readTree(text.lines()
                        .filter(line -> line.startsWith("{"))
                        .findFirst()
                        .orElseThrow())
                .path("verification");
    }

    private static List<String> differences(JsonNode verification) {
        List<String> words = new ArrayList<>();
        verification
                .path("differences")
                .forEach(row -> words.add(row.path("in_words").asString()));
        return words;
    }

    @Test
    void sites_under_load_are_proved_equal_in_time_and_what_differs_is_named_until_it_is_mended() throws Exception {
        WorkloadOptions load = new WorkloadOptions(31, 150, 300, 3);
        Duration within = Duration.ofSeconds(15);
        try (Sites sites = start("east", "west").withSettings(within("15s", 100))) {
            for (String site : sites.names()) {
                try (Connection connection = sites.connect(site)) {
                    Workload.createSchema(connection);
                    Workload.fill(connection, load, sites.names());
                }
            }
            sites.command(0, "init", "--equal");
            TreeMap<String, Workload.Connector> connectors = new TreeMap<>();
            sites.names().forEach(site -> connectors.put(site, () -> sites.connect(site)));
            sites.engine();
            sites.command(0, "wait");
            Workload workload = Workload.start(load, connectors);
            try {
                awaitProven(sites, Instant.EPOCH);
                awaitProven(sites, Instant.now());
                requireNothingFound(sites, within);
                assertThat(log(sites)).as("what is on its way is no alarm").doesNotContain(ALARM);

                sites.execute("west", unseen("UPDATE still SET v = 'hush' WHERE id = 7"));
                sites.execute("east", unseen("DELETE FROM still WHERE id = 4999"));
                sites.execute("east", unseen("INSERT INTO item (id, tag) VALUES (-99, 'hush')"));
                await(sites, "east", DIFFERENCES, "3");
                await(sites, "west", DIFFERENCES, "3");
                requireNamed(sites);
                Instant planted = Instant.now();
                sites.command(0, "repair", "--apply", "--prefer", "west", "--json", "--timeout", "100s");
                await(sites, "east", DIFFERENCES, "0");
                awaitProven(sites, planted);
            } finally {
                workload.stop();
            }
            sites.command(0, "wait");
            requireNothingFound(sites, within);
            sites.command(0, "verify", "--json", "--timeout", "100s");
            assertThat(log(sites).lines().filter(line -> line.contains(ALARM)))
                    .as("one line for each row that differed")
                    .hasSize(3);
        }
    }

    private static void requireNothingFound(Sites sites, Duration within) throws Exception {
        JsonNode verification = status(sites, 0);
        assertThat(verification.path("within_ms").asLong()).isEqualTo(within.toMillis());
        assertThat(differences(verification)).isEmpty();
        for (JsonNode table : verification.path("tables")) {
            assertThat(table.path("late").asBoolean(true)).as(table.toString()).isFalse();
            assertThat(table.path("not_judged_count").asLong(-1))
                    .as(table.toString())
                    .isZero();
            assertThat(Instant.parse(table.path("proven_from").asString()))
                    .isBefore(Instant.parse(table.path("proven_at").asString()));
        }
        assertThat(verification.path("tables")).hasSize(Workload.TABLES.size() + 1);
        assertThat(sites.command(0, "status")).contains("public.still").doesNotContain("differ");
    }

    private static void requireNamed(Sites sites) throws Exception {
        String[] rows = {
            "public.still id=7: different in v",
            "public.still id=4999: missing at east",
            "public.item id=-99: missing at west"
        };
        JsonNode verification = status(sites, 3);
        assertThat(differences(verification)).containsExactlyInAnyOrder(rows);
        assertThat(verification.path("difference_count").asLong()).isEqualTo(3);
        assertThat(sites.command(3, "status")).contains(rows).contains("entwine repair");
        String log = log(sites);
        assertThat(log).contains(ALARM).doesNotContain("hush").doesNotContain("id=7", "id=4999", "id=-99");
        for (String row : rows) {
            String[] parts = row.split(" id=[-0-9]+: ", -1);
            assertThat(log).containsPattern(parts[0].replace(".", "\\.") + " row [0-9a-f]{32}: " + parts[1]);
        }
        assertThat(log.lines().filter(line -> line.contains(ALARM))).allMatch(line -> line.contains("ERROR"));
    }

    @Test
    void shares_hold_every_row_whatever_its_key_and_however_the_sites_order_it() throws Exception {
        try (Sites sites = start("east", "north", "west").withSettings(within("10s", 100))) {
            sites.everywhere("""
                CREATE TABLE pair (word text, number int, v text, PRIMARY KEY (number, word));
                INSERT INTO pair SELECT 'it''s ' || g % 7, g / 3, 'v' FROM generate_series(1, 5000) g;
                CREATE TABLE random (id uuid PRIMARY KEY, v text);
                INSERT INTO random SELECT md5(g::text)::uuid, 'v' FROM generate_series(1, 5000) g;
                CREATE TABLE amount (id numeric PRIMARY KEY, v text);
                INSERT INTO amount SELECT g * -1.50, 'v' FROM generate_series(1, 5000) g;
                CREATE TABLE empty (id int PRIMARY KEY);
                CREATE TABLE word (id text COLLATE "C" PRIMARY KEY, v text);
                INSERT INTO word SELECT chr(65 + g % 26 + 32 * (g % 2)) || chr(65 + g % 23 + 32 * (g % 3) / 2) || g, 'v'
                FROM generate_series(1, 5000) g;
                """);
            sites.execute("west", "ALTER TABLE word ALTER COLUMN id TYPE text COLLATE \"en-x-icu\"");
            sites.command(0, "init", "--equal");
            sites.engine();
            awaitProven(sites, Instant.EPOCH);
            assertThat(sites.rows("west", "SELECT table_name, rows FROM entwine.verified"))
                    .as("as many rows as there are, in all shares together")
                    .containsEntry("pair", "5000")
                    .containsEntry("random", "5000")
                    .containsEntry("amount", "5000")
                    .containsEntry("word", "5000")
                    .containsEntry("still", "5000")
                    .containsEntry("empty", "0");
            for (String table : List.of("pair", "random", "amount", "word", "still")) {
                sites.execute(
                        "north",
                        unseen("UPDATE " + table + " SET v = 'w' WHERE ctid = (SELECT ctid FROM " + table
                                + " ORDER BY 1 LIMIT 1)"));
                sites.execute(
                        "west",
                        unseen("DELETE FROM " + table + " WHERE ctid = (SELECT ctid FROM " + table
                                + " ORDER BY 1 DESC LIMIT 1)"));
            }
            sites.execute("east", unseen("INSERT INTO empty VALUES (1)"));
            await(sites, "east", DIFFERENCES, "11");
            assertThat(sites.rows(
                            "east",
                            "SELECT table_name, string_agg(columns::text || missing_at::text, ' ' ORDER BY"
                                    + " columns::text) FROM entwine.difference GROUP BY 1"))
                    .hasSize(6)
                    .containsEntry("pair", "{v}{} {}{west}")
                    .containsEntry("word", "{v}{} {}{west}")
                    .containsEntry("empty", "{}{north,west}");
        }
    }

    @Test
    void a_new_engine_keeps_the_times_and_goes_on_where_the_last_one_was() throws Exception {
        try (Sites sites = start("east", "west").withSettings(within("1h", 1))) {
            sites.everywhere(
                    "CREATE TABLE large (id int PRIMARY KEY, v text); INSERT INTO large SELECT g, repeat('v', 100)"
                            + " FROM generate_series(1, 100000) g; ANALYZE large");
            sites.command(0, "init", "--equal");
            sites.withSettings(within("10s", 100));
            Process first = sites.engine();
            awaitProven(sites, Instant.EPOCH);
            Sites.stop(first);
            String times = "SELECT string_agg(proven_from::text, ' ' ORDER BY table_name) FROM entwine.verified";
            String proven = sites.value("east", times);
            assertThat(sites.value("west", times)).isEqualTo(proven);
            JsonNode stopped = status(sites, 0);
            assertThat(stopped.path("doing").asString()).isEqualTo("no engine runs");
            assertThat(stopped.path("tables").path(0).path("proven_at").isString())
                    .isTrue();

            sites.execute("east", "UPDATE entwine.verified SET proven_from = NULL WHERE table_name = 'large'");
            sites.execute("west", "DELETE FROM entwine.verified");
            sites.withSettings(within("10s", 1));
            Process second = sites.engine();
            String walk =
                    "SELECT walk_from IS NOT NULL AND walk_rows > 0 FROM entwine.verified WHERE table_name = 'large'";
            await(sites, "west", walk, "t");
            second.destroyForcibly().waitFor();
            String from = sites.value("west", "SELECT walk_from FROM entwine.verified WHERE table_name = 'large'");
            long rows = Long.parseLong(
                    sites.value("west", "SELECT walk_rows FROM entwine.verified WHERE table_name = 'large'"));
            assertThat(rows).isPositive().isLessThan(100_000);
            sites.withSettings(within("60s", 100));
            sites.engine();
            await(
                    sites,
                    "west",
                    "SELECT proven_from = '" + from
                            + "' AND rows = 100000 FROM entwine.verified WHERE table_name = 'large'",
                    "t");
        }
    }

    @Test
    void a_site_that_is_down_is_waited_for_and_a_table_that_cannot_be_compared_is_told_as_such() throws Exception {
        try (Sites sites = start("east", "west").withSettings(within("5s", 100))) {
            sites.everywhere("CREATE TABLE other (id int PRIMARY KEY, v text); INSERT INTO other VALUES (1, 'v')");
            sites.command(0, "init", "--equal");
            Process engine = sites.engine();
            awaitProven(sites, Instant.EPOCH);
            sites.server("west").stop();
            await(
                    sites,
                    "east",
                    "SELECT status #>> '{verification,doing}' LIKE 'waiting: site west: %' FROM entwine.lease",
                    "t");
            String times = "SELECT string_agg(proven_at::text, ' ' ORDER BY table_name) FROM entwine.verified";
            String before = sites.value("east", times);
            sites.execute("east", "UPDATE still SET v = 'new' WHERE id = 1");
            sites.server("west").startAgain();
            await(sites, "west", "SELECT v FROM still WHERE id = 1", "new");
            assertThat(before).doesNotContain("null");
            awaitProven(sites, Instant.now());

            sites.execute("west", "ALTER TABLE other RENAME COLUMN v TO w");
            await(sites, "east", "SELECT trouble <> '' FROM entwine.verified WHERE table_name = 'other'", "t");
            Instant broken = Instant.now();
            await(
                    sites,
                    "east",
                    "SELECT proven_from > '" + broken + "' FROM entwine.verified WHERE table_name = 'still'",
                    "t");
            JsonNode table = status(sites, 0).path("tables").path(0);
            assertThat(table.path("table").asString()).isEqualTo("public.other");
            assertThat(table.path("trouble").asString()).contains("has no column v");
            assertThat(table.path("late").asBoolean()).isTrue();
            assertThat(sites.command(0, "status"))
                    .contains("cannot be compared")
                    .contains("longer ago");
            sites.execute("west", "ALTER TABLE other RENAME COLUMN w TO v");
            awaitProven(sites, Instant.now());
            assertThat(status(sites, 0).path("tables").path(0).path("trouble").isNull())
                    .isTrue();
            Sites.stop(engine);
            assertThat(log(sites)).doesNotContain("does not end").doesNotContain(ALARM);
        }
    }

    @Test
    void an_engine_that_is_not_to_verify_does_not() throws Exception {
        try (Sites sites = start("east", "west").withSettings("  verify_within: off\n")) {
            sites.command(0, "init", "--equal");
            Process engine = sites.engine();
            await(sites, "east", "SELECT status #>> '{verification,doing}' FROM entwine.lease", "off");
            JsonNode verification = status(sites, 0);
            assertThat(verification.path("within_ms").isNull()).isTrue();
            assertThat(verification.path("tables").path(0).path("proven_at").isNull())
                    .isTrue();
            assertThat(sites.command(0, "status")).contains("never yet");
            Sites.stop(engine);
        }
    }
}
