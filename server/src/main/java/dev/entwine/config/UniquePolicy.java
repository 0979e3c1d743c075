package dev.entwine.config;

/** What becomes of a row that claims a value which another row keeps. */
public enum UniquePolicy {
    /** It is withheld from every site and stands in an open entry of the journal. */
    QUARANTINE,
    /** A column gets an ending that makes its value another one. */
    RENAME,
    /** A column becomes NULL. */
    NULL;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** How it is written. */
    String form() {
        return this == QUARANTINE ? word() : word() + "(column)";
    }
}
