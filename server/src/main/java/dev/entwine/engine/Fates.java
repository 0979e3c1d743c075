package dev.entwine.engine;

import dev.entwine.merge.Contender;
import dev.entwine.merge.Decision;
import dev.entwine.merge.RowWrite;
import dev.entwine.merge.Verdict;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What became of changes at the target of one batch. Looked up for each change, so everything is gone through once: a batch has thousands
 * of changes, and a row may have thousands of decisions.
 */
final class Fates {
    /** Of one change. */
    enum Fate {
        APPLIED,
        SUPERSEDED,
        LOST,
        PARKED
    }

    private record Version(RowId row, SiteId site, Position position) {}

    private final Set<RowId> parked;
    private final Set<Version> applied = new HashSet<>();
    private final Map<Version, Fate> decided = new HashMap<>();

    /**
     * @param rows   as the batch has written them
     * @param parked those that the target refused
     */
    Fates(Collection<RowWrite> rows, Set<RowId> parked) {
        this.parked = parked;
        for (RowWrite row : rows) {
            RowId id = row.key().id();
            applied.add(new Version(id, row.source(), row.position()));
            row.decisions().forEach(decision -> add(id, decision));
        }
    }

    private void add(RowId row, Decision decision) {
        Contender loser = switch (decision.verdict()) {
            case Verdict.Choice choice -> choice == Verdict.Choice.MERGED ? decision.arriving() : decision.merged();
            case Verdict.Combined combined -> null;
        };
        for (Contender version : new Contender[] {decision.arriving(), decision.merged()}) {
            Fate fate = version.equals(loser) ? Fate.LOST : Fate.APPLIED;
            decided.merge(
                    new Version(row, version.site(), version.position()),
                    fate,
                    (one, other) -> one == Fate.LOST ? one : other);
        }
    }

    /** Of a change that the batch has brought. */
    Fate of(RowId row, SiteId site, Position position) {
        Version version = new Version(row, site, position);
        if (parked.contains(row)) {
            return Fate.PARKED;
        }
        Fate fate = decided.get(version);
        if (fate != null) {
            return fate;
        }
        return applied.contains(version) ? Fate.APPLIED : Fate.SUPERSEDED;
    }
}
