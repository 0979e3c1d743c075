package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One conflict, as the published journal of a site has it.
 *
 * @param winner the site whose version stands, or {@link #MERGED}
 * @param stands the row as it was decided; empty for a delete
 * @param besides what else the entry says, without images
 */
public record Entry(
        String id,
        RowId row,
        String kind,
        String winner,
        Party winning,
        List<Party> losers,
        Optional<Image> stands,
        String besides) {
    static final String MERGED = "merged";

    /** Of two versions of one row; other kinds are about rows that could not stand together. */
    private static final Set<String> OF_VERSIONS =
            Set.of("insert_insert", "update_update", "update_delete", "delete_update", "delete_delete");

    /**
     * One of the versions that met.
     *
     * @param xid   of the transaction at the site that made it; 0 where the entry does not say
     * @param image empty for a delete, and for the winner's
     */
    public record Party(String site, long xid, Optional<Image> image) {}

    public Entry {
        losers = List.copyOf(losers);
    }

    public boolean isOfVersions() {
        return OF_VERSIONS.contains(kind);
    }

    public boolean isMerged() {
        return winner.equals(MERGED);
    }

    /** Everything but images. */
    List<Object> says() {
        return List.of(
                row,
                kind,
                winner,
                winning,
                losers.stream().map(loser -> loser.site() + " " + loser.xid()).toList(),
                stands.isPresent(),
                besides);
    }

    /** Those that lost, and what stands. */
    List<Party> parties() {
        List<Party> parties = new ArrayList<>(losers);
        parties.add(standing());
        return parties;
    }

    /** The winner with its image. */
    Party standing() {
        return new Party(winning.site(), winning.xid(), stands);
    }

    public Entry with(String otherWinner, Party otherWinning, List<Party> others, Optional<Image> otherStands) {
        return new Entry(id, row, kind, otherWinner, otherWinning, others, otherStands, besides);
    }

    public Entry withBesides(String text) {
        return new Entry(id, row, kind, winner, winning, losers, stands, text);
    }

    public Entry withId(String other) {
        return new Entry(other, row, kind, winner, winning, losers, stands, besides);
    }

    @Override
    public String toString() {
        return kind + " of " + row + ", won by " + winner + " (" + id + ")";
    }
}
