package dev.entwine.simulation;

import dev.entwine.model.Image;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One local write as the oracle knows it.
 *
 * @param image the whole row after it, null when deleted
 * @param seen  the numbers of the versions of this row that had reached the site before it
 */
record Version(
        int number,
        SiteId site,
        Position position,
        RowKey key,
        @Nullable Image image,
        Set<Integer> seen) {}
