package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a policy says of two versions alone, decided as {@link Merger} would decide a row that nobody else had changed. Where a policy
 * merges columns, both versions must be the first changes of the same row.
 *
 * @param standing the version that stands
 * @param image    the row that comes out; null when it is deleted
 * @param open     whether a person is to look at it
 * @param reason   in words
 */
public record Trial(Contender standing, @Nullable Image image, boolean open, String reason) {
    /** @param sites in order of precedence */
    public static Trial of(Policy policy, Contender first, Contender arriving, List<SiteId> sites) {
        Columns columns = policy.columns();
        List<Contender> heads = List.of(first, arriving);
        Ledger ledger = null;
        if (!columns.isEmpty()) {
            Ledger begun = columns.add(Ledger.from(arriving.before()), first, null, sites);
            ledger = columns.add(begun, arriving, null, sites);
        }
        Outcome outcome = policy.decide(heads, ledger == null ? null : ledger.base());
        MergedRow merged =
                new MergedRow(outcome.standing(), heads, Decider.cells(policy, outcome, ledger, heads), ledger);
        Contender lost = outcome.standing().equals(first) ? arriving : first;
        String reason = outcome.failure().isEmpty() ? policy.reason(outcome.standing(), lost) : outcome.failure();
        return new Trial(outcome.standing(), merged.image(), outcome.open(), reason);
    }
}
