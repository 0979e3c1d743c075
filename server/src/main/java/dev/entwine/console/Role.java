package dev.entwine.console;

import java.util.Locale;

/** What somebody may do. */
public enum Role {
    /** May look at everything but values of rows. */
    VIEWER,
    /** May see values, and act. */
    OPERATOR;

    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
