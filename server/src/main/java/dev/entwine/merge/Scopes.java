package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes back what else a transaction did, where one of its changes has lost and others are decided together with it. Owned by the
 * {@link Merger}.
 *
 * <p>A transaction has lost as soon as one of its versions lost to another one, whatever becomes of that other one: so the outcome
 * depends on who met whom, and not on the order of arrival. A version that is taken back stands for the row as it was before it.
 */
final class Scopes {
    private final ScopeRules rules;
    private final Window window;
    private final Outbox outbox;
    private final VersionVector begun;
    private final Map<SiteId, TicketIndex> tickets = new HashMap<>();
    /** What is known of transactions that are still to be taken, which may have come to a row by a constraint alone. */
    private final Map<Party, List<Met>> awaited = new HashMap<>();

    /** @param begun where the logs' reading began; nothing of what lies before is here */
    Scopes(ScopeRules rules, Window window, Outbox outbox, VersionVector begun) {
        this.rules = rules;
        this.window = window;
        this.outbox = outbox;
        this.begun = begun;
    }

    /** What was decided: rows of the arriving transaction, and rows of those that it has met. */
    record TakenBack(List<WindowRow> own, List<WindowRow> others) {
        static final TakenBack NOTHING = new TakenBack(List.of(), List.of());
    }

    private record Party(SiteId site, Position position) {
        static Party of(Contender version) {
            return new Party(version.site(), version.position());
        }
    }

    /**
     * Two transactions have met at a row.
     *
     * @param roots of the objects that it is part of; none where the whole transaction counts
     */
    private record Met(Decision decision, Set<RowKey> roots) {}

    /**
     * A transaction that may have lost.
     *
     * @param ticket that it has, or gets when it is appended
     */
    private record Lost(Item.Transaction item, long ticket) {
        boolean made(Contender version) {
            return version.site().equals(item.source()) && version.position().equals(item.position());
        }
    }

    /**
     * Looks at what was decided about the rows of a transaction that has just been merged, or that was decided before a restart.
     * Whichever of two transactions is taken last brings what becomes of the loser.
     *
     * @param arriving about to be appended
     * @param taken    what was taken of each log, the arriving transaction included
     */
    TakenBack takeBack(Item.Transaction arriving, VersionVector taken) {
        if (rules.isEmpty()) {
            return TakenBack.NOTHING;
        }
        TakenBack result = new TakenBack(new ArrayList<>(0), new ArrayList<>(0));
        Lost self = new Lost(arriving, outbox.nextTicket());
        met(self).forEach(met -> takeBack(met, self, taken, result));
        return result;
    }

    private List<Met> met(Lost self) {
        List<Met> result = new ArrayList<>(0);
        List<Met> known =
                awaited.remove(new Party(self.item().source(), self.item().position()));
        if (known != null) {
            result.addAll(known);
        }
        for (Delivery delivery : self.item().deliveries()) {
            Change change = delivery.change();
            WindowRow row = window.required(change.key().id());
            Set<RowKey> roots = rules.roots(change);
            if (row.inConflict() && (rules.isWhole(change) || !roots.isEmpty())) {
                for (Decision decision : row.conflict().decisions()) {
                    if (!decision.kind().isForAnotherRow()) {
                        result.add(new Met(decision, roots));
                    }
                }
            }
        }
        return result;
    }

    private void takeBack(Met met, Lost self, VersionVector taken, TakenBack result) {
        Decision decision = met.decision();
        boolean mergedLost = decision.verdict() == Choice.ARRIVING;
        Contender winner = mergedLost ? decision.arriving() : decision.merged();
        Contender lost = mergedLost ? decision.merged() : decision.arriving();
        if (!self.made(lost) && !self.made(winner)) {
            return;
        }
        Contender other = self.made(lost) ? winner : lost;
        if (!taken.contains(other.site(), other.position())) {
            awaited.computeIfAbsent(Party.of(other), none -> new ArrayList<>()).add(met);
        } else if (self.made(lost)) {
            takeBack(self, met, winner, result.own());
        } else {
            Lost loser = find(lost.site(), lost.position());
            if (loser != null) {
                takeBack(loser, met, winner, result.others());
            }
        }
    }

    /** Null where it has been acknowledged: then what became of it was recorded together with the decision. */
    private @Nullable Lost find(SiteId site, Position position) {
        TicketIndex index = tickets.get(site);
        long ticket = index == null ? -1 : index.find(position.value());
        if (ticket >= 0 && outbox.read(ticket) instanceof Item.Transaction item) {
            return new Lost(item, ticket);
        }
        if (begun.contains(site, position)) {
            return null;
        }
        throw new IllegalStateException(
                "the transaction of site " + site + " at " + position + " has lost, and what it did is not known any more");
    }

    private void takeBack(
Lost loser, Met met, Contender winner, List<WindowRow> decided) {
        Set<RowKey> roots = met.roots();
        for (Delivery delivery : loser.item().deliveries()) {
            Change change = delivery.change();
            boolean together = roots.isEmpty()
                    ? rules.isWhole(change)
                    : rules.roots(change).stream().anyMatch(roots::contains);
            WindowRow row = together && !ScopeRules.isUse(change) ? window.get(change.key().id()) : null;
            if (row != null && takeBack(loser, delivery, row, met.decision(), winner, !roots.isEmpty())) {
                decided.add(row);
            }
        }
    }

