package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.testkit.PostgresVersions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Partitioned tables: the log describes the partitions, too, and gives their rows as the table's. */
final class PartitionIT {
    private static final String SCHEMA = """
        CREATE TABLE event (area int, id int, v text, n int NOT NULL DEFAULT 0, PRIMARY KEY (area, id)) PARTITION BY LIST (area);
        CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0);
        CREATE TABLE event_1 (id int NOT NULL, n int NOT NULL DEFAULT 0, area int NOT NULL, v text);
        ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES IN (1);
        CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2, 3) PARTITION BY RANGE (id);
        CREATE TABLE event_2_low PARTITION OF event_2 FOR VALUES FROM (0) TO (50);
        CREATE TABLE event_2_high PARTITION OF event_2 FOR VALUES FROM (50) TO (1000);
        INSERT INTO event SELECT g % 4, g, 'base' FROM generate_series(1, 99) g;
        """;

    static Stream<PostgresBinaries> versions() {
        return Stream.of(PostgresVersions.oldest(), PostgresVersions.newest());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void a_partitioned_table_stays_in_step_with_rows_that_move_collide_and_go(PostgresBinaries version)
            throws Exception {
        try (Sites sites = Sites.start(version, PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere(SCHEMA);
            sites.command(0, "init", "--equal");
            sites.execute("east", "UPDATE event SET v = 'collides', n = 1 WHERE id IN (4, 5)");
            sites.execute("west", "UPDATE event SET v = 'collides too', n = 2 WHERE id IN (4, 5)");
            sites.engine();
            sites.execute("east", "UPDATE event SET area = (area + 1) % 4, v = 'moved' WHERE id BETWEEN 10 AND 29");
            sites.execute("west", "UPDATE event SET v = v || ' again' WHERE id BETWEEN 40 AND 60");
            sites.execute("west", "INSERT INTO event SELECT g % 4, g, 'new' FROM generate_series(100, 140) g");
            sites.execute(
                    "east",
                    "DELETE FROM event_2 WHERE id > 80; INSERT INTO event_1 (id, area, v) VALUES (500, 1, 'direct')");
            sites.command(0, "wait");
            sites.requireEqual(List.of("event"), "id::text");
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT count(*) FROM entwine.conflict WHERE table_name = 'event'"))
                        .isEqualTo("2");
                assertThat(sites.value(site, "SELECT string_agg(DISTINCT v, ' ') FROM event WHERE id IN (4, 5)"))
                        .isEqualTo("collides too");
                assertThat(sites.value(site, "SELECT string_agg(area || v, ' ') FROM event WHERE id IN (10, 500)"))
                        .contains("3moved", "1direct");
            }
        }
    }
}
