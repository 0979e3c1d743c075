package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A row of the window: the engine's current decision about it. */
final class WindowRow {
    private final Table table;
    private final RowKey key;
    private VersionVector vector = VersionVector.EMPTY;
    /** Of the item that holds the version of a row not in conflict; meaningless for one in conflict. */
    private long ticket;

    private @Nullable MergedRow merged;
    /** Those of this row that are not known to stand in every site's journal, oldest first, with the sites where they do. */
    private final Map<Decision, Set<SiteId>> decisions = new LinkedHashMap<>(2);
    /** How many queues' items name this row. */
    private int pending;

    WindowRow(Table table, RowKey key) {
        this.table = table;
        this.key = key;
    }

    Table table() {
        return table;
    }

    RowKey key() {
        return key;
    }

    VersionVector vector() {
        return vector;
    }

    long ticket() {
        return ticket;
    }

    boolean inConflict() {
        return merged != null;
    }

    /** The merged version of a row in conflict. */
    MergedRow merged() {
        if (merged == null) {
            throw new IllegalStateException("row " + key.id() + " of " + table + " is not in conflict");
        }
        return merged;
    }

    /** What a site's table holds of the row is what that site's version left out, as long as that version is a head. */
    void complete(SiteId site, Image row) {
        if (merged == null || !merged.incompleteAt().contains(site)) {
            return;
        }
        merged = merged.completedBy(site, row);
        Map<Decision, Set<SiteId>> completed = new LinkedHashMap<>();
        decisions.forEach((decision, where) -> completed.put(decision.completedBy(site, row), where));
        decisions.clear();
        decisions.putAll(completed);
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

    void journaled(SiteId site, List<Decision> written, int sites) {
        for (Decision decision : written) {
            Set<SiteId> where = decisions.get(decision);
            if (where != null && where.add(site) && where.size() == sites) {
                decisions.remove(decision);
            }
        }
    }

    boolean isPending() {
        return pending > 0;
    }

    /** The row has moved on, by a change whose item has the given ticket. */
    void succeed(VersionVector next, long nextTicket) {
        vector = next;
        ticket = nextTicket;
    }

    /** The row is in conflict, or still is, and this is its merged version now. */
    void settle(VersionVector next, MergedRow version) {
        vector = next;
        merged = version;
    }

    void awaited(int times) {
        pending += times;
    }

    void delivered() {
        if (--pending < 0) {
            throw new IllegalStateException(
                    "row " + key.id() + " of " + table + " was delivered more often than it was sent");
        }
    }
}