    private boolean takeBack(
            Lost loser,
            Delivery delivery,
            WindowRow row,
            Decision decision,
            Contender winner,
            boolean object) {
        Change change = delivery.change();
        if (!row.inConflict() && row.ticket() != loser.ticket()) {
            return false; // somebody has changed the row since
        }
        MergedRow merged = row.inConflict() ? row.conflict().merged() : plain(loser.item(), change);
        Contender standing = merged.standing();
        if (!loser.made(standing) || standing.isTakenBack()) {
            return false; // or won it
        }
        Image base = change.before();
        boolean known = base != null || change.operation() == Operation.INSERT;
        Image result = known ? base : merged.image();
        VersionVector vector =
                row.vector().join(delivery.vector()).with(winner.site(), winner.position());
        Decision taken = new Decision(
                change.table(),
                change.key(),
                object ? ConflictKind.OBJECT : ConflictKind.TRANSACTION,
                object ? "scope: object" : "scope: transaction",
                vector,
                standing.withImage(merged.image()),
                new Contender(
                        winner.site(),
                        winner.position(),
                        winner.stamp(),
                        winner.transaction(),
                        VersionVector.of(winner.site(), winner.position()),
                        Operation.UPDATE,
                        null,
                        result),
                result == null ? Choice.ARRIVING : new Combined(result),
                base,
                result,
                !known,
                (known ? "" : "left as it is, for its log did not carry the row before; ")
                        + "its transaction lost "
                        + new Clash.Row(decision.table(), decision.key())
                        + " to the one of site " + winner.site() + ": " + decision.reason());
        Contender back = known ? standing.withImage(base) : standing;
        MergedRow after = new MergedRow(
                back,
                merged.heads().stream()
                        .map(head -> head.isSameVersion(standing) ? back : head)
                        .toList(),
                Map.of(),
                null,
                Restraint.NONE);
        become(change, row, vector, after);
        row.conflict().decided(taken);
        row.conflict().decidedTogether(taken, decision.key().id());
        WindowRow cause = window.get(decision.key().id());
        if (cause != null && cause.inConflict()) {
            cause.conflict().decidedTogether(decision, row.id());
        }
        return true;
    }

    private static MergedRow plain(Item.Transaction item, Change change) {
        Contender version =
                Decider.contender(item.source(), item.position(), item.stamp(), item.transaction(), change);
        return new MergedRow(version, List.of(version));
    }

    private void become(Change change, WindowRow row, VersionVector vector, MergedRow merged) {
        if (row.inConflict()) {
            row.settle(vector, merged);
        } else {
            long ticket = row.ticket();
            row.collide(vector, new ConflictState(change.table(), change.key(), merged, row.vector()));
            window.nowInConflict(row, ticket);
        }
    }

    /**
     * The oldest ticket of a transaction that may still lose: it has a version among those of a row in conflict. A site may have taken
     * the transaction and not that row, so what is known of the sites does not tell.
     *
     * @param none when there is no such transaction
     */
    long oldestTicket(long none) {
        long oldest = none;
        for (WindowRow row : rules.isEmpty() ? List.<WindowRow>of() : window.rowsInConflict()) {
            for (Contender head : row.conflict().merged().heads()) {
                TicketIndex index = tickets.get(head.site());
                long ticket = index == null ? -1 : index.find(head.position().value());
                oldest = ticket < 0 ? oldest : Math.min(oldest, ticket);
            }
        }
        return oldest;
    }

    /** Tickets before this one are needed no more. */
    void forgetBefore(long ticket) {
        tickets.values().forEach(index -> index.forgetBefore(ticket));
    }

    void append(Item.Transaction item) {
        long ticket = outbox.nextTicket();
        outbox.append(item);
        boolean concerned = item.deliveries().stream()
                .map(Delivery::change)
                .anyMatch(change ->
                        rules.isWhole(change) || rules.objects().containsKey(change.table().id()));
        if (concerned) {
            tickets.computeIfAbsent(item.source(), none -> new TicketIndex())
                    .add(item.position().value(), ticket);
        }
    }

    /**
     * A root that one side has only used is, for that side, as it was before the other one changed it; what the other's log carries
     * of that is better than a look at the table, which may have been overwritten since.
     */
    void completeUses(ConflictState conflict, Change change, SiteId site) {
        if (!rules.objects().containsKey(change.table().id())) {
            return;
        }
        if (!ScopeRules.isUse(change)) {
            Image before = change.before();
            if (before != null) {
                conflict.merged().incompleteAt().forEach(user -> conflict.complete(user, before));
            }
            return;
        }
        for (Contender head : conflict.merged().heads()) {
            Image before = head.before() == null ? head.image() : head.before();
            if (!head.site().equals(site) && before != null && before.isComplete()) {
                conflict.complete(site, before);
                return;
            }
        }
    }

    /** A transaction's changes, and what they use. */
    Collection<Change> withUses(Collection<Change> changes) {
        return rules.withUses(changes);
    }
}
