package dev.entwine.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.Write.Kind;
import dev.entwine.testkit.Write.Outcome;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Two sites that nothing keeps in step: at each of them the record must account for every row. */
final class WorkloadIT {
    private static final WorkloadOptions OPTIONS = new WorkloadOptions(42, 400, 200, 2);
    private static final List<String> SITES = List.of("east", "west");
    private static final int WAIT_SECONDS_MAX = 30;

    private static PostgresServer serverWithSites() throws Exception {
        PostgresServer server = PostgresServer.start(PostgresVersions.newest(), PostgresOptions.DEFAULTS.withFsync());
        for (String site : SITES) {
            server.createDatabase(site);
            try (Connection connection = server.connect(site)) {
                Workload.createSchema(connection);
                Workload.fill(connection, OPTIONS, SITES);
            }
        }
        return server;
    }

    private static Workload start(PostgresServer server) {
        return Workload.start(
                OPTIONS, Map.of("east", () -> server.connect("east"), "west", () -> server.connect("west")));
    }

    private static void awaitWrites(Workload workload, int count) throws InterruptedException {
        long deadline = System.nanoTime() + WAIT_SECONDS_MAX * 1_000_000_000L;
        while (workload.recorder().writes().size() < count) {
            assertThat(System.nanoTime())
                    .as(
                            "%d writes within %d s, got %d",
                            count,
                            WAIT_SECONDS_MAX,
                            workload.recorder().writes().size())
                    .isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private static Set<String> tags(PostgresServer server, String site, String table) throws SQLException {
        Set<String> tags = new HashSet<>();
        try (Connection connection = server.connect(site);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT tag FROM " + table)) {
            while (rows.next()) {
                assertThat(tags.add(rows.getString(1))).as("tags are unique").isTrue();
            }
        }
        return tags;
    }

    /** What nobody has overwritten is there, and nothing else, where the record is sure. */
    private static void assertAccountedFor(PostgresServer server, List<Write> writes, String site, String table)
            throws SQLException {
        List<Write> here = writes.stream()
                .filter(write -> write.site().equals(site) && write.table().equals(table))
                .toList();
        Set<String> present = tags(server, site, table);
        Set<String> expected = new HashSet<>();
        Set<String> doubtful = new HashSet<>();
        Set<String> gone = new HashSet<>();
        for (Write write : here) {
            boolean sure = write.outcome() == Outcome.ACKNOWLEDGED;
            write.overwritten().ifPresent(sure ? gone::add : doubtful::add);
            if (write.kind() != Kind.DELETE) {
                (sure ? expected : doubtful).add(write.tag());
            }
        }
        expected.removeAll(gone);
        expected.removeAll(doubtful);
        assertThat(present).as("acknowledged rows of %s at %s", table, site).containsAll(expected);
        assertThat(present).as("overwritten rows of %s at %s", table, site).doesNotContainAnyElementsOf(gone);
        Set<String> unaccounted = new HashSet<>(present);
        unaccounted.removeAll(expected);
        unaccounted.removeAll(doubtful);
        unaccounted.removeIf(tag -> tag.startsWith("fill-"));
        assertThat(unaccounted)
                .as("rows of %s at %s that no record knows", table, site)
                .isEmpty();
    }

    private static void assertAllAccountedFor(PostgresServer server, Workload workload) throws SQLException {
        for (String site : SITES) {
            for (String table : Workload.TABLES) {
                assertAccountedFor(server, workload.recorder().writes(), site, table);
            }
        }
    }

    @Test
    void every_acknowledged_write_is_recorded_and_every_row_is_accounted_for() throws Exception {
        try (PostgresServer server = serverWithSites();
                Workload workload = start(server)) {
            awaitWrites(workload, 1_500);
            workload.stop();
            List<Write> writes = workload.recorder().writes();
            assertAllAccountedFor(server, workload);
            assertThat(workload.recorder().failures()).isLessThan(writes.size() / 20);
            assertThat(writes).extracting(Write::table).containsAll(Workload.TABLES);
            assertThat(writes).extracting(Write::site).containsAll(SITES);
            assertThat(writes).extracting(Write::tag).doesNotHaveDuplicates();
            Map<Kind, Long> kinds = writes.stream().collect(Collectors.groupingBy(Write::kind, Collectors.counting()));
            assertThat(kinds.get(Kind.UPDATE)).isGreaterThan(kinds.get(Kind.INSERT));
            assertThat(kinds.get(Kind.INSERT)).isGreaterThan(kinds.get(Kind.DELETE));
            assertThat(kinds.get(Kind.DELETE)).isPositive();
            int before = writes.size();
            assertThat(workload.recorder().writes()).hasSize(before);
        }
    }

    @Test
    void after_a_crash_the_record_still_accounts_for_every_row() throws Exception {
        try (PostgresServer server = serverWithSites();
                Workload workload = start(server)) {
            awaitWrites(workload, 300);
            server.kill();
            server.startAgain();
            awaitWrites(workload, workload.recorder().writes().size() + 300);
            workload.stop();
            assertThat(workload.recorder().failures()).isPositive();
            assertAllAccountedFor(server, workload);
        }
    }

    @Test
    void filling_depends_on_the_options_alone() throws Exception {
        try (PostgresServer server = serverWithSites()) {
            for (String table : Workload.TABLES) {
                String sum =
                        "SELECT count(*) || ' ' || md5(string_agg(t::text, ',' ORDER BY tag)) FROM " + table + " t";
                assertThat(server.value("east", sum))
                        .isEqualTo(server.value("west", sum))
                        .doesNotStartWith("0 ");
            }
        }
    }
}
