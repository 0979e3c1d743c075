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
import java.util.TreeSet;

/** What the window holds of a row in conflict, beside what it holds of every row: its key, its merged version, its decisions. */
final class ConflictState {
    private final Table table;
    private final RowKey key;
    private MergedRow merged;
    private VersionVector taken;
    /** Those of this row that are not known to stand in every site's journal, oldest first. */
    private final Map<Decision, Entry> decisions = new LinkedHashMap<>();

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

    /** A decision on its way into the journals. */
    private static final class Entry {
        private Decision decision;
        /** Where it stands as it is now. */
        private final Set<SiteId> sites = new HashSet<>();
        /** Where it was to be written as it is now; whether it was, is not always known. */
        private final Set<SiteId> told = new HashSet<>();
        /** Where it was to be written with less in it. */
        private final Set<SiteId> lacking = new TreeSet<>();

        Entry(Decision decision) {
            this.decision = decision;
        }

        void completedBy(Contender version, Image row) {
            Decision completed = decision.completedBy(version, row);
            if (completed.isFullerThan(decision)) {
                decision = completed;
                lacking.addAll(told);
                told.clear();
                sites.clear();
            }
        }

        void journaled(SiteId site, Decision written) {
            if (!decision.isFullerThan(written)) {
                sites.add(site);
                lacking.remove(site);
            }
        }
    }

    /**
     * The row as a site's table held it while that site's version was the one from this position: what the version left out. Of
     * versions that the site has replaced since, nobody can tell any more: there it stays left out.
     */
    void complete(SiteId site, Position position, Image row) {
        merged.heads().stream()
                .filter(head -> head.site().equals(site) && head.position().equals(position))
                .findFirst()
                .ifPresent(head -> complete(head, row));
    }

    /** A version that is a head, with what the row was then. */
    void complete(Contender head, Image row) {
        if (head.isIncomplete()) {
            merged = merged.completedBy(head, row);
            decisions.values().forEach(entry -> entry.completedBy(head, row));
        }
    }

    /**
     * A decision that was made before a restart.
     *
     * @param told    where it may stand
     * @param lacking where it stands with less in it
     */
    void recovered(Decision decision, Set<SiteId> told, Set<SiteId> lacking) {
        Entry entry = new Entry(decision);
        entry.told.addAll(told);
        entry.lacking.addAll(lacking);
        decisions.put(decision, entry);
    }

    /** The sites in whose journals a decision may stand with less in it than is known now. */
    Set<SiteId> lacking() {
        Set<SiteId> sites = new TreeSet<>();
        decisions.values().forEach(entry -> sites.addAll(entry.lacking));
        return sites;
    }

    /** Those that are not known to stand in every site's journal. */
    List<Decision> decisions() {
        return decisions.values().stream().map(entry -> entry.decision).toList();
    }

    /** Where the one decision is written, so is the other row's: after a crash both are known or none. */
    void decidedTogether(Decision decision, RowId other) {
        together.computeIfAbsent(decision, none -> new LinkedHashSet<>()).add(other);
    }

    Set<RowId> decidedTogether(Decision decision) {
        return together.getOrDefault(decision, Set.of());
    }

    void decided(Decision decision) {
        decisions.put(decision, new Entry(decision));
    }

    /** The decisions that went into a version and are not known to stand in the site's journal: to be written there. */
    List<Decision> toJournal(SiteId site, VersionVector version) {
        List<Decision> result = new ArrayList<>();
        for (Entry entry : decisions.values()) {
            if (!entry.sites.contains(site) && version.covers(entry.decision.vector())) {
                entry.told.add(site);
                result.add(entry.decision);
            }
        }
        return result;
    }

    /** Returns those that now stand in every site's journal. */
    List<Decision> journaled(SiteId site, List<Decision> written, int sites) {
        List<Decision> everywhere = new ArrayList<>(0);
        for (Decision decision : written) {
            Entry entry = decisions.get(decision);
            if (entry != null) {
                entry.journaled(site, decision);
                if (entry.sites.size() == sites) {
                    decisions.remove(decision);
                    together.remove(decision);
                    everywhere.add(decision);
                }
            }
        }
        return everywhere;
    }
}
