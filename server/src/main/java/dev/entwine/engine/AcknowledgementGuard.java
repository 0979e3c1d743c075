package dev.entwine.engine;

import dev.entwine.merge.Merger;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks, without the merger's own reckoning, that nothing is acknowledged too early: a position beyond what every other site has durably
 * applied would lose changes. Guarded by the core's lock.
 */
final class AcknowledgementGuard {
    /** Bounds the memory; beyond it the check is a sample. */
    private static final int UNAPPLIED_MAX = 100_000;

    /** Per site its local transactions that some other site's log has not shown as applied, oldest first. */
    private final Map<SiteId, Deque<Position>> unapplied = new TreeMap<>();

    AcknowledgementGuard(Collection<SiteId> sites) {
        sites.forEach(site -> unapplied.put(site, new ArrayDeque<>()));
    }

    /** It was taken from its log. */
    void taken(LocalTransaction local) {
        Deque<Position> waiting = unapplied.get(local.site());
        if (waiting == null) {
            throw new IllegalArgumentException("no such site " + local.site());
        }
        if (waiting.size() < UNAPPLIED_MAX) {
            waiting.addLast(local.position());
        }
    }

    /** @throws IllegalStateException something is acknowledged too early, which is to stop the engine */
    void check(SiteId shownBy, Merger merger) {
        unapplied.forEach((source, waiting) -> {
            Position applied = merger.appliedElsewhere(source);
            while (!waiting.isEmpty() && !waiting.getFirst().isAfter(applied)) {
                waiting.removeFirst();
            }
            Position acknowledged = merger.acknowledged().at(source);
            if (!waiting.isEmpty() && !waiting.getFirst().isAfter(acknowledged)) {
                throw new IllegalStateException("site " + source + " is acknowledged up to " + acknowledged
                        + " (seen at a marker of " + shownBy + "), but its transaction at " + waiting.getFirst()
                        + " is durable elsewhere only up to " + applied);
            }
        });
    }
}
