package dev.entwine.merge;

import dev.entwine.model.LogEntry.Marker;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** What all sites' logs show together. Owned by the {@link Merger}. */
final class SiteViews {
    private final Map<SiteId, SiteView> views = new TreeMap<>();

    SiteViews(Collection<SiteId> sites, Map<SiteId, Recovered> recovered) {
        for (SiteId site : sites) {
            views.put(site, new SiteView(site, Recovery.of(recovered, site)));
        }
    }

    SiteView of(SiteId site) {
        SiteView view = views.get(site);
        if (view == null) {
            throw new IllegalArgumentException("site " + site + " is not one of " + views.keySet());
        }
        return view;
    }

    /** Up to where each log has been taken. */
    VersionVector taken() {
        VersionVector taken = VersionVector.EMPTY;
        for (SiteView view : views.values()) {
            taken = taken.with(view.site(), view.cursor());
        }
        return taken;
    }

    /** Whether everything that the marker names from other logs has been taken from there. */
    boolean isCausallyNext(Marker marker) {
        VersionVector named = marker.applied();
        for (VersionVector merged : marker.merged().values()) {
            named = named.join(merged);
        }
        return taken().covers(named.without(marker.site()));
    }

    /** For each site the place in its log up to which it will not be read again, as durable in that site's own log. */
    VersionVector acknowledged() {
        VersionVector result = VersionVector.EMPTY;
        for (SiteView view : views.values()) {
            result = result.with(view.site(), view.acknowledged());
        }
        return result;
    }

    Acknowledgement acknowledgeable(SiteId site) {
        return of(site).acknowledgeable(appliedElsewhere(site));
    }

    /** @param alone whether the batch that names it brings nothing else */
    Acknowledgement toName(SiteId site, boolean alone) {
        return of(site).toName(appliedElsewhere(site), alone);
    }

    /** Up to where every other site's own log shows a site's local transactions as applied. */
    Position appliedElsewhere(SiteId site) {
        Position least = null;
        for (SiteView view : views.values()) {
            if (!view.site().equals(site)) {
                Position applied = view.applied().at(site);
                least = least == null || least.isAfter(applied) ? applied : least;
            }
        }
        return least == null ? Position.NONE : least;
    }

    boolean isAppliedEverywhere(WindowRow row) {
        for (SiteView view : views.values()) {
            if (!view.applied().covers(row.vector().without(view.site()))) {
                return false;
            }
        }
        return true;
    }

    /** The decision stands in every site's journal, as the logs show: no restart needs it, though its row may stay in conflict for long. */
    void journaled(Decision decision) {
        String id = decision.id();
        views.values().forEach(view -> view.journaled().add(id));
    }

    /** Every site's tables are to be told that what was decided about the row is finished. */
    void finish(WindowRow row) {
        views.values().forEach(view -> view.finished().put(row.id(), row.vector()));
    }
}
