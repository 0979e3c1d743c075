package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.engine.PolicyCases.Case;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every policy against every kind of conflict on real servers. The table of outcomes in {@code docs/conflicts.md} is made from what
 * comes out; {@code -Dconflicts.doc=write} writes it.
 */
final class PolicyIT {
    private static final Path DOCUMENT = Path.of(System.getProperty("entwine.root"), "docs", "conflicts.md");
    private static final String BEGIN = "<!-- table of outcomes: made by PolicyIT -->\n";
    private static final String END = "<!-- end of the table -->\n";
    private static final long STOP_SECONDS_MAX = 20;
    private static final int HOT_SECONDS = Integer.getInteger("policies.hot.seconds", 4);

    private static Sites start(String rules, String schema, String... names) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, names)
                .withRules(rules);
        sites.everywhere(schema);
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** Kills engines at work a few times, then lets one bring everything everywhere. */
    private static void synchronize(Sites sites, int kills) throws IOException, InterruptedException {
        for (int i = 0; i < kills; i++) {
            Process engine = sites.engine();
            assertThat(engine.waitFor(900 + 350L * i, TimeUnit.MILLISECONDS))
                    .as("an engine ends by itself: " + Files.readString(sites.engineLog()))
                    .isFalse();
            engine.destroyForcibly().waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        }
        Process engine = sites.engine();
        sites.command(0, "wait", "--timeout", "90s");
        engine.destroy();
        assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS))
                .as("the engine ends on SIGTERM")
                .isTrue();
    }

    @Test
    void every_policy_decides_every_kind_of_conflict_of_two_sites_as_documented() throws Exception {
        try (Sites sites = start(PolicyCases.rules(), PolicyCases.schema(), "east", "west")) {
            for (Case one : PolicyCases.all()) {
                PolicyCases.write(sites, one);
            }
            synchronize(sites, 2);
            Map<Case, String> outcomes = new LinkedHashMap<>();
            for (Case one : PolicyCases.all()) {
                String outcome = PolicyCases.outcome(sites, "east", one);
                outcomes.put(one, outcome);
                assertThat(PolicyCases.outcome(sites, "west", one))
                        .as("%s at west", one)
                        .isEqualTo(outcome);
                requireJournalled(sites, one);
            }
            compareDocument(table(outcomes));
        }
    }

    private static void requireJournalled(Sites sites, Case one) throws SQLException {
        String journal = PolicyCases.journal(sites, "east", one);
        assertThat(journal)
                .as("journal of %s", one)
                .startsWith(one.kind().journalled() + " ")
                .endsWith(one.policy().contains("manual") ? " open" : " decided")
                .doesNotContain(";");
        assertThat(PolicyCases.journal(sites, "west", one))
                .as("journal of %s at west", one)
                .isEqualTo(journal);
    }

    private static String table(Map<Case, String> outcomes) {
        StringBuilder text = new StringBuilder("\n| policy |");
        for (PolicyCases.Kind kind : PolicyCases.Kind.values()) {
            text.append(' ').append(kind.words).append(" |");
        }
        text.append("\n|---")
                .append("|---".repeat(PolicyCases.Kind.values().length))
                .append("|\n");
        for (String policy : PolicyCases.names()) {
            text.append("| ").append(policy).append(" |");
            for (PolicyCases.Kind kind : PolicyCases.Kind.values()) {
                List<String> both = new ArrayList<>();
                outcomes.forEach((one, outcome) -> {
                    if (one.policy().equals(policy) && one.kind() == kind) {
                        both.add(outcome);
                    }
                });
                text.append(' ')
                        .append(both.get(0).equals(both.get(1)) ? both.get(0) : String.join(" / ", both))
                        .append(" |");
            }
            text.append('\n');
        }
        return text.append('\n').toString();
    }

    private static void compareDocument(String table) throws IOException {
        String text = Files.readString(DOCUMENT);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        assertThat(to).as("the place of the table in " + DOCUMENT).isGreaterThanOrEqualTo(from);
        if ("write".equals(System.getProperty("conflicts.doc"))) {
            Files.writeString(DOCUMENT, text.substring(0, from) + table + text.substring(to));
        } else {
            assertThat(text.substring(from, to))
                    .as("the table of outcomes in " + DOCUMENT
                            + "; if it is wrong and the outcomes are right: mvn test -pl server -am -Dtest=PolicyIT"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dconflicts.doc=write")
                    .isEqualTo(table);
        }
    }

    @Test
    void three_sites_end_alike_with_every_policy_and_no_increment_is_lost_or_counted_twice() throws Exception {
        try (Sites sites = start(PolicyCases.rules(), PolicyCases.schema(), "east", "west", "north")) {
            for (Case one : PolicyCases.all()) {
                PolicyCases.write(sites, one);
                sites.execute(
                        "north", "UPDATE %s SET n = n + 4, w = 'north' WHERE id = %d".formatted(one.table(), one.id()));
            }
            synchronize(sites, 2);
            for (Case one : PolicyCases.all()) {
                String outcome = PolicyCases.outcome(sites, "east", one);
                String journal = PolicyCases.journal(sites, "east", one);
                for (String site : sites.names()) {
                    assertThat(PolicyCases.outcome(sites, site, one))
                            .as("%s at %s", one, site)
                            .isEqualTo(outcome);
                    assertThat(PolicyCases.journal(sites, site, one))
                            .as("%s at %s", one, site)
                            .isEqualTo(journal);
                }
                requireSum(one, outcome);
            }
        }
    }

    private static void requireSum(Case one, String outcome) {
        if (one.policy().contains("n: sum") && !outcome.equals("gone")) {
            String sum = switch (one.kind()) {
                case INSERT_INSERT -> "3";
                case SAME -> "17";
                case DIFFERENT, DELETE_DELETE -> "14";
                case UPDATE_DELETE -> "15";
                case DELETE_UPDATE -> "16";
            };
            assertThat(outcome).as("%s", one).startsWith(sum + " ");
        }
    }

    @Test
    void counters_that_both_sites_increment_as_fast_as_they_can_come_out_exact() throws Exception {
        try (Sites sites = start(
                "  - match: public.hot\n    columns: {n: sum, amount: sum}\n",
                "CREATE TABLE hot (id int PRIMARY KEY, n bigint, amount numeric(30, 10));"
                        + " INSERT INTO hot SELECT i, 0, 0.5 FROM generate_series(1, 3) i",
                "east",
                "west")) {
            Process engine = sites.engine();
            sites.command(0, "wait", "--timeout", "60s");
            List<Incrementer> writers = List.of(new Incrementer(sites, "east"), new Incrementer(sites, "west"));
            long increments = 0;
            for (Incrementer writer : writers) {
                writer.thread.join(TimeUnit.SECONDS.toMillis(HOT_SECONDS + 30L));
                assertThat(String.valueOf(writer.failure))
                        .as("writing at " + writer.site)
                        .isEqualTo("null");
                increments += writer.increments;
            }
            sites.command(0, "wait", "--timeout", "90s");
            engine.destroy();
            assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT sum(n) || ' ' || trim_scale(sum(amount)) FROM hot"))
                        .as("sums at " + site)
                        .isEqualTo(increments + " "
                                + new BigDecimal(increments)
                                        .multiply(new BigDecimal("0.1"))
                                        .add(new BigDecimal("1.5"))
                                        .stripTrailingZeros()
                                        .toPlainString());
            }
            assertThat(increments).as("increments").isGreaterThan(100);
        }
    }

    /** Adds to the same rows until its time is over. */
    private static final class Incrementer {
        private final String site;
        private final Thread thread;
        private volatile long increments;
        private volatile @Nullable SQLException failure;

        Incrementer(Sites sites, String site) {
            this.site = site;
            this.thread = Thread.ofPlatform().name("increments " + site).start(() -> run(sites));
        }

        private void run(Sites sites) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(HOT_SECONDS);
            long done = 0;
            try (Connection connection = sites.connect(site);
                    Statement statement = connection.createStatement()) {
                while (System.nanoTime() < end) {
                    statement.executeUpdate(
                            "UPDATE hot SET n = n + 1, amount = amount + 0.1 WHERE id = " + (1 + done % 3));
                    increments = ++done;
                }
            } catch (SQLException e) {
                failure = e;
            }
        }
    }

    @Test
    void halt_stops_the_engine_before_anything_is_written_and_another_policy_goes_on_from_there() throws Exception {
        try (Sites sites = start(
                "  - match: public.t\n    on_conflict: halt\n",
                "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'base'), (2, 'base')",
                "east",
                "west")) {
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id = 1");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id = 1");
            Process engine = sites.engine();
            assertThat(engine.waitFor(60, TimeUnit.SECONDS))
                    .as("the engine stops")
                    .isTrue();
            assertThat(engine.exitValue()).isEqualTo(1);
            assertThat(Files.readString(sites.engineLog()))
                    .contains("table public.t, key (1): the UPDATE of site")
                    .contains("on_conflict is halt")
                    .contains("Give the table another policy");
            assertThat(sites.value("east", "SELECT v FROM t WHERE id = 1")).isEqualTo("east");
            assertThat(sites.value("west", "SELECT v FROM t WHERE id = 1")).isEqualTo("west");
            sites.withRules("  - match: public.t\n    on_conflict: manual\n");
            synchronize(sites, 0);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT v || (SELECT status FROM entwine.conflict) FROM t WHERE id = 1"))
                        .isEqualTo("westopen");
            }
        }
    }

    @Test
    void a_handler_that_throws_or_hangs_leaves_the_conflict_open_and_nothing_stops() throws Exception {
        try (Sites sites = start(
                "  - match: public.t\n    on_conflict: {handler: dev.entwine.engine.CityHandler}\n",
                "CREATE TABLE separator (separator text); INSERT INTO separator VALUES ('-');"
                        + " CREATE TABLE t (id int PRIMARY KEY, v text);"
                        + " INSERT INTO t SELECT i, 'base' FROM generate_series(1, 3) i",
                "east",
                "west")) {
            for (String site : List.of("west", "east")) {
                sites.execute(site, "UPDATE t SET v = 'throw " + site + "' WHERE id = 1");
                sites.execute(site, "UPDATE t SET v = 'hang " + site + "' WHERE id = 2");
                sites.execute(site, "UPDATE t SET v = '" + site + "' WHERE id = 3");
            }
            synchronize(sites, 0);
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT string_agg(v, ', ' ORDER BY id) FROM t"))
                        .isEqualTo("throw east, hang east, east-west");
                assertThat(sites.value(
                                site,
                                "SELECT string_agg(status || ' ' || winner, ', ' ORDER BY key ->> 'id')"
                                        + " FROM entwine.conflict"))
                        .isEqualTo("open east, open east, decided merged");
            }
        }
    }

    @Test
    void what_cannot_work_is_refused_with_file_and_line_all_at_once() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere("CREATE TABLE a (id int PRIMARY KEY, n int, v text);"
                    + " CREATE TABLE b (id int PRIMARY KEY, n int, v text);"
                    + " CREATE TABLE c (id int PRIMARY KEY, n int)");
            sites.withRules("""
                  - match: public.a
                    columns: {v: sum, missing: sum, id: sum, n: union}
                  - match: public.b
                    on_conflict: {rule: "local.nn > 3 ? 'local' : local.v + 1"}
                  - match: public.c
                    on_conflict: {handler: org.example.Nobody}
                """);
            for (String command : List.of("check", "init")) {
                String said = command.equals("check") ? sites.command(2, "check") : sites.command(2, "init", "--equal");
                assertThat(said)
                        .containsPattern("yaml:\\d+:\\d+: column v of table public.a has the type text, and sum is for")
                        .contains("no column 'missing'")
                        .contains("column id is part of the key")
                        .contains("column n of table public.a has the type integer, and union is for arrays")
                        .contains("undefined field 'nn'")
                        .contains("there is no handler org.example.Nobody");
            }
            sites.withRules("  - match: public.*\n    on_conflict: merge\n");
            assertThat(sites.command(3, "check")).contains("ALTER TABLE public.a REPLICA IDENTITY FULL;");
            sites.command(0, "init", "--equal");
            sites.command(0, "check");
            sites.execute("west", "ALTER TABLE b REPLICA IDENTITY DEFAULT");
            assertThat(sites.command(1, "run"))
                    .contains("site west")
                    .contains("ALTER TABLE public.b REPLICA IDENTITY FULL;");
        }
    }
}
