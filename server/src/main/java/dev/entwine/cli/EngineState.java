package dev.entwine.cli;

import dev.entwine.db.LeaseRow;
import dev.entwine.db.SiteException;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * What the reachable sites say about the engine, together.
 *
 * @param freshest of the lease rows, the one that was renewed last; empty when no reachable site is initialized
 * @param running  whether an engine holds its lock and has renewed its lease lately, at any site
 */
record EngineState(Optional<LeaseRow> freshest, boolean running) {
    /** A running engine renews about every second. */
    private static final long RENEWED_AGO_MS_MAX = 10_000;

    static EngineState of(SiteConnections connections) throws SiteException {
        return of(connections.each(connections.reachable(), "reading the lease", LeaseRow::read).values().stream()
                .flatMap(Optional::stream)
                .toList());
    }

    /** What an engine waits for that is there and does not work; empty if it works, or there is none. */
    String waiting() {
        return running
                ? freshest.flatMap(LeaseRow::status)
                        .map(status -> Json.parse(status).path("waiting").asString(""))
                        .orElse("")
                : "";
    }

    static EngineState of(Collection<LeaseRow> leases) {
        Optional<LeaseRow> freshest = leases.stream()
                .min(Comparator.comparing((LeaseRow lease) -> lease.renewedAt().isEmpty())
                        .thenComparingLong(LeaseRow::renewedAgoMs));
        boolean running = leases.stream()
                .anyMatch(lease ->
                        lease.locked() && lease.renewedAt().isPresent() && lease.renewedAgoMs() < RENEWED_AGO_MS_MAX);
        return new EngineState(freshest, running);
    }
}
