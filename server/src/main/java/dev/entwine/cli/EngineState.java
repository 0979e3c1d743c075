package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.db.SiteState;
import dev.entwine.model.SiteId;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the reachable sites say about themselves and the engine, together.
 *
 * @param freshest of the lease rows, the one that was renewed last; empty when no reachable site is initialized
 * @param running  whether an engine holds its lock and has renewed its lease lately, at any site
 */
record EngineState(Map<SiteId, SiteState> sites, Optional<SiteState.Lease> freshest, boolean running) {
    /** A running engine renews about every second. */
    private static final long RENEWED_AGO_MS_MAX = 10_000;

    static EngineState of(SiteConnections connections) throws SiteException {
        Map<SiteId, SiteState> sites = new LinkedHashMap<>();
        for (SiteId site : connections.reachable()) {
            sites.put(
                    site, connections.call(site, "reading the state", connection -> SiteState.read(site, connection)));
        }
        Optional<SiteState.Lease> freshest = sites.values().stream()
                .map(SiteState::lease)
                .flatMap(Optional::stream)
                .min(Comparator.comparing(
                                (SiteState.Lease lease) -> lease.renewedAt().isEmpty())
                        .thenComparingLong(SiteState.Lease::renewedAgoMs));
        boolean running = sites.values().stream()
                .map(SiteState::lease)
                .flatMap(Optional::stream)
                .anyMatch(lease ->
                        lease.locked() && lease.renewedAt().isPresent() && lease.renewedAgoMs() < RENEWED_AGO_MS_MAX);
        return new EngineState(sites, freshest, running);
    }
}
