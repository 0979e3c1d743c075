package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * The version of a row in conflict that stands, and all versions that no other one had seen. Those that lost are kept as long as
 * they are concurrent with anything that may still arrive, so that the outcome does not depend on the order of arrival.
 *
 * @param heads concurrent with each other; at most one for each site, oldest decision first
 */
public record MergedRow(Contender standing, List<Contender> heads) {
    public MergedRow {
        heads = List.copyOf(heads);
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
                complete.apply(standing), heads.stream().map(complete).toList());
    }
}
