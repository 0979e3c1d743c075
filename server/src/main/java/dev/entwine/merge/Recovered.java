package dev.entwine.merge;

import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a new engine finds at one site, and all that it starts from.
 *
 * @param acknowledged the place in the site's log after which it is read again
 * @param clock        the site's clock at that place
 * @param progress     what the site has applied
 * @param rows         the merged rows in conflict that the site holds
 * @param journaled    of the decisions that the site does not call finished, the ids of those that stand in every site's journal, on
 *                     disk; they are not among the decisions of {@code rows}
 * @param rekeys       the new ids that the site gave its rows after that place, oldest first
 */
public record Recovered(
        Position acknowledged,
        Stamp clock,
        VersionVector progress,
        Map<RowId, StoredRow> rows,
        Set<String> journaled,
        List<Rekey> rekeys) {}
