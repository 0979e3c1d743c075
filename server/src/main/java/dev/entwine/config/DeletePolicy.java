package dev.entwine.config;

import java.util.Locale;

/** What becomes of a delete and a concurrent change of the same row. */
public enum DeletePolicy {
    LATEST,
    UPDATE_WINS,
    DELETE_WINS;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
