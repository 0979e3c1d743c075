package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that were logged before a column was added are read again with the column there. */
final class AddedColumnIT {
    static Stream<PostgresBinaries> versions() {
        return Stream.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    private static Sites start(PostgresBinaries version) throws Exception {
        Sites sites = Sites.start(version, PostgresOptions.DEFAULTS, "east", "west");
        sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text);"
                + " INSERT INTO t SELECT g, 'begin' FROM generate_series(1, 9) g");
        sites.command(0, "init", "--equal");
        return sites;
    }

    @ParameterizedTest
    @MethodSource("versions")
    void sites_are_equal_after_writes_before_and_after_a_column_was_added(PostgresBinaries version) throws Exception {
        try (Sites sites = start(version)) {
            Process first = sites.engine();
            sites.execute("east", "UPDATE t SET v = 'east, carried over' WHERE id = 1");
            sites.execute("west", "INSERT INTO t VALUES (30, 'west, carried over')");
            sites.command(0, "wait");
            Sites.stop(first);
            sites.execute("east", "INSERT INTO t VALUES (10, 'east'), (12, 'made and deleted'), (13, 'east')");
            sites.execute("east", "DELETE FROM t WHERE id IN (2, 12)");
            sites.execute("east", "UPDATE t SET v = 'east' WHERE id IN (1, 4, 7)");
            sites.execute("west", "INSERT INTO t VALUES (11, 'west'), (13, 'west')");
            sites.execute("west", "UPDATE t SET v = 'west' WHERE id IN (3, 4, 8)");
            sites.everywhere("ALTER TABLE t ADD COLUMN note text NOT NULL DEFAULT 'none', ADD COLUMN n int");
            sites.execute("east", "UPDATE t SET note = 'east, later' WHERE id IN (6, 8, 10)");
            sites.execute("east", "INSERT INTO t VALUES (20, 'east', 'east, later', 1)");
            sites.execute("west", "UPDATE t SET n = 5 WHERE id IN (3, 6, 7)");
            sites.engine();
            assertThat(sites.command(0, "wait")).contains("in step");
            sites.requireEqual(List.of("t"), "id::text");
            assertThat(sites.value("east", "SELECT v || ', ' || note FROM t WHERE id = 11"))
                    .isEqualTo("west, none");
            assertThat(sites.value("west", "SELECT v || ', ' || note FROM t WHERE id = 10"))
                    .isEqualTo("east, east, later");
            assertThat(sites.value("east", "SELECT v || ', ' || note || ', ' || n FROM t WHERE id = 3"))
                    .isEqualTo("west, none, 5");
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.parked"))
                        .isEqualTo("0");
                assertThat(sites.value(
                                site,
                                "SELECT string_agg(key ->> 'id', ' ' ORDER BY key ->> 'id') FROM"
                                        + " entwine.conflict"))
                        .as("rows in conflict")
                        .isEqualTo("13 4 6 7 8");
            }
        }
    }
}
