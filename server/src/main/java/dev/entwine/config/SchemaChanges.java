package dev.entwine.config;

import java.util.Locale;

/** What the engine does about a column that has been added at one site. */
public enum SchemaChanges {
    /** It waits until somebody has added it at the others. */
    HOLD,
    /** It adds it at the others, where that can be done exactly. */
    REPLICATE;

    /** As the configuration writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
