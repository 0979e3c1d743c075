package dev.entwine.engine;

import dev.entwine.db.SiteMarks.Known;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * For each site a number of a transaction such that whatever older ones wrote there has been applied at every other site. A site that
 * goes back keeps it as it was then, and so it can be told later what its rows, and those of the others, had in common. Owned by the
 * engine's keeper.
 */
final class Spread {
    /** While a site is away nothing spreads; then the places to come are coarse. */
    private static final int PLACES_MAX = 1_000;

    /**
     * @param oldest number of the oldest transaction that had not ended when it was asked for, without wrapping around
     * @param end of the log, right after that
     */
    record Place(long oldest, Position end) {}

    private final Map<SiteId, Deque<Place>> places = new TreeMap<>();
    private final Map<SiteId, Long> oldest = new TreeMap<>();

    Spread(Collection<SiteId> sites) {
        sites.forEach(site -> places.put(site, new ArrayDeque<>()));
    }

    /** @param place as the site is now */
    void at(SiteId site, Place place) {
        Deque<Place> ofSite = places.computeIfAbsent(site, any -> new ArrayDeque<>());
        ofSite.addLast(place);
        if (ofSite.size() > PLACES_MAX) {
            boolean[] keep = {true};
            ofSite.removeIf(every -> keep[0] = !keep[0]);
        }
    }

    /** @param known of every site; what is acknowledged of its log has been applied at all others, durably */
    Map<SiteId, Long> upTo(Map<SiteId, Known> known) {
        places.forEach((site, ofSite) -> {
            Position acknowledged = known.getOrDefault(site, Known.NOTHING).acknowledged();
            while (!ofSite.isEmpty() && !ofSite.getFirst().end().isAfter(acknowledged)) {
                oldest.put(site, ofSite.removeFirst().oldest());
            }
        });
        return Map.copyOf(oldest);
    }
}
