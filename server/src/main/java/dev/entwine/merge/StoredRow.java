package dev.entwine.merge;

import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.List;

/**
 * The merged version of a row in conflict as a site's tables have it since the transaction that wrote it there.
 *
 * @param finished  whether the site was told that nobody needs it any more
 * @param decisions the entries about this row in the site's journal that are not called finished, unless they stand in every site's
 */
public record StoredRow(
        Table table, RowKey key, VersionVector vector, MergedRow merged, boolean finished, List<Decision> decisions) {}
