package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a batch does to one row of its target.
 *
 * @param operation what is expected: an insert of a row that is not there, an update or a delete of one that is. Whatever is found,
 *                  the row is to be {@code image} afterwards
 * @param image     null to delete. Complete for a merged row. A cell of a change that the log left out is as the row has it;
 *                  where the row is missing, it stands in {@code source}'s table
 * @param vector    what the row contains once this is written
 * @param merged    the merged row, if the row is in conflict; null for a change
 * @param decisions the journal entries to be written with it
 */
public record RowWrite(
        Table table,
        RowKey key,
        Operation operation,
        @Nullable Image image,
        VersionVector vector,
        @Nullable MergedRow merged,
        SiteId source,
        Position position,
        Stamp stamp,
        long transaction,
        List<Decision> decisions) {

    public boolean isMerged() {
        return merged != null;
    }

    /** This write with what the log left out, from the whole row. */
    public RowWrite completedFrom(Image row) {
        return image == null
                ? this
                : new RowWrite(
                        table,
                        key,
                        operation,
                        image.filledFrom(row),
                        vector,
                        merged,
                        source,
                        position,
                        stamp,
                        transaction,
                        decisions);
    }

    /** This write with a later change of the same site's version on top. */
    RowWrite followedBy(RowWrite later) {
        Image after = later.image;
        if (after != null && image != null && later.operation == Operation.UPDATE) {
            after = after.filledFrom(image);
        }
        Operation both = after == null
                ? Operation.DELETE
                : operation == Operation.UPDATE && later.operation == Operation.UPDATE
                        ? Operation.UPDATE
                        : Operation.INSERT;
        return new RowWrite(
                table,
                key,
                both,
                after,
                later.vector,
                later.merged,
                later.source,
                later.position,
                later.stamp,
                later.transaction,
                later.decisions);
    }
}
