package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** However much waits at all sites, the engine's heap does not grow with it. */
final class BacklogIT {
    private static final int CHANGES = 200_000;

    private static final String HEAP = "144m";

    /** What is in hand of a log, a queue and a batch, several times as text; 200 MB wait at each site. */
    private static final String HEAP_OF_LONG_ROWS = "256m";

    private static void write(Sites sites, String site, int from) throws SQLException {
        sites.execute(site, """
            DO $$ BEGIN
                FOR i IN 0 .. %1$d / 1000 - 1 LOOP
                    INSERT INTO t SELECT %2$d + 2 * (1000 * i + g), 'while no engine runs' FROM generate_series(1, 1000) g;
                    COMMIT;
                END LOOP;
            END $$\
            """.formatted(CHANGES, from));
    }

    @Test
    void what_has_waited_at_both_sites_is_carried_over_with_a_small_heap() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.withSettings("  memory_bytes_max: 16777216\n");
            sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text)");
            sites.command(0, "init", "--equal");
            write(sites, "east", 0);
            write(sites, "west", 1);
            Process engine = sites.engine(HEAP);
            String waited = sites.command(0, "wait", "--timeout", "100s");
            assertThat(waited).as(Files.readString(sites.engineLog())).contains("in step");
            assertThat(engine.isAlive()).isTrue();
            assertThat(sites.value("west", "SELECT count(*) FROM t")).isEqualTo(Integer.toString(2 * CHANGES));
            sites.requireEqual(List.of("t"), "id::text");
        }
    }

    /** A batch is bounded by its bytes, not by its rows alone. */
    @Test
    void long_rows_are_carried_over_with_the_same_heap_as_short_ones() throws Exception {
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.withSettings("  memory_bytes_max: 16777216\n");
            sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text)");
            sites.command(0, "init", "--equal");
            for (int site = 0; site < 2; site++) {
                sites.execute(sites.names().get(site), """
                    DO $$ BEGIN
                        FOR i IN 1 .. 2000 LOOP
                            INSERT INTO t VALUES (2 * i + %d, repeat(md5(i::text), 3200));
                            COMMIT;
                        END LOOP;
                    END $$\
                    """.formatted(site));
            }
            Process engine = sites.engine(HEAP_OF_LONG_ROWS);
            String waited = sites.command(0, "wait", "--timeout", "100s");
            assertThat(waited).as(Files.readString(sites.engineLog())).contains("in step");
            assertThat(engine.isAlive()).isTrue();
            sites.requireEqual(List.of("t"), "id::text");
        }
    }
}
