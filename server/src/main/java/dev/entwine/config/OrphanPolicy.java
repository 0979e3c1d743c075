package dev.entwine.config;

/** What becomes of a row whose parent was deleted while it came to refer to it. */
public enum OrphanPolicy {
    /** The parent comes back. */
    RESTORE_PARENT,
    /** The row is withheld from every site and stands in an open entry of the journal. */
    QUARANTINE_CHILD,
    /** The row refers to nothing. */
    SET_NULL;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
