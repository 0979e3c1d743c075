package dev.entwine.config;

/** What is decided together with a row in conflict. */
public enum ScopePolicy {
    /** Nothing: each row by itself. */
    ROW,
    /** A row of a parent table with the rows that refer to it. */
    OBJECT,
    /** Whatever its transaction did. */
    TRANSACTION;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
