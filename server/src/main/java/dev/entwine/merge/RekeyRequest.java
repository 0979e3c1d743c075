package dev.entwine.merge;

import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows of a site that need other ids before the site's log is taken any further.
 *
 * @param epoch   of the engine that asks
 * @param number  of this request, in the life of that engine
 * @param since   the place in its log that waits
 * @param highest per table the highest id that any site's log has shown
 */
public record RekeyRequest(
        SiteId site, long epoch, long number, Position since, List<Wanted> rows, Map<TableId, Long> highest) {
    public RekeyRequest {
        rows = List.copyOf(rows);
        highest = Map.copyOf(highest);
    }

    /**
     * One row.
     *
     * @param from the id that it has
     * @param since the place in the site's log where it was inserted
     * @param to   the id of the row that stands for the same thing elsewhere; empty when any id will do that no row has
     */
    public record Wanted(TableId table, String from, Optional<String> to, Position since) {
        /** In the engine's table of ids. */
        public String reason() {
            return to.isPresent() ? "natural_key" : "same_id";
        }
    }
}
