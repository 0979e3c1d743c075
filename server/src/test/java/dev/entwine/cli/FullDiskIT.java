package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entwine.cli.Pair.Result;
import dev.entwine.config.Configuration;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The disk on which a site has its rows is full: a file system of the test's own, which only root may mount. The server's log lies
 * elsewhere; a server whose log has no room ends itself.
 */
final class FullDiskIT {
    private static final int ROWS = 120_000;

    private Path disk;
    private PostgresServer east;
    private PostgresServer west;
    private Pair pair;

    @BeforeEach
    void start() throws IOException, InterruptedException, SQLException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount a file system");
        disk = Files.createTempDirectory("entwine-disk-");
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString());
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(Pair.PASSWORD);
        east = PostgresServer.start(PostgresBinaries.bundled(), options);
        west = PostgresServer.start(PostgresBinaries.bundled(), options);
        pair = Pair.on(east, west);
        Path folder = disk.resolve("space");
        // The server must own it, and who the server is depends on the machine.
        west.execute("postgres", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null && mkdir " + folder + "'");
        west.execute("postgres", "CREATE TABLESPACE small LOCATION '" + folder + "'");
        pair.east("CREATE TABLE t (id int PRIMARY KEY, note text)");
        pair.west("CREATE TABLE t (id int PRIMARY KEY, note text) TABLESPACE small");
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        if (disk != null) {
            east.close();
            west.close();
            run("umount", disk.toString());
            Files.delete(disk);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    private void makeRoom() throws IOException, InterruptedException {
        run("mount", "-o", "remount,size=300m", disk.toString());
    }

    private void fill(String site) throws SQLException {
        pair.server(site)
                .execute(
                        pair.database(),
                        "INSERT INTO t SELECT g, repeat(md5(g::text), 24) FROM generate_series(1, " + ROWS + ") g");
    }

    @Test
    void a_copy_onto_a_full_disk_says_so_and_goes_on_when_there_is_room() throws Exception {
        fill("east");
        Result full = pair.run("init", "--copy-from", "east");
        assertThat(full.exitCode()).as(full.all()).isEqualTo(1);
        assertThat(full.err())
                .contains("site west: copying table public.t")
                .contains("No space left on device")
                .contains("run the same command again to go on")
                .doesNotContain("\tat ");
        String slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
        assertThat(pair.value("east", slots) + pair.value("west", slots)).isEqualTo("00");
        assertThat(pair.run("init", "--copy-from", "east").err()).contains("No space left on device");
        pair.east("UPDATE t SET note = 'meanwhile' WHERE id % 1000 = 1");

        makeRoom();
        Result again = pair.run("init", "--copy-from", "east");
        assertThat(again.exitCode()).as(again.all()).isZero();
        pair.synchronize();
        requireEqual();
    }

    @Test
    void an_engine_whose_site_has_no_room_says_so_and_goes_on_when_there_is_some() throws Exception {
        Result initialized = pair.run("init", "--equal");
        assertThat(initialized.exitCode()).as(initialized.all()).isZero();
        Configuration configuration = Configuration.load(pair.configuration(), Map.of("PASSWORD", Pair.PASSWORD));
        Engine engine = Engine.start(configuration, "here", text -> {});
        try (engine) {
            fill("east");
            String status = awaitHeld();
            assertThat(status)
                    .contains("east to west is held up: TRANSIENT 53100")
                    .doesNotContain("west to east is held");
            assertThat(pair.value("west", "SELECT count(*) FROM t")).isEqualTo("0");
            pair.east("UPDATE t SET note = 'meanwhile' WHERE id % 1000 = 1");

            makeRoom();
            Result waited = pair.run("wait");
            assertThat(waited.exitCode()).as(waited.all()).isZero();
        }
        requireEqual();
    }

    private String awaitHeld() throws IOException, InterruptedException {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            String status = pair.run("status").all();
            if (status.contains("No space left on device")) {
                return status;
            }
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("nothing is said after a minute: " + status);
            }
            Thread.sleep(200);
        }
    }

    private void requireEqual() throws Exception {
        assertThat(pair.value("west", "SELECT count(*) FROM t")).isEqualTo(String.valueOf(ROWS));
        Result verified = pair.run("verify");
        assertThat(verified.exitCode()).as(verified.all()).isZero();
    }
}
