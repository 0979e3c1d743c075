package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Decides what a row becomes when a change meets versions that it has not seen. Owned by the {@link Merger}. */
final class Decider {
    private final List<SiteId> sites;
    private final Function<TableId, Policy> policies;
    private final Outbox outbox;

    Decider(List<SiteId> sites, Function<TableId, Policy> policies, Outbox outbox) {
        this.sites = List.copyOf(sites);
        this.policies = policies;
        this.outbox = outbox;
    }

    /**
     * The next version was made on top of the one that stands, so what it left unchanged is what stood there. Not so where its site
     * has a version of its own that lost: that one may be what stood there still, for a delete that finds nothing locks nothing, and
     * a row that came after its fence stays. Then the cells stay open, to be looked up at the site.
     */
    static Contender onTopOf(MergedRow merged, Contender next) {
        Image older = merged.standing().image();
        Image image = next.image();
        if (older == null || image == null || merged.hasLost(next.site())) {
            return next;
        }
        return new Contender(
                next.site(),
                next.position(),
                next.stamp(),
                next.transaction(),
                next.vector(),
                next.operation(),
                next.before(),
                image.filledFrom(older));
    }

    /**
     * The arriving change has not seen all that went into the row. Those versions that it has seen make room for it; between it and
     * the one that stands among the others the policy decides.
     */
    void decide(WindowRow row, Change change, VersionVector mine, Contender arriving) {
        List<Contender> heads = new ArrayList<>(heads(row));
        heads.removeIf(head -> mine.covers(head.vector()));
        Policy policy = policies.apply(change.table().id());
        VersionVector vector = row.vector().join(mine);
        Contender rival = standing(policy, row, heads);
        Verdict verdict = policy.decide(rival, arriving);
        MergedRow merged = switch (verdict) {
            case Choice choice -> new MergedRow(choice == Choice.MERGED ? rival : arriving, with(heads, arriving));
            case Combined combined -> combined(rival, arriving, vector, combined.image());
        };
        become(row, change, vector, merged);
        row.conflict()
                .decided(new Decision(
                        change.table(),
                        change.key(),
                        kind(rival, arriving),
                        policy.name(),
                        vector,
                        rival,
                        arriving,
                        verdict,
                        arriving.before(),
                        merged.standing().image()));
    }

    private void become(WindowRow row, Change change, VersionVector vector, MergedRow merged) {
        if (row.inConflict()) {
            row.settle(vector, merged);
        } else {
            row.collide(vector, new ConflictState(change.table(), change.key(), merged));
        }
    }

    private List<Contender> heads(WindowRow row) {
        return row.inConflict() ? row.conflict().merged().heads() : List.of(version(row));
    }

    /** Which of the remaining heads stands: the one that did before, or else what the policy makes of them. */
    private static Contender standing(Policy policy, WindowRow row, List<Contender> heads) {
        if (heads.isEmpty()) {
            throw new IllegalStateException("row " + row.id() + " at " + row.vector()
                    + " has no version that a change in conflict with it had not seen");
        }
        if (row.inConflict() && heads.contains(row.conflict().merged().standing())) {
            return row.conflict().merged().standing();
        }
        Contender result = heads.getFirst();
        for (Contender head : heads.subList(1, heads.size())) {
            result = policy.decide(result, head) == Choice.ARRIVING ? head : result;
        }
        return result;
    }

    private static List<Contender> with(List<Contender> heads, Contender arriving) {
        List<Contender> result = new ArrayList<>(heads);
        result.add(arriving);
        return result;
    }

    /** A decision creates no new time: its stamp is the greater of both. */
    private static MergedRow combined(Contender merged, Contender arriving, VersionVector vector, Image image) {
        Contender later = merged.stamp().compareTo(arriving.stamp()) >= 0 ? merged : arriving;
        Contender both = new Contender(
                later.site(),
                later.position(),
                later.stamp(),
                later.transaction(),
                vector,
                Operation.UPDATE,
                arriving.before(),
                image);
        return new MergedRow(both, List.of(both));
    }

    private ConflictKind kind(Contender merged, Contender arriving) {
        boolean mergedFirst = sites.indexOf(merged.site()) <= sites.indexOf(arriving.site());
        return mergedFirst
                ? ConflictKind.of(merged.operation(), arriving.operation())
                : ConflictKind.of(arriving.operation(), merged.operation());
    }

    static Contender contender(SiteId site, Position position, Stamp stamp, long transaction, Change change) {
        return new Contender(
                site,
                position,
                stamp,
                transaction,
                VersionVector.of(site, position),
                change.operation(),
                change.before(),
                change.after());
    }

    /** The version of now of a row not in conflict: it lies in the outbox, for some site has not got it yet. */
    Contender version(WindowRow row) {
        if (outbox.read(row.ticket()) instanceof Item.Transaction item) {
            for (Delivery delivery : item.deliveries()) {
                if (delivery.change().key().id().equals(row.id())) {
                    return contender(
                            item.source(), item.position(), item.stamp(), item.transaction(), delivery.change());
                }
            }
        }
        throw new IllegalStateException("item " + row.ticket() + " does not hold row " + row.id());
    }
}
