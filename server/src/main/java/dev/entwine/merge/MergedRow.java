package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The version of a row in conflict that stands, and all versions that no other one had seen. Those that lost are kept as long as
 * they are concurrent with anything that may still arrive, so that the outcome does not depend on the order of arrival.
 *
 * @param heads  concurrent with each other; at most one for each site, oldest decision first
 * @param cells  what stands in these columns instead of what the version that stands has there
 * @param ledger where these come from; null when no column of the table is merged by itself
 */
public record MergedRow(
        Contender standing,
        List<Contender> heads,
        Map<Integer, Cell> cells,
        @Nullable Ledger ledger) {
    public MergedRow {
        heads = List.copyOf(heads);
        cells = Map.copyOf(cells);
    }

    public MergedRow(Contender standing, List<Contender> heads) {
        this(standing, heads, Map.of(), null);
    }

    /** The row; null when it is deleted. */
    public @Nullable Image image() {
        Image image = standing.image();
        return image == null ? null : image.with(cells);
    }

    /** The same, from now on the row that later versions begin with. */
    MergedRow basedOnItself() {
        return ledger == null
                ? this
                : new MergedRow(standing, heads, cells, new Ledger(ledger.image(), ledger.marks(), image()));
    }

    /** The greatest of its versions': who writes on top of this row has seen those that lost as well. */
    Stamp stamp() {
        Stamp greatest = standing.stamp();
        for (Contender head : heads) {
            greatest = Stamp.max(greatest, head.stamp());
        }
        return greatest;
    }

    /** Whether a version of the site is among those that do not stand. */
    boolean hasLost(SiteId site) {
        return heads.stream().anyMatch(head -> head.site().equals(site) && !head.isSameVersion(standing));
    }

    /** The sites in whose tables something of a version stands that the log left out. */
    Set<SiteId> incompleteAt() {
        Set<SiteId> sites = new TreeSet<>();
        for (Contender head : heads) {
            if (head.isIncomplete()) {
                sites.add(head.site());
            }
        }
        return sites;
    }

    /** With what a site's table holds of the row put into that site's version. */
    MergedRow completedBy(SiteId site, Image row) {
        UnaryOperator<Contender> complete =
                version -> version.site().equals(site) && version.isIncomplete() ? version.filledFrom(row) : version;
        return new MergedRow(
                complete.apply(standing), heads.stream().map(complete).toList(), cells, ledger);
    }
}
