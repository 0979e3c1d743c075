package dev.entwine.cli;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Pings;
import dev.entwine.db.SiteException;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Pings every site and waits until every other site has applied the ping. A decision that the first ping met on its way goes back
 * to the site where it came from; a second ping, behind it, shows that it has arrived. Owned by one thread.
 */
final class StepWait {
    private static final int ROUNDS = 2;
    private static final Duration POLL = Duration.ofMillis(20);

    private final SiteConnections connections;
    private final long deadlineNanos;

    /** @param deadlineNanos by {@link System#nanoTime} */
    StepWait(SiteConnections connections, long deadlineNanos) {
        this.connections = connections;
        this.deadlineNanos = deadlineNanos;
    }

    /** A site that has not applied another one's ping. */
    record Behind(SiteId from, SiteId to, Position applied, Position wanted) {}

    /** A site that keeps changes which its database refused, and how many. */
    record Parked(SiteId site, long changes) {}

    /** The sites where something is parked. That does not end by itself. */
    List<Parked> parked() throws SiteException {
        List<Parked> result = new ArrayList<>();
        for (SiteId site : connections.reachable()) {
            long changes = connections.call(site, "reading entwine.parked", StepWait::countParked);
            if (changes > 0) {
                result.add(new Parked(site, changes));
            }
        }
        return result;
    }

    private static long countParked(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM entwine.parked");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    /** What is behind when the time is over; empty when the sites are in step. */
    List<Behind> run() throws SiteException, CommandFailure {
        List<Behind> behind = List.of();
        for (int round = 0; round < ROUNDS && behind.isEmpty(); round++) {
            Map<SiteId, Position> pings = new LinkedHashMap<>();
            for (SiteId site : connections.reachable()) {
                pings.put(site, ping(site));
            }
            behind = await(pings);
        }
        return behind;
    }

    /** A position that lies before the ping's commit, and behind everything that had committed at the site before the call. */
    private Position ping(SiteId site) throws SiteException, CommandFailure {
        if (!connections.call(
                site,
                "reading entwine.meta",
                connection -> Bookkeeping.meta(connection)
                        .filter(Bookkeeping.Meta::initialized)
                        .isPresent())) {
            throw new CommandFailure(ExitCode.FAILED, "site " + site + " is not initialized; run 'entwine init' first");
        }
        return connections.call(site, "writing a ping", Pings::send);
    }

    private List<Behind> await(Map<SiteId, Position> pings) throws SiteException {
        while (true) {
            List<Behind> behind = behind(pings);
            if (behind.isEmpty() || System.nanoTime() - deadlineNanos >= 0) {
                return behind;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private List<Behind> behind(Map<SiteId, Position> pings) throws SiteException {
        List<Behind> behind = new ArrayList<>();
        for (SiteId target : pings.keySet()) {
            Map<SiteId, Position> applied = connections.call(target, "reading entwine.progress", Pings::applied);
            pings.forEach((source, wanted) -> {
                Position reached = applied.getOrDefault(source, Position.NONE);
                if (!source.equals(target) && wanted.isAfter(reached)) {
                    behind.add(new Behind(source, target, reached, wanted));
                }
            });
        }
        return behind;
    }
}
