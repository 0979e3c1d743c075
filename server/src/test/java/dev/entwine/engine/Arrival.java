package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Brings together what sites have written apart, in an order of arrival that is given: an engine has taken the whole log of one site
 * before it can read the next one's. What was written is counted in the logs, and what was taken is what the engine says.
 */
final class Arrival {
    /** Keeps an idle site's log acknowledged: what an engine takes is then what was written since. */
    static final String SETTINGS = "  heartbeat_ms: 100\n";

    private static final long LIMIT_SECONDS = 60;
    private static final long LOOK_MS = 50;

    private final Sites sites;
    private final Map<String, String> places = new HashMap<>();

    /** Before the sites write; no engine runs, and what was written before is acknowledged. */
    Arrival(Sites sites) throws SQLException {
        this.sites = sites;
        for (String site : sites.names()) {
            places.put(site, sites.value(site, "SELECT pg_current_wal_insert_lsn()"));
        }
    }

    /**
     * After the sites have written; returns when they are in step, everything is acknowledged, and no engine runs.
     *
     * @param order   the sites, the one whose log arrives first at the beginning
     * @param restart whether, each time that one more log was taken, the engine is killed and the next one begins again
     */
    void inOrder(List<String> order, boolean restart) throws Exception {
        Map<String, Long> written = new HashMap<>();
        for (String site : order) {
            written.put(site, written(site));
        }
        Deque<HeldLog> held = new ArrayDeque<>();
        try {
            for (String site : order.subList(1, order.size())) {
                held.addLast(new HeldLog(sites, site));
            }
            long epoch = epoch() + 1;
            Process engine = sites.engine();
            long arrived = written.getOrDefault(order.getFirst(), 0L);
            while (!held.isEmpty()) {
                awaitTaken(engine, epoch, arrived);
                if (restart) {
                    engine.destroyForcibly().waitFor();
                    engine = sites.engine();
                    epoch++;
                    awaitTaken(engine, epoch, arrived);
                }
                HeldLog next = held.removeFirst();
                next.close();
                arrived += written.getOrDefault(next.site(), 0L);
            }
            finish(engine);
        } finally {
            for (HeldLog log : held) {
                log.close();
            }
        }
    }

    /** How many rows were inserted, updated and deleted since the place, as the log names them to its reader. */
    private long written(String site) throws SQLException {
        return Long.parseLong(sites.value(site, """
            SELECT count(*) FROM pg_logical_slot_peek_binary_changes(
                (SELECT slot_name FROM pg_replication_slots WHERE database = current_database()), NULL, NULL,
                'proto_version', '1', 'publication_names', 'entwine')
            WHERE lsn >= '%s' AND chr(get_byte(data, 0)) IN ('I', 'U', 'D')
            """.formatted(places.get(site))));
    }

    /** All logs at once, with engines that are killed at work. */
    void inAnyOrder(int kills) throws Exception {
        for (int i = 0; i < kills; i++) {
            Process engine = sites.engine();
            assertThat(engine.waitFor(900 + 350L * i, TimeUnit.MILLISECONDS))
                    .as("an engine ends by itself: " + Files.readString(sites.engineLog()))
                    .isFalse();
            engine.destroyForcibly().waitFor();
        }
        finish(sites.engine());
    }

    private long epoch() throws SQLException {
        return Long.parseLong(sites.value(sites.names().getFirst(), "SELECT epoch FROM entwine.lease"));
    }

    /** @param epoch of this engine: what the one before it said stands there until it begins */
    private void awaitTaken(Process engine, long epoch, long changes) throws Exception {
        String sql = "SELECT concat(epoch, ' ', status -> 'counters' ->> 'captured') FROM entwine.lease";
        await(engine, sites.names().getFirst(), sql, epoch + " " + changes);
    }

    private void finish(Process engine) throws Exception {
        sites.command(0, "wait", "--timeout", "90s");
        for (String site : sites.names()) {
            String end = sites.value(site, "SELECT pg_current_wal_insert_lsn()");
            await(
                    engine,
                    site,
                    "SELECT confirmed_flush_lsn > '" + end
                            + "' FROM pg_replication_slots WHERE database = current_database()",
                    "t");
        }
        engine.destroy();
        assertThat(engine.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as("the engine ends on SIGTERM")
                .isTrue();
    }

    private void await(Process engine, String site, String sql, String wanted)
            throws IOException, SQLException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        String found = sites.value(site, sql);
        while (!found.equals(wanted)) {
            if (!engine.isAlive() || System.nanoTime() - deadline > 0) {
                throw new AssertionError("at " + site + ", " + sql + " gives " + found + " and never " + wanted + ": "
                        + Files.readString(sites.engineLog()));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            found = sites.value(site, sql);
        }
    }
}
