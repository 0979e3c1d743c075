package dev.entwine.engine;

import dev.entwine.apply.Applier.Sleeper;
import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Said;
import dev.entwine.fault.FaultPoint;
import dev.entwine.model.LogEntry;
import dev.entwine.model.SiteId;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes one site's log for as long as the engine runs, connecting again whenever it has to. Runs on a thread of its own. */
final class LogTaker {
    private static final int PAUSE_MS_MIN = 50;
    private static final int PAUSE_MS_MAX = 5000;
    private static final int AHEAD_MAX = 20_000;

    /** Rows may be long and transactions large, and all of it is in memory while the entry in front of it waits. */
    private static final long AHEAD_BYTES_MAX = 16L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(LogTaker.class);

    private final SiteId site;
    private final Opening opening;
    private final Core core;
    private final Sleeper sleeper;
    private volatile boolean stopping;
    private volatile @Nullable LogReader reader;
    private int pauseMs = PAUSE_MS_MIN;

    /** Opens a reader of the site's log. */
    interface Opening {
        LogReader open() throws SQLException, ChangedSiteException;
    }

    LogTaker(SiteId site, Opening opening, Core core, Sleeper sleeper) {
        this.site = site;
        this.opening = opening;
        this.core = core;
        this.sleeper = sleeper;
    }

    void run() throws InterruptedException, UnreadableLogException, ChangedSiteException {
        while (!stopping) {
            try (LogReader open = opening.open()) {
                reader = open;
                LOG.info("site {}: reading the log", site);
                core.log(site, true, "");
                pauseMs = PAUSE_MS_MIN;
                take(open);
            } catch (SQLException e) {
                if (!stopping) {
                    lost(e);
                }
            }
        }
    }

    private void take(LogReader open) throws SQLException, UnreadableLogException, InterruptedException {
        Deque<LogEntry> ahead = new ArrayDeque<>();
        while (!stopping) {
            LogEntry entry = ahead.isEmpty() ? open.next() : ahead.removeFirst();
            boolean local = entry instanceof LogEntry.LocalTransaction;
            if (local) {
                FaultPoint.CAPTURE_READ.pass();
            }
            if (!core.offer(entry, () -> lookAhead(open, ahead))) {
                return; // and open it anew, which also looks whether the site is still the same
            }
            if (local) {
                FaultPoint.CAPTURE_TAKEN.pass();
            }
            if (entry instanceof LogEntry.Marker) {
                FaultPoint.ACKNOWLEDGE_BEFORE.pass();
                open.acknowledge(core.acknowledged(site).next());
                FaultPoint.ACKNOWLEDGE_AFTER.pass();
            }
        }
    }

    /** What comes after an entry that has to wait, as far as it is here: never more than a batch or two. */
    private static Collection<LogEntry> lookAhead(LogReader open, Deque<LogEntry> ahead) {
        long bytes = ahead.stream().mapToLong(LogTaker::bytes).sum();
        while (ahead.size() < AHEAD_MAX && bytes < AHEAD_BYTES_MAX) {
            Optional<LogEntry> next = open.poll();
            if (next.isEmpty()) {
                break;
            }
            ahead.addLast(next.get());
            bytes += bytes(next.get());
        }
        return ahead;
    }

    private static long bytes(LogEntry entry) {
        return entry instanceof LogEntry.LocalTransaction transaction ? transaction.bytes() : 0;
    }

    private void lost(SQLException e) throws InterruptedException {
        String reason = Said.by(e);
        LOG.warn("site {}: the log cannot be read (SQLSTATE {}: {}); trying again", site, e.getSQLState(), reason);
        core.log(site, false, reason);
        sleeper.sleep(pauseMs);
        pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
    }

    /** From another thread: ends the reading. */
    void stop() throws SQLException {
        stopping = true;
        LogReader open = reader;
        if (open != null) {
            open.close();
        }
    }
}
