package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the window holds of a row in conflict, beside what it holds of every row: its key, its merged version, its decisions. */
final class ConflictState {
    private final Table table;
    private final RowKey key;
    private MergedRow merged;
    private VersionVector taken;
    /** Those of this row that are not known to stand in every site's journal, oldest first, with the sites where they do. */
    private final Map<Decision, Set<SiteId>> decisions = new LinkedHashMap<>();
    /** Rows that were decided together with this one. */
    private final Map<Decision, Set<RowId>> together = new HashMap<>();

    /** @param taken what has been taken of each site's changes of the row so far */
    ConflictState(Table table, RowKey key, MergedRow merged, VersionVector taken) {
        this.table = table;
        this.key = key;
        this.merged = merged;
        this.taken = taken;
    }

    /** Each site's last change of the row that has been taken from its log; less than went into a row that was loaded. */
    VersionVector taken() {
        return taken;
    }

    void take(SiteId site, Position position) {
        taken = taken.with(site, position);
    }

    Table table() {
        return table;
    }

    RowKey key() {
        return key;
    }

    MergedRow merged() {
        return merged;
    }

    void become(MergedRow version) {
        merged = version;
    }

    /**
     * What a site's table holds of the row is what that site's version left out, as long as that version is a head. Of versions that the
     * site has replaced since, nobody can tell any more: there it stays left out.
     */
    void complete(SiteId site, Image row) {
        List<Contender> incomplete = merged.heads().stream()
                .filter(head -> head.site().equals(site) && head.isIncomplete())
                .toList();
        merged = merged.completedBy(site, row);
        for (Contender head : incomplete) {
            Map<Decision, Set<SiteId>> completed = new LinkedHashMap<>();
            decisions.forEach((decision, where) -> completed.put(decision.completedBy(head, row), where));
            decisions.clear();
            decisions.putAll(completed);
        }
    }

    /** Those that are not known to stand in every site's journal. */
    List<Decision> decisions() {
        return List.copyOf(decisions.keySet());
    }

    /** Where the one decision is written, so is the other row's: after a crash both are known or none. */
    void decidedTogether(Decision decision, RowId other) {
        together.computeIfAbsent(decision, none -> new LinkedHashSet<>()).add(other);
    }

    Set<RowId> decidedTogether(Decision decision) {
        return together.getOrDefault(decision, Set.of());
    }

    void decided(Decision decision) {
        decisions.put(decision, new HashSet<>());
    }

    /** The decisions that went into a version and are not known to stand in the site's journal. */
    List<Decision> toJournal(SiteId site, VersionVector version) {
        List<Decision> result = new ArrayList<>();
        decisions.forEach((decision, sites) -> {
            if (!sites.contains(site) && version.covers(decision.vector())) {
                result.add(decision);
            }
        });
        return result;
    }

    /** Returns those that now stand in every site's journal. */
    List<Decision> journaled(SiteId site, List<Decision> written, int sites) {
        List<Decision> everywhere = new ArrayList<>(0);
        for (Decision decision : written) {
            Set<SiteId> where = decisions.get(decision);
            if (where != null && where.add(site) && where.size() == sites) {
                decisions.remove(decision);
                together.remove(decision);
                everywhere.add(decision);
            }
        }
        return everywhere;
    }
}
