package dev.entwine.merge;

import dev.entwine.merge.ConstraintRule.OnOrphan;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Decides between rows that a declared constraint does not let stand together. Owned by the {@link Merger}. */
final class Settler {
    /** Between a value and the ending that makes it another one. */
    private static final char ENDING = '~';

    private static final int ENDING_DIGITS = 8;

    private final Window window;
    private final Decider decider;
    private final Function<TableId, Policy> policies;
    private final Function<TableId, ConstraintRule> rules;
    /** Per target the rows that its next batch brings, whatever its items are. */
    private final Map<SiteId, Set<RowId>> urgent = new TreeMap<>();
    /** Per target the ticket through which its next batch reaches at least. */
    private final Map<SiteId, Long> through = new TreeMap<>();

    Settler(
            Window window,
            Decider decider,
            Function<TableId, Policy> policies,
            Function<TableId, ConstraintRule> rules) {
        this.window = window;
        this.decider = decider;
        this.policies = policies;
        this.rules = rules;
    }

    /** The place of an empty transaction in the target's log, at which decisions are made. */
    record Place(SiteView target, Position position, Stamp stamp, long transaction) {
        SiteId site() {
            return target.site();
        }
    }

    Set<RowId> urgentFor(SiteId target) {
        return urgent.computeIfAbsent(target, none -> new HashSet<>());
    }

    long reaching(SiteId target) {
        return through.getOrDefault(target, -1L);
    }

    /** What the rows of these clashes become; returns those that were decided. */
    List<WindowRow> settle(Settlement settlement, Place place) {
        List<WindowRow> decided = new ArrayList<>();
        Set<RowId> ids = new HashSet<>();
        boolean extended = false;
        for (Clash clash : settlement.clashes()) {
            boolean current = areCurrent(settlement.batch(), place.target(), clash.rows());
            if (!current
                    || clash.rows().stream()
                            .anyMatch(row -> ids.contains(row.key().id()))) {
                extended = true;
                continue;
            }
            if (isNotThereYet(clash, settlement.batch(), place.site()) || isOver(clash)) {
                extended = true;
                continue;
            }
            for (WindowRow row : settle(clash, place)) {
                decided.add(row);
                ids.add(row.id());
            }
        }
        urgentFor(place.site()).addAll(ids);
        settlement.settled(extended || !decided.isEmpty() ? Settlement.Outcome.PLAN_AGAIN : Settlement.Outcome.NOTHING);
        return decided;
    }

    private List<WindowRow> settle(Clash clash, Place place) {
        return switch (clash) {
            case Clash.Claimed claimed -> settle(claimed, place);
            case Clash.Orphaned orphaned -> settle(orphaned, place);
            case Clash.Invalid invalid -> settle(invalid, place);
        };
    }

    private boolean areCurrent(Batch batch, SiteView target, List<Clash.Row> rows) {
        boolean all = true;
        for (Clash.Row row : rows) {
            all &= isCurrent(batch, target, row);
        }
        return all;
    }

    /**
     * Whether the target has, or gets by the batch, what the row is now. Otherwise the clash is with something that is over: the next
     * batch has to bring what came after it. What was decided at a place of the target's own looks as if it were there already; but a
     * batch that was planned before that does not bring it.
     */
    private boolean isCurrent(Batch batch, SiteView target, Clash.Row named) {
        WindowRow row = window.get(named.key().id());
        RowWrite write = batch.write(named.key().id());
        if (row == null) {
            return true;
        }
        if (write == null && row.inConflict() && urgentFor(target.site()).contains(row.id())) {
            return target.seen(row.id()).covers(row.vector());
        }
        VersionVector there =
                write == null ? target.seen(row.id()).with(target.site(), target.cursor()) : write.vector();
        if (there.covers(row.vector())) {
            return true;
        }
        if (row.inConflict()) {
            urgentFor(target.site()).add(row.id());
        } else {
            through.merge(target.site(), row.ticket(), Math::max);
        }
        return false;
    }

