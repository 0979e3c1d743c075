package dev.entwine.db;

import dev.entwine.model.SiteId;
import java.util.Optional;

/**
 * Something at a site that must be, or had better be, mended before the engine starts.
 *
 * @param site empty when it holds for every site
 * @param code a stable word for machines
 * @param what what is found, where, and what it leads to
 * @param mend the statement or the step that mends it
 */
public record Finding(Optional<SiteId> site, Severity severity, String code, String what, String mend) {
    /** How much it matters. */
    public enum Severity {
        /** The engine cannot start. */
        ERROR,
        /** The engine can start, and the user should know. */
        WARNING
    }

    public static Finding error(SiteId site, String code, String what, String mend) {
        return new Finding(Optional.of(site), Severity.ERROR, code, what, mend);
    }

    public static Finding warning(SiteId site, String code, String what, String mend) {
        return new Finding(Optional.of(site), Severity.WARNING, code, what, mend);
    }

    /** A warning that holds for every site. */
    public static Finding warning(String code, String what, String mend) {
        return new Finding(Optional.empty(), Severity.WARNING, code, what, mend);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }
}
