package dev.entwine.merge;

/**
 * What becomes of a table's rows that a constraint does not let stand.
 *
 * @param claim     of a row that claims what another row keeps
 * @param column    the column that is renamed or set to NULL; -1 for a row that is withheld
 * @param lengthMax characters that fit into that column
 * @param orphan    of a row whose parent was deleted
 */
public record ConstraintRule(OnClaim claim, int column, int lengthMax, OnOrphan orphan) {
    /** A row that loses a claim is withheld, a lost parent restored. */
    public static final ConstraintRule DEFAULT =
            new ConstraintRule(OnClaim.QUARANTINE, -1, Integer.MAX_VALUE, OnOrphan.RESTORE_PARENT);

    /** What becomes of a row that loses a claim. */
    public enum OnClaim {
        /** It is withheld from every site and stands, whole, in an open entry of the journal. */
        QUARANTINE,
        /** Its value gets an ending of its own. */
        RENAME,
        /** Its value becomes NULL. */
        SET_NULL
    }

    /** What becomes of a row and its parent that was deleted. */
    public enum OnOrphan {
        RESTORE_PARENT,
        QUARANTINE_CHILD,
        SET_NULL
    }
}
