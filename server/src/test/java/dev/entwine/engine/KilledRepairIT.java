package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Commands that compare and mend are killed, again and again, and run again. {@code -Drepair.kills=10} for more, {@code -Drepair.seed} to repeat. */
final class KilledRepairIT {
    private static final int KILLS = Integer.getInteger("repair.kills", 3);
    private static final long SEED = Long.getLong("repair.seed", System.nanoTime());
    private static final int ROWS = 4_000;
    private static final String LEFT = "SELECT (SELECT count(*) FROM pg_replication_slots) || ' ' || (SELECT count(*)"
            + " FROM pg_prepared_xacts) || ' ' || (SELECT count(*) FROM pg_publication)";

    private static String unseen(String sql) {
        return "BEGIN; SELECT pg_logical_emit_message(true, 'entwine', 'apply'); " + sql + "; COMMIT";
    }

    private static long mended(Sites sites) throws Exception {
        return Long.parseLong(sites.value("east", "SELECT count(*) FROM t WHERE v = 'west'"));
    }

    private static void kill(Process process, int afterMs) throws InterruptedException {
        if (!process.waitFor(afterMs, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void a_verify_or_repair_that_was_killed_is_run_again_and_ends_right() throws Exception {
        System.out.println("repair.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        try (Sites sites = Sites.start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS, "east", "west")) {
            sites.everywhere("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, 'base' FROM"
                    + " generate_series(1, " + ROWS + ") g");
            sites.command(0, "init", "--equal");
            Process engine = sites.engine();
            sites.command(0, "wait", "--timeout", "60s");
            sites.execute("west", unseen("UPDATE t SET v = 'west' WHERE id % 2 = 0"));
            sites.execute("east", unseen("DELETE FROM t WHERE id % 10 = 5"));
            String left = sites.value("east", LEFT);
            for (int i = 0; i < KILLS; i++) {
                kill(sites.begin("verify"), 500 + random.nextInt(2_500));
                long before = mended(sites);
                Process repair = sites.begin("repair", "--apply", "--prefer", "west");
                while (repair.isAlive() && mended(sites) == before) {
                    Thread.sleep(5);
                }
                kill(repair, random.nextInt(100));
                assertThat(mended(sites))
                        .as("mended when the repair was killed")
                        .isLessThan(ROWS / 2);
            }
            sites.command(0, "wait", "--timeout", "60s");
            sites.command(0, "repair", "--apply", "--prefer", "west");
            sites.command(0, "wait", "--timeout", "60s");
            sites.command(0, "verify");
            sites.requireAlike(List.of("t"));
            assertThat(engine.isAlive()).isTrue();
            for (String site : sites.names()) {
                assertThat(sites.value(site, "SELECT count(*) FILTER (WHERE v = 'west') || ' ' || count(*) FROM t"))
                        .isEqualTo(ROWS / 2 + " " + ROWS);
                assertThat(sites.value(site, LEFT))
                        .as("what is left at " + site)
                        .isEqualTo(left);
            }
        }
    }
}