    private boolean isNotThereYet(Clash clash, Batch batch, SiteId target) {
        return switch (clash) {
            case Clash.Claimed claimed -> isOver(batch, target, claimed.rows());
            case Clash.Orphaned orphaned ->
                isToCome(batch, target, orphaned.parent()) || isOver(batch, target, List.of(orphaned.child()));
            case Clash.Invalid invalid -> false;
        };
    }

    /**
     * Whether the child is to refer to something else by now. A batch that is written row by row meets the child as it was when its own
     * row is refused for another reason: that is to be dealt with first.
     */
    private boolean isOver(Clash clash) {
        if (!(clash instanceof Clash.Orphaned orphaned)) {
            return false;
        }
        Contender child = version(window.get(orphaned.child().key().id()));
        if (child == null || child.image() == null) {
            return false;
        }
        for (int i = 0; i < orphaned.columns().size(); i++) {
            Cell cell = child.cell(orphaned.columns().get(i));
            if (cell.isKnown() && !cell.equals(Cell.text(orphaned.values().get(i)))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether one of the rows is not to be there any more, and the target has it still, for the batch was planned before that was decided.
     * The next batch takes it away.
     */
    private boolean isOver(Batch batch, SiteId target, List<Clash.Row> rows) {
        boolean any = false;
        for (Clash.Row named : rows) {
            WindowRow row = window.get(named.key().id());
            Contender version = version(row);
            if (row != null
                    && row.inConflict()
                    && version != null
                    && version.image() == null
                    && batch.write(row.id()) == null) {
                urgentFor(target).add(row.id());
                any = true;
            }
        }
        return any;
    }

    /**
     * Whether a parent was decided to be there, and the target has lost it again in a crash, or not got it yet. The next batch brings
     * it.
     */
    private boolean isToCome(Batch batch, SiteId target, Clash.Row parent) {
        WindowRow row = window.get(parent.key().id());
        Contender version = version(row);
        boolean toCome = row != null
                && row.inConflict()
                && version != null
                && version.image() != null
                && batch.write(row.id()) == null;
        if (toCome) {
            urgentFor(target).add(parent.key().id());
        }
        return toCome;
    }

    private @Nullable Contender version(@Nullable WindowRow row) {
        if (row == null) {
            return null;
        }
        if (!row.inConflict()) {
            return decider.version(row);
        }
        MergedRow merged = row.conflict().merged();
        return merged.standing().withImage(merged.image());
    }

    /** A row that is in no window is at every site, and so nobody who claims the same can have been the first to. */
    private List<WindowRow> settle(Clash.Claimed clash, Place place) {
        WindowRow one = window.get(clash.one().key().id());
        WindowRow other = window.get(clash.other().key().id());
        Contender first = version(one);
        Contender second = version(other);
        boolean over = (first != null && first.image() == null) || (second != null && second.image() == null);
        if (over || (one == null && other == null)) {
            return List.of();
        }
        return first == null || (second != null && keeps(clash.one().table(), first, second))
                ? loses(clash, clash.other(), other, clash.one(), first, place)
                : loses(clash, clash.one(), one, clash.other(), second, place);
    }

    private boolean keeps(Table table, Contender one, Contender other) {
        return policies.apply(table.id()).preferred(one, other).equals(one);
    }

    private List<WindowRow> loses(
            Clash.Claimed clash,
            Clash.Row named,
            @Nullable WindowRow row,
            Clash.Row keeper,
            @Nullable Contender kept,
            Place place) {
        if (row == null) {
            return List.of();
        }
        VersionVector vector = at(row, place);
        ConstraintRule rule = rules.apply(named.table().id());
        Restraint restraint = restraint(rule, clash, named, row, vector);
        String policy = policy(rule, restraint, named.table());
        String reason = "constraint " + clash.constraint() + ": " + keeper + " keeps the value";
        Contender cause = kept == null ? cause(place, null) : kept.withImage(null);
        return List.of(restrain(named, row, restraint, vector, ConflictKind.UNIQUE, policy, cause, reason));
    }

    private static String policy(ConstraintRule rule, Restraint restraint, Table table) {
        if (restraint.withheld()) {
            return "quarantine";
        }
        String column = table.columns().get(rule.column());
        return rule.claim() == ConstraintRule.OnClaim.RENAME ? "rename(" + column + ")" : "null(" + column + ")";
    }

    /**
     * What a local change of the row at the place would have seen. Not what went into the other row: a change of this row may lie
     * before that in a log and not be taken yet, and would be lost. What the target has applied was taken before it was planned for.
     */
    private static VersionVector at(WindowRow row, Place place) {
        return row.vector().join(place.target().seen(row.id())).with(place.site(), place.position());
    }

    /** The engine's own transaction at the place, where no other one can be named. */
    private static Contender cause(Place place, @Nullable Image image) {
        return new Contender(
                place.site(),
                place.position(),
                place.stamp(),
                place.transaction(),
                VersionVector.of(place.site(), place.position()),
                Operation.UPDATE,
                null,
                image,
                false);
    }

    /** A column can be given up only where the constraint is about it, and once. */
    private Restraint restraint(
            ConstraintRule rule, Clash.Claimed clash, Clash.Row named, WindowRow row, VersionVector vector) {
        boolean before = row.inConflict() && row.conflict().merged().isRenamed();
        Contender version = version(row);
        if (rule.claim() == ConstraintRule.OnClaim.QUARANTINE
                || before
                || version == null
                || !clash.columns().contains(rule.column())) {
            return Restraint.WITHHELD;
        }
        if (rule.claim() == ConstraintRule.OnClaim.SET_NULL) {
            return Restraint.of(rule.column(), Cell.Absence.NULL);
        }
        if (version.cell(rule.column()) instanceof Cell.Value value) {
            String ending = ENDING
                    + RowId.of(named.table().id(), List.of(row.id().toString(), vector.toString()))
                            .toString()
                            .substring(0, ENDING_DIGITS);
            return Restraint.of(rule.column(), Cell.text(ended(value.text(), ending, rule.lengthMax())));
        }
        return Restraint.WITHHELD;
    }

    private static String ended(String text, String ending, int lengthMax) {
        int length = text.codePointCount(0, text.length());
        int room = Math.max(0, lengthMax - ending.length());
        return text.substring(0, text.offsetByCodePoints(0, Math.min(length, room))) + ending;
    }

    private List<WindowRow> settle(Clash.Orphaned clash, Place place) {
        WindowRow child = window.get(clash.child().key().id());
        WindowRow parent = window.get(clash.parent().key().id());
        Contender orphan = version(child);
        Contender deleted = version(parent);
        boolean over = orphan != null && orphan.image() == null;
        if (over || (deleted != null && deleted.image() != null)) {
            return List.of(); // a parent that is to be there and is not is none that was deleted
        }
        OnOrphan rule = rules.apply(clash.child().table().id()).orphan();
        boolean gone = orphan != null && orphan.isTakenBack();
        Image before = gone && deleted != null ? deleted.before() : null;
        if (rule == OnOrphan.RESTORE_PARENT && parent != null && !isWithheld(parent) && (!gone || before != null)) {
            return List.of(restore(clash, parent, deleted, orphan, before, place));
        }
        if (child == null) {
            child = entering(clash.child(), place);
        }
        boolean cut = rule == OnOrphan.SET_NULL;
        Restraint restraint = cut ? new Restraint(false, nulls(clash.columns())) : Restraint.WITHHELD;
        Contender cause = deleted == null ? cause(place, null) : deleted.withImage(null);
        String reason = "foreign key " + clash.constraint() + ": " + clash.parent() + " is not there any more";
        return List.of(restrain(
                clash.child(),
                child,
                restraint,
                at(child, place),
                ConflictKind.FOREIGN_KEY,
                cut ? "set_null" : "quarantine_child",
                cause,
                reason));
    }

    private static boolean isWithheld(WindowRow row) {
        return row.inConflict() && row.conflict().merged().isWithheld();
    }

    /** A row that every site has had for long, and that the target still has. */
    private WindowRow entering(Clash.Row named, Place place) {
        Contender there = cause(place, Image.keyOnly(named.table(), named.key()));
        WindowRow row = WindowRow.inConflict(
                there.vector(),
                new ConflictState(
                        named.table(), named.key(), new MergedRow(there, List.of(there)), VersionVector.EMPTY));
        window.nowInConflict(row, -1);
        return row;
    }

    private static Map<Integer, Cell> nulls(List<Integer> columns) {
        Map<Integer, Cell> cells = new TreeMap<>();
        columns.forEach(column -> cells.put(column, Cell.Absence.NULL));
        return cells;
    }

    private WindowRow restrain(
            Clash.Row named,
            WindowRow row,
            Restraint restraint,
            VersionVector vector,
            ConflictKind kind,
            String policy,
            Contender cause,
            String reason) {
        MergedRow merged = row.inConflict() ? row.conflict().merged().unrestrained() : plain(row);
        MergedRow restrained = merged.restrainedBy(restraint);
        Image result = restrained.image();
        Decision decision = new Decision(
                named.table(),
                named.key(),
                kind,
                policy,
                vector,
                merged.standing().withImage(merged.image()),
                cause,
                result == null ? Verdict.Choice.ARRIVING : new Verdict.Combined(result),
                null,
                result,
                restraint.withheld(),
                reason);
        return become(named, row, vector, restrained, decision);
    }

    private MergedRow plain(WindowRow row) {
        Contender version = decider.version(row);
        return new MergedRow(version, List.of(version));
    }

    private WindowRow become(
            Clash.Row named, WindowRow row, VersionVector vector, MergedRow merged, Decision decision) {
        if (row.inConflict()) {
            row.settle(vector, merged);
        } else {
            long ticket = row.ticket();
            row.collide(vector, new ConflictState(named.table(), named.key(), merged, row.vector()));
            window.nowInConflict(row, ticket);
        }
        row.conflict().decided(decision);
        return row;
    }

    /**
     * The child's transaction counts as one that has used its parent: the parent as that site has it. Where nobody knows of the child
     * any more, the target itself has both still. A child that was taken back may refer to a parent which its own site has deleted
     * since: then the parent is as it was before that, and so are its own parents.
     *
     * @param before null to look it up
     */
    private WindowRow restore(
            Clash.Orphaned clash,
            WindowRow parent,
            @Nullable Contender deleted,
            @Nullable Contender orphan,
            @Nullable Image before,
            Place place) {
        Clash.Row named = clash.parent();
        Image image = before != null ? before : Image.keyOnly(named.table(), named.key());
        Contender use = orphan == null
                ? cause(place, image)
                : new Contender(
                        orphan.site(),
                        orphan.position(),
                        orphan.stamp(),
                        orphan.transaction(),
                        orphan.vector(),
                        Operation.UPDATE,
                        before,
                        image,
                        false);
        VersionVector vector = at(parent, place);
        Ledger ledger = parent.inConflict() ? parent.conflict().merged().ledger() : null;
        MergedRow merged = new MergedRow(use, List.of(use), Map.of(), ledger, Restraint.NONE);
        Decision decision = new Decision(
                named.table(),
                named.key(),
                ConflictKind.FOREIGN_KEY,
                "restore_parent",
                vector,
                deleted == null ? cause(place, null) : deleted,
                use,
                Verdict.Choice.ARRIVING,
                null,
                image,
                false,
                "foreign key " + clash.constraint() + ": " + clash.child() + " refers to it");
        return become(named, parent, vector, merged, decision);
    }

    /** What was merged column by column is given up for the version that stands, whole. */
    private List<WindowRow> settle(Clash.Invalid clash, Place place) {
        WindowRow row = window.get(clash.row().key().id());
        if (row == null || !row.inConflict() || row.conflict().merged().cells().isEmpty()) {
            return List.of();
        }
        MergedRow merged = row.conflict().merged();
        Contender standing = merged.standing();
        VersionVector vector = at(row, place);
        MergedRow whole = new MergedRow(standing, merged.heads(), Map.of(), merged.ledger(), Restraint.NONE);
        Decision decision = new Decision(
                clash.row().table(),
                clash.row().key(),
                ConflictKind.CHECK,
                policies.apply(clash.row().table().id()).name(),
                vector,
                standing.withImage(merged.image()),
                standing,
                Verdict.Choice.ARRIVING,
                null,
                standing.image(),
                false,
                "constraint " + clash.constraint() + ": the merged row breaks it");
        return List.of(become(clash.row(), row, vector, whole, decision));
    }
}
