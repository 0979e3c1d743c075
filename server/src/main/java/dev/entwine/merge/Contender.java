package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import org.jspecify.annotations.Nullable;

/**
 * One version of a row that a decision is about.
 *
 * @param site        where it was made; that site's table held this version when the change committed
 * @param position    of the transaction that made it
 * @param stamp       of that transaction
 * @param transaction the site's own number of that transaction
 * @param before      the row that it replaced, as far as the log carried it
 * @param vector      what a writer must have seen to have seen this version: its own position, or all that was combined in it
 * @param image       the row; null when the change deleted it. A cell that the log left out stands in {@code site}'s table
 * @param repair      whether it only repeats what stood at its site; it gives way to any change that had not seen it
 */
public record Contender(
        SiteId site,
        Position position,
        Stamp stamp,
        long transaction,
        VersionVector vector,
        Operation operation,
        @Nullable Image before,
        @Nullable Image image,
        boolean repair) {

    /** Whether the log left out something of the row, which stands in {@code site}'s table. */
    boolean isIncomplete() {
        return image != null && !image.isComplete();
    }

    /** How many cells the log left out. */
    int unknown() {
        return image == null ? 0 : image.unknown();
    }

    Contender filledFrom(Image row) {
        return image == null
                ? this
                : new Contender(
                        site, position, stamp, transaction, vector, operation, before, image.filledFrom(row), repair);
    }

    /** What stands in a column; NULL for a delete. */
    Cell cell(int column) {
        return image == null ? Cell.Absence.NULL : image.cell(column);
    }

    /** Whether it put a row where its writer saw none. */
    public boolean isInsert() {
        return operation == Operation.INSERT;
    }

    /** Whether it stands for the row as it was before it; so does a change that has changed nothing. */
    boolean isTakenBack() {
        return isInsert() ? image == null : before != null && image != null && before.equals(image);
    }

    /** This version with the row as a merge has left it. */
    Contender withImage(@Nullable Image merged) {
        return new Contender(site, position, stamp, transaction, vector, operation, before, merged, repair);
    }

    boolean isSameVersion(Contender other) {
        return site.equals(other.site) && vector.equals(other.vector);
    }
}
