package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
    private static Contender onTopOf(MergedRow merged, Contender next) {
        Image older = merged.image();
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
                image.filledFrom(older),
                next.repair());
    }

    /** The row in conflict moves on: the next version was made on top of all that went into it. */
    MergedRow succeeded(MergedRow merged, Table table, Contender next) {
        Contender top = onTopOf(merged, next);
        Columns columns = policies.apply(table.id()).columns();
        Ledger ledger = merged.ledger();
        if (ledger == null || columns.isEmpty()) {
            return new MergedRow(top, List.of(top));
        }
        Ledger after = columns.add(ledger, next, ledger.image(), sites);
        MergedRow result = new MergedRow(top, List.of(top), columns.cells(after, List.of(top)), after);
        return result.basedOnItself();
    }

    /** @throws HaltedException when the conflict between the row and the arriving change is one that stops the engine */
    void requireNotHalted(WindowRow row, Change change, SiteId site, Position position) {
        if (policies.apply(change.table().id()).halts()) {
            Contender other = heads(row).getFirst();
            throw new HaltedException("table " + change.table() + ", key ("
                    + String.join(", ", change.key().values())
                    + "): the " + change.operation() + " of site " + site + " at " + position
                    + " is in conflict with the "
                    + other.operation() + " of site " + other.site() + " at " + other.position()
                    + ", and on_conflict is halt; nothing of it was written or acknowledged. Give the table another"
                    + " policy, such as manual, and run again: the conflict is then decided by that");
        }
    }

    /**
     * The arriving change has not seen all that went into the row. Those versions that it has seen make room for it; what becomes of
     * the others and of it the policy decides.
     *
     * @param shown the last ticket that the log of the change's site had shown as dealt with
     */
    Decision decide(WindowRow row, Change change, VersionVector mine, long shown, Contender arriving) {
        List<Contender> heads = new ArrayList<>(heads(row));
        List<Contender> seen = new ArrayList<>(heads);
        heads.removeIf(head -> mine.covers(head.vector()));
        seen.removeAll(heads);
        Policy policy = policies.apply(change.table().id());
        VersionVector vector = row.vector().join(mine);
        heads.add(arriving);
        List<Contender> unseen = policy.columns().isEmpty() || row.inConflict() ? List.of() : unseen(row, mine, shown);
        Ledger ledger = ledger(policy.columns(), row, unseen, seen, arriving);
        Image base = ledger == null ? null : ledger.base();
        Contender before = standing(policy, row, heads.subList(0, heads.size() - 1), base);
        Outcome outcome = policy.choose(heads, base);
        MergedRow merged = new MergedRow(
                outcome.standing(),
                heads,
                cells(policy, outcome, ledger, heads),
                ledger,
                row.inConflict() && row.conflict().merged().restraint() != null ? Restraint.NONE : null);
        Contender rival = outcome.standing().equals(arriving) ? before : outcome.standing();
        Contender former = asItWas(row, rival);
        Verdict verdict = verdict(merged, former, arriving);
        Decision decision = new Decision(
                change.table(),
                change.key(),
                kind(rival, arriving),
                policy.name(),
                vector,
                former,
                arriving,
                verdict,
                arriving.before(),
                merged.image(),
                outcome.open(),
                Reasons.of(policy, change.table(), outcome, verdict, former, arriving));
        become(row, change, vector, merged);
        row.conflict().decided(decision);
        return decision;
    }

    static Map<Integer, Cell> cells(Policy policy, Outcome outcome, @Nullable Ledger ledger, List<Contender> heads) {
        Map<Integer, Cell> cells = new HashMap<>(outcome.cells());
        if (ledger != null) {
            cells.putAll(policy.columns().cells(ledger, heads));
        }
        return cells;
    }

    /** A version as people saw it: with what was merged into it when it stood. */
    private static Contender asItWas(WindowRow row, Contender version) {
        if (row.inConflict() && version.isSameVersion(row.conflict().merged().standing())) {
            return version.withImage(row.conflict().merged().unrestrained().image());
        }
        return version;
    }

    private static Verdict verdict(MergedRow merged, Contender rival, Contender arriving) {
        Image image = merged.image();
        boolean arrivingStands = merged.standing().equals(arriving);
        Image whole = arrivingStands ? arriving.image() : rival.image();
        if (image == null || Objects.equals(image, whole)) {
            return arrivingStands ? Choice.ARRIVING : Choice.MERGED;
        }
        return new Combined(image);
    }

    /** The ledger with the arriving change; it begins with all versions that the change's writer had not seen. */
    private @Nullable Ledger ledger(
            Columns columns, WindowRow row, List<Contender> unseen, List<Contender> seen, Contender arriving) {
        if (columns.isEmpty()) {
            return null;
        }
        Ledger ledger = Ledger.from(arriving.before());
        if (row.inConflict()) {
            Ledger kept = row.conflict().merged().ledger();
            ledger = kept == null ? begun(row.conflict().merged()) : kept;
        }
        Image deleted = null;
        for (Contender version : unseen) {
            ledger = columns.add(ledger, version, deleted, sites);
            deleted = version.image() == null ? version.before() : null;
        }
        return columns.add(ledger, arriving, deletedBefore(seen), sites);
    }

    /** Of a row that was decided while its table had no such columns. */
    private static Ledger begun(MergedRow merged) {
        Image image = merged.image();
        return new Ledger(
                image == null ? merged.standing().before() : image,
                Map.of(),
                merged.standing().before());
    }

    private static @Nullable Image deletedBefore(List<Contender> seen) {
        return seen.stream()
                .filter(version -> version.image() == null)
                .max(Comparator.comparing(Contender::stamp))
                .map(Contender::before)
                .orElse(null);
    }

    private static void become(WindowRow row, Change change, VersionVector vector, MergedRow merged) {
        if (row.inConflict()) {
            row.settle(vector, merged);
        } else {
            row.collide(vector, new ConflictState(change.table(), change.key(), merged, row.vector()));
        }
    }

    private List<Contender> heads(WindowRow row) {
        return row.inConflict() ? row.conflict().merged().heads() : List.of(version(row));
    }

    /** Which of the remaining heads stands: the one that did before, or else what the policy makes of them. */
    private static Contender standing(Policy policy, WindowRow row, List<Contender> heads, @Nullable Image base) {
        if (heads.isEmpty()) {
            throw new IllegalStateException("row " + row.id() + " at " + row.vector()
                    + " has no version that a change in conflict with it had not seen");
        }
        if (row.inConflict() && heads.contains(row.conflict().merged().standing())) {
            return row.conflict().merged().standing();
        }
        return heads.size() == 1 ? heads.getFirst() : policy.choose(heads, base).standing();
    }

    private ConflictKind kind(Contender merged, Contender arriving) {
        boolean mergedFirst = sites.indexOf(merged.site()) <= sites.indexOf(arriving.site());
        return mergedFirst
                ? ConflictKind.of(merged.operation(), arriving.operation())
                : ConflictKind.of(arriving.operation(), merged.operation());
    }

    static Contender contender(LogEntry.LocalTransaction transaction, Stamp stamp, Change change) {
        return contender(
                transaction.site(),
                transaction.position(),
                stamp,
                transaction.transaction(),
                change,
                transaction.isRepair());
    }

    static Contender contender(Item.Transaction item, Change change) {
        return contender(item.source(), item.position(), item.stamp(), item.transaction(), change, item.isRepair());
    }

    private static Contender contender(
            SiteId site, Position position, Stamp stamp, long transaction, Change change, boolean repair) {
        Image before = change.before();
        Image after = change.after();
        return new Contender(
                site,
                position,
                stamp,
                transaction,
                VersionVector.of(site, position),
                change.operation(),
                before,
                after != null && before != null ? after.filledFrom(before) : after,
                repair);
    }

    /** The version of now of a row not in conflict: it lies in the outbox, for some site has not got it yet. */
    Contender version(WindowRow row) {
        Place place = place(row, row.ticket());
        return contender(place.item(), place.delivery().change());
    }

    /** One version of a row in the outbox. */
    private record Place(Item.Transaction item, Delivery delivery) {}

    private Place place(WindowRow row, long ticket) {
        Item.Transaction item = outbox.read(ticket, row.id());
        if (item.deliveries().isEmpty()) {
            throw new IllegalStateException("item " + ticket + " does not hold row " + row.id());
        }
        return new Place(item, item.deliveries().getFirst());
    }

    /**
     * The versions of a row not in conflict that somebody has not seen, oldest first. They all lie in the outbox: the log of the site
     * where it was not seen has not shown them as dealt with.
     */
    private List<Contender> unseen(WindowRow row, VersionVector mine, long shown) {
        Deque<Contender> versions = new ArrayDeque<>();
        for (long ticket = row.ticket(); ticket > shown; ) {
            Place place = place(row, ticket);
            Item.Transaction item = place.item();
            if (mine.contains(item.source(), item.position())) {
                break;
            }
            versions.addFirst(contender(item, place.delivery().change()));
            ticket = place.delivery().former();
        }
        if (versions.isEmpty()) {
            throw new IllegalStateException(
                    "row " + row.id() + " at " + row.vector() + " has no version that is unknown at " + mine);
        }
        return List.copyOf(versions);
    }
}
