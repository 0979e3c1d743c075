package dev.entwine.engine;

import dev.entwine.carrier.Spool;
import dev.entwine.db.HeldLog;
import dev.entwine.merge.Item;
import dev.entwine.merge.Merger;
import dev.entwine.model.SiteId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the engine can say of itself at one moment.
 *
 * @param inStep     whether everything taken from the logs is applied
 * @param captured   changes taken from the logs since the engine started; likewise the other counters
 * @param guarded  the logs that guards hold, by site
 * @param inFlight   changes that wait for a target, summed over the targets
 * @param windowRows rows that are not known to be applied at every site
 */
public record EngineStatus(
        boolean inStep,
        Map<SiteId, Site> sites,
        List<Link> links,
        Map<SiteId, HeldLog> guarded,
        long captured,
        long applied,
        long superseded,
        long conflicts,
        long parked,
        long inFlight,
        int windowRows,
        int windowConflicts,
        long spoolMemoryBytes,
        long spoolFileBytes) {

    /**
     * @param connected whether the site's log is being read
     * @param since     since when it has been so
     * @param reason    why it is not; empty while it is
     */
    public record Site(boolean connected, Instant since, String reason) {}

    /**
     * @param lagMs age of the oldest change that waits, by the clock of the site that made it; 0 when none waits
     * @param state streaming, down or paused
     * @param held  what holds it up; empty when nothing does
     */
    public record Link(
            SiteId from, SiteId to, long lagMs, long queuedChanges, long queuedBytes, String state, String held) {}

    /**
     * What persons have stopped, or are to let go on.
     *
     * @param paused sites that get nothing
     * @param held   where guards hold logs
     */
    record Stopped(Set<SiteId> paused, Map<SiteId, HeldLog> held) {
        boolean isPaused(SiteId from, SiteId to) {
            return paused.contains(to) || held.containsKey(from) || held.containsKey(to);
        }

        /** Empty where nothing is held by a guard. */
        String reason(SiteId from, SiteId to) {
            HeldLog ofSource = held.get(from);
            if (ofSource != null) {
                return "by a guard, since " + ofSource.at() + " at position " + ofSource.position() + ": "
                        + ofSource.what();
            }
            return held.containsKey(to)
                    ? "the log of " + to + " is held by a guard, and what cannot be seen in it must not be overwritten"
                    : "";
        }
    }

    static EngineStatus of(
            List<SiteId> sites,
            Map<SiteId, LogState> logs,
            Map<SiteId, TargetQueue> queues,
            Stopped stopped,
            Merger merger,
            Spool spool,
            Counters counters,
            Instant now) {
        Map<SiteId, Site> siteStates = new LinkedHashMap<>();
        logs.forEach((site, log) -> siteStates.put(site, new Site(log.connected(), log.since(), log.reason())));
        List<Link> links = new ArrayList<>();
        long inFlight = 0;
        boolean inStep = true;
        for (SiteId to : sites) {
            TargetQueue queue = required(queues.get(to), to);
            for (SiteId from : sites) {
                if (!from.equals(to)) {
                    boolean streaming = required(logs.get(from), from).connected()
                            && required(logs.get(to), to).connected();
                    long queued = queue.waitingChanges(from);
                    inFlight += queued;
                    links.add(new Link(
                            from,
                            to,
                            queued == 0 ? 0 : lagMs(spool, queue, from, to, now),
                            queued,
                            queue.waitingBytes(from),
                            state(streaming, stopped.isPaused(from, to)),
                            held(stopped.reason(from, to), queue)));
                    inStep &= streaming && stopped.held().isEmpty();
                }
            }
            inStep &= queue.isEmpty() && queue.taken() >= spool.nextTicket() - 1;
        }
        return new EngineStatus(
                inStep,
                siteStates,
                links,
                Map.copyOf(stopped.held()),
                merger.captured(),
                counters.applied(),
                counters.superseded(),
                merger.conflicts(),
                counters.parked(),
                inFlight,
                merger.windowRows(),
                merger.windowConflicts(),
                spool.memoryBytes(),
                spool.fileBytes());
    }

    private static String held(String byGuard, TargetQueue queue) {
        return byGuard.isEmpty() ? queue.held() : byGuard;
    }

    private static String state(boolean streaming, boolean paused) {
        return paused ? "paused" : streaming ? "streaming" : "down";
    }

    private static <T> T required(@Nullable T value, SiteId site) {
        if (value == null) {
            throw new IllegalArgumentException("no such site " + site);
        }
        return value;
    }

    /** Looks at a few items only: the first that waits is nearly always among them. */
    private static long lagMs(Spool spool, TargetQueue queue, SiteId from, SiteId to, Instant now) {
        long end = Math.min(spool.nextTicket(), queue.taken() + 100);
        for (long ticket = queue.taken() + 1; ticket < end; ticket++) {
            if (spool.read(ticket) instanceof Item.Transaction transaction
                    && transaction.source().equals(from)
                    && transaction.concerns(to)) {
                return Math.max(
                        0, now.toEpochMilli() - transaction.stamp().toInstant().toEpochMilli());
            }
        }
        return 0;
    }
}
