package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The version of a row in conflict that stands, and all versions that no other one had seen. Those that lost are kept as long as
 * they are concurrent with anything that may still arrive, so that the outcome does not depend on the order of arrival.
 *
 * @param heads  concurrent with each other; at most one for each site, oldest decision first
 * @param cells  what stands in these columns instead of what the version that stands has there
 * @param ledger where these come from; null when no column of the table is merged by itself
 * @param restraint what a constraint makes of all this; null when the last decision was not for another row's sake
 */
public record MergedRow(
        Contender standing,
        List<Contender> heads,
        Map<Integer, Cell> cells,
        @Nullable Ledger ledger,
        @Nullable Restraint restraint) {
    public MergedRow {
        heads = List.copyOf(heads);
        cells = Map.copyOf(cells);
    }

    public MergedRow(Contender standing, List<Contender> heads) {
        this(standing, heads, Map.of(), null);
    }

    MergedRow(Contender standing, List<Contender> heads, Map<Integer, Cell> cells, @Nullable Ledger ledger) {
        this(standing, heads, cells, ledger, null);
    }

    /** The row; null when it is not to be there. */
    public @Nullable Image image() {
        Image image = unrestrainedImage();
        if (restraint == null || image == null) {
            return image;
        }
        return restraint.withheld() ? null : image.with(restraint.cells());
    }

    private @Nullable Image unrestrainedImage() {
        Image image = standing.image();
        return image == null ? null : image.with(cells);
    }

    /** Whether the row is kept away by a constraint, not by a delete. */
    public boolean isWithheld() {
        return restraint != null && restraint.withheld();
    }

    /** Whether a constraint has changed columns of it. */
    boolean isRenamed() {
        return restraint != null && !restraint.cells().isEmpty();
    }

    MergedRow restrainedBy(Restraint by) {
        return new MergedRow(standing, heads, cells, ledger, by);
    }

    /** As its writers have it, who do not know of the restraint. */
    MergedRow unrestrained() {
        return new MergedRow(standing, heads, cells, ledger);
    }

    /** Whether a writer who had seen so much, and not all that went into the row, lacks nothing but what a constraint made of it. */
    boolean isRestrainedUnseen(VersionVector seen) {
        return restraint != null && heads.stream().allMatch(head -> seen.covers(head.vector()));
    }

    /** The same, from now on the row that later versions begin with. */
    MergedRow basedOnItself() {
        return ledger == null
                ? this
                : new MergedRow(standing, heads, cells, new Ledger(ledger.image(), ledger.marks(), image()), restraint);
    }

    /** The greatest of its versions': who writes on top of this row has seen those that lost as well. */
    Stamp stamp() {
        Stamp greatest = standing.stamp();
        for (Contender head : heads) {
            greatest = Stamp.max(greatest, head.stamp());
        }
        return greatest;
    }

    /**
     * Whether a version that the site made later is known already: one that was taken for its parent's sake, after a restart, before the
     * site's log was read again up to there.
     */
    boolean isAheadOf(SiteId site, Position position) {
        return heads.stream()
                .anyMatch(head -> head.site().equals(site) && head.position().isAfter(position));
    }

    /** Whether a version of the site is among those that do not stand. */
    boolean hasLost(SiteId site) {
        return heads.stream().anyMatch(head -> head.site().equals(site) && !head.isSameVersion(standing));
    }

    /** The versions of which the log left something out that stands in the tables of their sites. */
    List<Contender> incomplete() {
        return heads.stream().filter(Contender::isIncomplete).toList();
    }

    /** The site has a version of which the log left something out. */
    boolean isIncompleteAt(SiteId site) {
        return heads.stream().anyMatch(head -> head.site().equals(site) && head.isIncomplete());
    }

    /** With what a version left out put into it from the row as it was then. */
    MergedRow completedBy(Contender incomplete, Image row) {
        UnaryOperator<Contender> complete =
                version -> version.isSameVersion(incomplete) ? version.filledFrom(row) : version;
        return new MergedRow(
                complete.apply(standing), heads.stream().map(complete).toList(), cells, ledger, restraint);
    }
}
