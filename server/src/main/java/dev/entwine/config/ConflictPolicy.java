package dev.entwine.config;

import java.util.Locale;

/** What becomes of two concurrent versions of a row. */
public enum ConflictPolicy {
    /** The later commit; of equal ones the site with the higher precedence. */
    LATEST,
    /** The earlier commit; of equal ones the site with the higher precedence. */
    EARLIEST,
    /** The site that stands first in the configuration. */
    PRECEDENCE,
    /** The greater value of a column. */
    GREATEST,
    /** The lesser value of a column. */
    LEAST,
    /** Column by column; of a column that both changed, the later. */
    MERGE,
    /** What an expression says. */
    RULE,
    /** What the user's own class says. */
    HANDLER,
    /** As {@link #LATEST}, until a person has looked at it. */
    MANUAL,
    /** The engine stops. */
    HALT;

    /** The word in the configuration and in the journal. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean takesColumn() {
        return this == GREATEST || this == LEAST;
    }

    /** How it is written. */
    String form() {
        return switch (this) {
            case GREATEST, LEAST -> word() + "(column)";
            case RULE -> "{rule: \"expression\"}";
            case HANDLER -> "{handler: class}";
            default -> word();
        };
    }

    /** Whether it has to know which row a change replaced, or every value of the new one. */
    boolean needsWholeRows() {
        return switch (this) {
            case LATEST, EARLIEST, PRECEDENCE, MANUAL, HALT -> false;
            case GREATEST, LEAST, MERGE, RULE, HANDLER -> true;
        };
    }
}
