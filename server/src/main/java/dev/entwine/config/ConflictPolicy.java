package dev.entwine.config;

import java.util.Locale;

/** Which of two concurrent changes of a row stays. */
public enum ConflictPolicy {
    /** The later commit; of equal ones the site with the higher precedence. */
    LATEST,
    /** The earlier commit; of equal ones the site with the higher precedence. */
    EARLIEST,
    /** The site that stands first in the configuration. */
    PRECEDENCE;

    /** The word in the configuration and in the journal. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
