package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
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
    /** What is to be taken back as soon as there is a place for it. */
    private final List<Late> late = new ArrayList<>();

    /** @param begun where the logs' reading began; nothing of what lies before is here */
    Scopes(ScopeRules rules, Window window, Outbox outbox, VersionVector begun) {
        this.rules = rules;
        this.window = window;
        this.outbox = outbox;
        this.begun = begun;
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /** What was decided: rows of the arriving transaction, and rows of those that it has met. */
    record TakenBack(List<WindowRow> own, List<WindowRow> others) {
        static final TakenBack NOTHING = new TakenBack(List.of(), List.of());
    }

    private record Party(SiteId site, Position position) {}

    /** Something that is still to be taken back. */
    private record Late(Lost loser, Met met) {}

    /**
     * Two transactions have met at a row.
     *
     * @param roots of the objects that it is part of; none where the whole transaction counts
     */
    private record Met(Decision decision, Set<RowKey> roots) {
        private boolean mergedLost() {
            return decision.verdict() == Choice.ARRIVING;
        }

        Contender winner() {
            return mergedLost() ? decision.arriving() : decision.merged();
        }

        Contender lost() {
            return mergedLost() ? decision.merged() : decision.arriving();
        }

        boolean isAbout(Change change, ScopeRules rules) {
            return roots.isEmpty()
                    ? rules.isWhole(change)
                    : rules.roots(change).stream().anyMatch(roots::contains);
        }
    }

    /**
     * A transaction that may have lost.
     *
     * @param ticket  that it has, or gets when it is appended
     * @param made    its rows, when it is just being taken; without those that were decided before a restart
     * @param arrives whether it is just being taken
     */
    private record Lost(Item.Transaction item, long ticket, Set<RowId> made, boolean arrives) {
        /** Whether its version of the row is news: no site has what became of it. */
        boolean hasJustMade(WindowRow row) {
            return made.contains(row.id());
        }

        boolean made(Contender version) {
            return version.site().equals(item.source()) && version.position().equals(item.position());
        }
    }

    /**
     * Looks at what was decided about the rows of a transaction that has just been merged. What was decided before a restart is known
     * together with what was taken back for it, except for transactions that nobody had taken yet.
     *
     * @param item  about to be appended
     * @param made  the decisions between its versions and others
     * @param news  its rows, without those that were decided before a restart, with its versions
     * @param taken what was taken of each log, this transaction included
     */
    TakenBack takeBack(Item.Transaction item, Set<Decision> made, Set<RowId> news, VersionVector taken) {
        if (rules.isEmpty()) {
            return TakenBack.NOTHING;
        }
        TakenBack result = new TakenBack(new ArrayList<>(0), new ArrayList<>(0));
        Lost self = new Lost(item, outbox.nextTicket(), news, true);
        List<Met> lostBefore = awaited.remove(new Party(item.source(), item.position()));
        if (lostBefore != null) {
            lostBefore.forEach(met -> takeBack(self, met, place(met, taken), result.own()));
        }
        List<Late> again = List.copyOf(late);
        late.clear();
        again.forEach(
                one -> takeBack(one.loser(), one.met(), new Party(item.source(), item.position()), result.others()));
        for (Delivery delivery : item.deliveries()) {
            Change change = delivery.change();
            WindowRow row = window.required(change.key().id());
            Set<RowKey> roots = rules.roots(change);
            if (row.inConflict() && (rules.isWhole(change) || !roots.isEmpty())) {
                for (Decision decision : row.conflict().decisions()) {
                    if (!decision.kind().isForAnotherRow()) {
                        met(new Met(decision, roots), self, made.contains(decision), taken, result);
                    }
                }
            }
        }
        return result;
    }

    private void met(Met met, Lost self, boolean now, VersionVector taken, TakenBack result) {
        if (self.made(met.lost())) {
            if (now) {
                takeBack(self, met, place(met, taken), result.own());
            }
        } else if (self.made(met.winner())) {
            Contender lost = met.lost();
            if (!taken.contains(lost.site(), lost.position())) {
                awaited.computeIfAbsent(new Party(lost.site(), lost.position()), none -> new ArrayList<>())
                        .add(met);
            } else if (now) {
                Lost other = find(lost.site(), lost.position());
                if (other != null) {
                    takeBack(other, met, place(met, taken), result.others());
                }
            }
        }
    }

    /** Where the winner stands; null when it was not taken yet. */
    private static @Nullable Party place(Met met, VersionVector taken) {
        Contender winner = met.winner();
        return taken.contains(winner.site(), winner.position()) ? new Party(winner.site(), winner.position()) : null;
    }

    /** Null where it has been acknowledged: then what became of it was recorded together with the decision. */
    private @Nullable Lost find(SiteId site, Position position) {
        TicketIndex index = tickets.get(site);
        long ticket = index == null ? -1 : index.find(position.value());
        if (ticket >= 0 && outbox.read(ticket) instanceof Item.Transaction item) {
            return new Lost(item, ticket, Set.of(), false);
        }
        if (begun.contains(site, position)) {
            return null;
        }
        throw new IllegalStateException("the transaction of site " + site + " at " + position
                + " has lost, and what it did is not known any more");
    }

    private void takeBack(Lost loser, Met met, @Nullable Party place, List<WindowRow> decided) {
        for (Delivery delivery : loser.item().deliveries()) {
            Change change = delivery.change();
            WindowRow row = met.isAbout(change, rules) && !ScopeRules.isUse(change)
                    ? window.get(change.key().id())
                    : null;
            if (row != null && takeBack(loser, delivery, row, met, place)) {
                decided.add(row);
            }
        }
    }

    /**
     * The vector of a row that is taken back names, beside what the version contained, a place that no site has seen which has the version
     * alone: where the winner stands. If the winner was not taken yet, no site has ever got the version without losing it. Where the
     * row's vector names later places of that log already, for a constraint's sake, the next transaction of any log will do.
     */
    private boolean takeBack(Lost loser, Delivery delivery, WindowRow row, Met met, @Nullable Party place) {
        Change change = delivery.change();
        if (!row.inConflict() && row.ticket() != loser.ticket()) {
            return false; // somebody has changed the row since
        }
        MergedRow merged = row.inConflict() ? row.conflict().merged() : plain(loser.item(), change);
        Contender standing = merged.standing();
        if (!loser.made(standing) || standing.isTakenBack()) {
            return false; // or won it
        }
        VersionVector seen = row.vector().join(delivery.vector());
        boolean placed = place != null && !row.vector().contains(place.site(), place.position());
        if (!placed && !loser.hasJustMade(row)) {
            if (!loser.arrives() && (late.isEmpty() || !late.getLast().met().equals(met))) {
                late.add(new Late(loser, met));
            }
            return false; // otherwise what was recorded of the row contains all this
        }
        VersionVector vector = place != null && placed ? seen.with(place.site(), place.position()) : seen;
        Image base = change.before();
        boolean known = base != null || change.operation() == Operation.INSERT;
        Contender back = known ? standing.withImage(base) : standing;
        List<Contender> heads = merged.heads().stream()
                .map(head -> head.isSameVersion(standing) ? back : head)
                .toList();
        Decision decision =
                decision(change, vector, standing.withImage(merged.image()), met, known ? base : merged.image());
        become(change, row, vector, new MergedRow(back, heads, Map.of(), null, Restraint.NONE));
        row.conflict().decided(decision);
        row.conflict().decidedTogether(decision, met.decision().key().id());
        WindowRow cause = window.get(met.decision().key().id());
        if (cause != null && cause.inConflict()) {
            cause.conflict().decidedTogether(met.decision(), row.id());
        }
        return true;
    }

    private static Decision decision(
            Change change, VersionVector vector, Contender lost, Met met, @Nullable Image result) {
        boolean object = !met.roots().isEmpty();
        boolean known = change.before() != null || change.operation() == Operation.INSERT;
        Contender winner = met.winner();
        Clash.Row cause = new Clash.Row(met.decision().table(), met.decision().key());
        return new Decision(
                change.table(),
                change.key(),
                object ? ConflictKind.OBJECT : ConflictKind.TRANSACTION,
                object ? "scope: object" : "scope: transaction",
                vector,
                lost,
                new Contender(
                        winner.site(),
                        winner.position(),
                        winner.stamp(),
                        winner.transaction(),
                        VersionVector.of(winner.site(), winner.position()),
                        Operation.UPDATE,
                        null,
                        result,
                        false),
                result == null ? Choice.ARRIVING : new Combined(result),
                change.before(),
                result,
                !known,
                (known ? "" : "left as it is, for its log did not carry the row before; ") + "its transaction lost "
                        + cause + " to the one of site " + winner.site() + ": "
                        + met.decision().reason());
    }

    private static MergedRow plain(Item.Transaction item, Change change) {
        Contender version = Decider.contender(item, change);
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
                .anyMatch(change -> rules.isWhole(change)
                        || rules.objects().containsKey(change.table().id()));
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
                conflict.merged().incomplete().forEach(user -> conflict.complete(user, before));
            }
            return;
        }
        for (Contender head : conflict.merged().heads()) {
            Image before = head.before() == null ? head.image() : head.before();
            if (!head.site().equals(site) && before != null && before.isComplete()) {
                conflict.merged().incomplete().stream()
                        .filter(user -> user.site().equals(site))
                        .forEach(user -> conflict.complete(user, before));
                return;
            }
        }
    }

    /** A transaction's changes, and what they use. */
    Collection<Change> withUses(Collection<Change> changes) {
        return rules.withUses(changes);
    }
}
