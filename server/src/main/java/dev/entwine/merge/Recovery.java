package dev.entwine.merge;

import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which decisions a new engine takes over as they stand: the unfinished ones. Finished is one that some site was told so, or that
 * stands at every site and all of whose contributions lie before the places from which the logs are read again. (Otherwise its
 * contributions would be replayed, in another order, and decided differently; and one that is finished would be written over what
 * came after it.) A row of which some journal tells less than another one has not left the window, and is not finished.
 */
final class Recovery {
    private final Map<SiteId, Recovered> sites;
    private final VersionVector acknowledged;

    Recovery(Map<SiteId, Recovered> sites) {
        this.sites = sites;
        VersionVector vector = VersionVector.EMPTY;
        for (Map.Entry<SiteId, Recovered> site : sites.entrySet()) {
            vector = vector.with(site.getKey(), site.getValue().acknowledged());
        }
        this.acknowledged = vector;
    }

    static Recovered of(Map<SiteId, Recovered> sites, SiteId site) {
        Recovered found = sites.get(site);
        if (found == null) {
            throw new IllegalArgumentException("nothing recovered from site " + site);
        }
        return found;
    }

    /**
     * A row that is taken over.
     *
     * @param row     with all its decisions, each told as fully as any journal tells it
     * @param lacking the sites in whose journals a decision of it stands with less in it
     */
    record Unfinished(StoredRow row, Map<Decision, Set<SiteId>> lacking) {}

    List<Unfinished> unfinished() {
        Map<RowId, StoredRow> newest = new LinkedHashMap<>();
        for (Recovered site : sites.values()) {
            for (StoredRow row : site.rows().values()) {
                if (!isFinished(row)) {
                    newest.merge(row.key().id(), row, this::newer);
                }
            }
        }
        List<Unfinished> result = new ArrayList<>();
        newest.values().forEach(row -> result.add(withAllDecisions(row)));
        return result;
    }

    /**
     * A row that was decided for a constraint's sake contains a place in a log that no site ever applies. When it has been finished and
     * is in conflict again, its vector begins without that place; then the version that needs no log any more is the older one.
     */
    private StoredRow newer(StoredRow a, StoredRow b) {
        if (a.vector().equals(b.vector())) {
            return a.merged().incomplete().size() <= b.merged().incomplete().size() ? a : b;
        }
        if (a.vector().covers(b.vector())) {
            return a;
        }
        if (b.vector().covers(a.vector())) {
            return b;
        }
        if (acknowledged.covers(a.vector()) != acknowledged.covers(b.vector())) {
            return acknowledged.covers(a.vector()) ? b : a;
        }
        throw new IllegalStateException("sites hold different decisions about row "
                + a.key().id() + " of " + a.table() + ": " + a.vector() + " and " + b.vector());
    }

    private boolean isFinished(StoredRow row) {
        boolean everywhere = acknowledged.covers(row.vector());
        for (Map.Entry<SiteId, Recovered> site : sites.entrySet()) {
            StoredRow there = site.getValue().rows().get(row.key().id());
            if (there != null && there.finished() && there.vector().covers(row.vector())) {
                return true;
            }
            everywhere &= there != null
                    && there.vector().covers(row.vector().without(site.getKey()))
                    && there.decisions().isEmpty();
        }
        return everywhere;
    }

    /** A decision may stand in one site's journal and not yet in another's. */
    private Unfinished withAllDecisions(StoredRow row) {
        Map<String, Decision> decisions = new LinkedHashMap<>();
        for (Recovered site : sites.values()) {
            StoredRow there = site.rows().get(row.key().id());
            if (there != null) {
                there.decisions().forEach(decision -> decisions.merge(decision.id(), decision, Decision::fuller));
            }
        }
        Map<Decision, Set<SiteId>> lacking = new HashMap<>();
        sites.forEach((site, recovered) -> {
            StoredRow there = recovered.rows().get(row.key().id());
            for (Decision decision : there == null ? List.<Decision>of() : there.decisions()) {
                Decision fullest = decisions.getOrDefault(decision.id(), decision);
                if (fullest.isFullerThan(decision)) {
                    lacking.computeIfAbsent(fullest, none -> new TreeSet<>()).add(site);
                }
            }
        });
        StoredRow all = new StoredRow(
                row.table(), row.key(), row.vector(), row.merged(), false, List.copyOf(decisions.values()));
        return new Unfinished(all, lacking);
    }
}
