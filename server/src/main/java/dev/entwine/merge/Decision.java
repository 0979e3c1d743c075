package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One conflict and how it was decided: a journal entry.
 *
 * @param vector what went into the merged row that came out
 * @param merged the merged row as it was before
 * @param base   the row that the arriving change had replaced, as far as its log carried it
 * @param result the merged row that came out; null when it is deleted
 * @param open   whether a person is to look at it
 * @param reason in words; for a constraint's sake, which one, and the other row
 */
public record Decision(
        Table table,
        RowKey key,
        ConflictKind kind,
        String policy,
        VersionVector vector,
        Contender merged,
        Contender arriving,
        Verdict verdict,
        @Nullable Image base,
        @Nullable Image result,
        boolean open,
        String reason) {

    /** The same decision has the same id at every site and after every restart. */
    public String id() {
        List<String> parts = kind.isOfScope()
                ? List.of(key.id().toString(), vector.toString(), kind.text())
                : List.of(key.id().toString(), vector.toString());
        return RowId.of(table.id(), parts).toString();
    }

    /**
     * With what the version left out put into it from the row as it was then, if it is one of the two, and not another one of the same
     * transaction: a parent that was restored is as its site has it, whatever that transaction has made of it.
     */
    Decision completedBy(Contender version, Image row) {
        Contender mergedNow = isThat(merged, version) ? merged.filledFrom(row) : merged;
        Contender arrivingNow = isThat(arriving, version) ? arriving.filledFrom(row) : arriving;
        Image resultNow = switch (verdict) {
            case Verdict.Choice choice -> choice == Verdict.Choice.MERGED ? mergedNow.image() : arrivingNow.image();
            case Verdict.Combined combined -> result;
        };
        return new Decision(
                table, key, kind, policy, vector, mergedNow, arrivingNow, verdict, base, resultNow, open, reason);
    }

    private static boolean isThat(Contender one, Contender version) {
        return one.isSameVersion(version) && Objects.equals(one.image(), version.image());
    }

    /** Of the same decision in two journals, the one that tells more. */
    public static Decision fuller(Decision one, Decision other) {
        return other.isFullerThan(one) ? other : one;
    }

    /** Whether less of its versions is left out than of those of the same decision as it was before, or elsewhere. */
    boolean isFullerThan(Decision other) {
        return unknown() < other.unknown();
    }

    /** How many cells of its two versions are not known. */
    public int unknown() {
        return merged.unknown() + arriving.unknown();
    }

    /** Same row, same contributions: the same decision. What is decided may be taken back at the same place. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Decision that
                && key.equals(that.key)
                && vector.equals(that.vector)
                && kind.isOfScope() == that.kind.isOfScope();
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + vector.hashCode();
    }
}
