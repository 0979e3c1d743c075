package dev.entwine.verify;

import dev.entwine.db.Pings;
import dev.entwine.db.SiteException;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** The streams of a running engine: pings every site and waits until every other site has applied them. */
public final class PingedStreams implements Streams {
    /** What a change met on its way, and what was decided then, lies before the second ping. */
    private static final int ROUNDS = 2;

    /** For a command: whoever waits for it wants it soon. */
    private static final Duration POLL = Duration.ofMillis(5);

    private final AllSites sites;
    private final Duration timeout;
    private final Duration poll;

    /**
     * @param sites   connections in auto-commit mode
     * @param timeout for everything to pass, each time
     */
    public PingedStreams(Map<SiteId, Connection> sites, Duration timeout) {
        this(sites, timeout, POLL);
    }

    /** @param poll how often it is looked whether everything has passed */
    PingedStreams(Map<SiteId, Connection> sites, Duration timeout, Duration poll) {
        this.sites = new AllSites(sites);
        this.timeout = timeout;
        this.poll = poll;
    }

    @Override
    public Passage pass(Set<RowId> rows) throws SiteException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        for (int round = 0; round < ROUNDS; round++) {
            Map<SiteId, Position> pings = sites.call("writing a ping", (site, connection) -> Pings.send(connection));
            Optional<String> behind = behind(pings);
            while (behind.isPresent()) {
                if (System.nanoTime() - deadlineNanos >= 0) {
                    return new Passage.Held(behind.get() + " within " + timeout.toSeconds() + " s");
                }
                LockSupport.parkNanos(poll.toNanos());
                behind = behind(pings);
            }
        }
        return new Passage.Passed();
    }

    /** In words; empty when every ping is applied everywhere. */
    private Optional<String> behind(Map<SiteId, Position> pings) throws SiteException {
        Map<SiteId, Map<SiteId, Position>> applied =
                sites.call("reading entwine.progress", (site, connection) -> Pings.applied(connection));
        for (Map.Entry<SiteId, Map<SiteId, Position>> target : applied.entrySet()) {
            for (Map.Entry<SiteId, Position> ping : pings.entrySet()) {
                Position reached = target.getValue().getOrDefault(ping.getKey(), Position.NONE);
                if (!ping.getKey().equals(target.getKey()) && ping.getValue().isAfter(reached)) {
                    return Optional.of("changes of " + ping.getKey() + " up to " + ping.getValue()
                            + " were not applied at " + target.getKey() + " (it is at " + reached + ")");
                }
            }
        }
        return Optional.empty();
    }
}
