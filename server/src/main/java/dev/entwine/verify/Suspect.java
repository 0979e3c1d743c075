package dev.entwine.verify;

import dev.entwine.model.SiteId;
import dev.entwine.verify.RowReads.Sighting;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A row that was not the same at all sites, and how it was seen since. Owned by one thread. */
final class Suspect {
    /** How often a row must stand still while everything passes; see the package's DESIGN.md for why once is not enough. */
    private static final int STILL_MIN = 2;

    private Map<SiteId, Sighting> last = Map.of();
    private int still;
    private final Map<SiteId, Set<String>> seen = new HashMap<>();

    /** @param now the row at every site, read after everything passed that could be seen at the last look */
    void look(Map<SiteId, Sighting> now) {
        still = now.equals(last) ? still + 1 : 0;
        last = Map.copyOf(now);
        now.forEach((site, sighting) ->
                seen.computeIfAbsent(site, key -> new HashSet<>()).add(sighting.whole()));
    }

    Map<SiteId, Sighting> last() {
        return last;
    }

    /** All sites had the same at the last look. */
    boolean isEqual() {
        return last.values().stream().map(Sighting::whole).distinct().count() == 1;
    }

    /** It differs, and nothing that was on its way can be the reason. */
    boolean isCertain() {
        return still >= STILL_MIN && !isEqual();
    }

    boolean isMissingSomewhere() {
        return last.values().stream().anyMatch(Sighting::isMissing);
    }

    /** All sites have had one and the same row within the time of these looks. */
    boolean wasEqual() {
        Set<String> common = new HashSet<>(seen.values().iterator().next());
        seen.values().forEach(common::retainAll);
        return !common.isEmpty();
    }
}
