package dev.entwine.config;

import java.util.Locale;

/** What becomes of one column of a row in conflict, whatever becomes of the others. */
public enum ColumnPolicy {
    /** Differences are added. */
    SUM,
    GREATEST,
    LEAST,
    /** Additions and removals are merged, element by element. */
    UNION,
    /** The later change of this column. */
    LATEST;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
