package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Two sites write the same rows as fast as they can while an engine runs. {@code -Dpolicies.hot.seconds} says for how long (4), and
 * {@code -Dpolicies.hot.rows} how many rows there are (50).
 */
final class HotRowsIT {
    private static final int SECONDS = Integer.getInteger("policies.hot.seconds", 4);
    private static final int ROWS = Integer.getInteger("policies.hot.rows", 50);
    private static final long STOP_SECONDS_MAX = 20;
    /** A site that is held up by the other one's changes gets less done by orders of magnitude, not by parts. */
    private static final long STARVED = 10;

    /** Writes the same rows as the other one, in the same order, until its time is over. Owns its session; read after it has ended. */
    private static final class Writer {
        final String site;
        final Thread thread;
        /** Versions that this writer made, and those that it replaced having seen them. */
        final Set<String> made = new HashSet<>();

        final Set<String> replaced = new HashSet<>();
        long written;

        @Nullable
        SQLException failure;

        Writer(Sites sites, String site) {
            this.site = site;
            this.thread = Thread.ofPlatform().name("writes " + site).start(() -> run(sites));
        }

        private void run(Sites sites) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            try (Connection connection = sites.connect(site);
                    Statement statement = connection.createStatement()) {
                while (System.nanoTime() < end) {
                    String tag = site + "-" + written;
                    try (ResultSet row =
                            statement.executeQuery("UPDATE hot SET n = n + 1, amount = amount + 0.1, tag = '" + tag
                                    + "' WHERE id = " + (1 + written % ROWS) + " RETURNING old.tag")) {
                        row.next();
                        replaced.add(row.getString(1));
                    }
                    made.add(tag);
                    written++;
                }
            } catch (SQLException e) {
                failure = e;
            }
        }
    }

    private static Sites start(String rule) throws Exception {
        Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")
                .withRules("  - match: public.hot\n    " + rule + "\n");
        sites.everywhere("CREATE TABLE hot (id int PRIMARY KEY, n bigint, amount numeric(30, 10), tag text);"
                + " INSERT INTO hot SELECT i, 0, 0, 'base-' || i FROM generate_series(1, " + ROWS + ") i");
        sites.command(0, "init", "--equal");
        return sites;
    }

    /** Returns when the sites are in step again, and says how it went. */
    private static List<Writer> write(Sites sites, String policy) throws Exception {
        Process engine = sites.engine();
        sites.command(0, "wait", "--timeout", "60s");
        List<Writer> writers = List.of(new Writer(sites, "east"), new Writer(sites, "west"));
        for (Writer writer : writers) {
            writer.thread.join();
            assertThat(String.valueOf(writer.failure))
                    .as("writing at " + writer.site)
                    .isEqualTo("null");
        }
        long stopped = System.nanoTime();
        sites.command(0, "wait", "--timeout", "90s");
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stopped);
        engine.destroy();
        assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        System.out.println(policy + ", " + SECONDS + " s: " + writers.getFirst().written + " at east, "
                + writers.getLast().written + " at west, in step " + millis + " ms later, "
                + sites.value("east", "SELECT count(*) FROM entwine.conflict") + " conflicts");
        return writers;
    }

    private static void requireNeitherStarved(List<Writer> writers) {
        for (Writer one : writers) {
            for (Writer other : writers) {
                assertThat(one.written * STARVED)
                        .as("%s wrote %d, %s %d", one.site, one.written, other.site, other.written)
                        .isGreaterThan(other.written);
            }
        }
    }

    @Test
    void sums_are_exactly_what_both_sites_added_and_neither_is_starved() throws Exception {
        try (Sites sites = start("columns: {n: sum, amount: sum}")) {
            List<Writer> writers = write(sites, "sum");
            long written = writers.stream().mapToLong(writer -> writer.written).sum();
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT concat(sum(n), ' ', sum(amount) * 10 - sum(n)) FROM hot"))
                        .as("sums at " + site)
                        .matches(written + " 0(\\.0*)?");
            }
            sites.requireEqual(List.of("hot"), "t::text");
            requireNeitherStarved(writers);
            assertThat(sites.value("west", "SELECT count(*) > 0 FROM entwine.conflict"))
                    .as("whether there were conflicts")
                    .isEqualTo("t");
        }
    }

    @Test
    void under_latest_every_version_stands_was_replaced_by_who_had_seen_it_or_is_in_both_journals() throws Exception {
        try (Sites sites = start("on_conflict: latest")) {
            List<Writer> writers = write(sites, "latest");
            sites.requireEqual(List.of("hot"), "t::text");
            requireNeitherStarved(writers);
            Set<String> lost = new HashSet<>();
            writers.forEach(writer -> lost.addAll(writer.made));
            writers.forEach(writer -> lost.removeAll(writer.replaced));
            Set<String> standing = sites.texts("east", "SELECT tag FROM hot");
            lost.removeAll(standing);
            assertThat(lost).as("versions that lost").isNotEmpty();
            List<Set<String>> journals = new ArrayList<>();
            for (String site : sites.names()) {
                assertThat(sites.texts(
                                site,
                                "SELECT l -> 'image' ->> 'tag' FROM entwine.conflict,"
                                        + " jsonb_array_elements(losers) l"))
                        .as("losers in the journal of " + site)
                        .containsAll(lost)
                        .doesNotContainAnyElementsOf(standing);
                journals.add(sites.texts(site, "SELECT concat(id, losers, result) FROM entwine.conflict"));
            }
            assertThat(journals.getLast()).as("journal of west").isEqualTo(journals.getFirst());
            assertThat(sites.value(
                            "east", "SELECT count(*) FROM entwine.conflict WHERE jsonb_array_length(losers) <> 1"))
                    .as("conflicts that are not of one loser")
                    .isEqualTo("0");
        }
    }
}
