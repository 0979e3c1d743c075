package dev.entwine.engine;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.SiteMarks.Known;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
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

    /** @param seen what the site had applied when its own log was acknowledged up to the place: all that shows in rows from before */
    private record Acknowledged(Place place, VersionVector seen) {}

    private final Map<SiteId, Deque<Place>> places = new TreeMap<>();
    private final Map<SiteId, Deque<Acknowledged>> acknowledged = new TreeMap<>();
    private final Map<SiteId, Long> oldest = new TreeMap<>();

    Spread(Collection<SiteId> sites) {
        for (SiteId site : sites) {
            places.put(site, new ArrayDeque<>());
            acknowledged.put(site, new ArrayDeque<>());
        }
    }

    /** @param place as the site is now */
    void at(SiteId site, Place place) {
        Deque<Place> ofSite = requireNonNull(places.get(site));
        ofSite.addLast(place);
        thin(ofSite);
    }

    private static void thin(Deque<?> places) {
        if (places.size() > PLACES_MAX) {
            boolean[] keep = {true};
            places.removeIf(every -> keep[0] = !keep[0]);
        }
    }

    /**
     * What was made at a site before a place has spread once its log is acknowledged up to there; what had come to it from elsewhere, once
     * the logs that it came from are, as far as the site had applied them.
     *
     * @param known of every site; what is acknowledged of its log has been applied at all others, durably
     */
    Map<SiteId, Long> upTo(Map<SiteId, Known> known) {
        VersionVector everywhere = VersionVector.EMPTY;
        for (Map.Entry<SiteId, Known> site : known.entrySet()) {
            everywhere = everywhere.with(site.getKey(), site.getValue().acknowledged());
        }
        for (Map.Entry<SiteId, Deque<Place>> site : places.entrySet()) {
            Known now = known.getOrDefault(site.getKey(), Known.NOTHING);
            Deque<Acknowledged> waiting = requireNonNull(acknowledged.get(site.getKey()));
            Deque<Place> ofSite = site.getValue();
            while (!ofSite.isEmpty() && !ofSite.getFirst().end().isAfter(now.acknowledged())) {
                waiting.addLast(new Acknowledged(ofSite.removeFirst(), now.applied()));
            }
            thin(waiting);
            while (!waiting.isEmpty() && everywhere.covers(waiting.getFirst().seen())) {
                oldest.put(site.getKey(), waiting.removeFirst().place().oldest());
            }
        }
        return Map.copyOf(oldest);
    }
}
