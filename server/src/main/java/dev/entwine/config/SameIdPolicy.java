package dev.entwine.config;

/** What becomes of rows that several sites inserted under the same id. */
public enum SameIdPolicy {
    /** They are versions of one row, and {@code on_conflict} decides. */
    LATEST,
    /** They are different rows: all stand, and all but one get another id. */
    REKEY;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
