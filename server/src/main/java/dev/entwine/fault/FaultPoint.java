package dev.entwine.fault;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A place on the way of a change where the death of the process leaves something half done: written here and not there, known here and
 * not there. The system property {@value #PROPERTY} arms one of them, as {@code apply.written} or {@code apply.written:3}: the process
 * then ends at once when it passes there for the third time, as if it were killed, with the exit code {@value #EXIT_CODE}. Without the
 * property passing does nothing. Any thread may pass.
 */
public enum FaultPoint {
    /** A transaction was read from a log; nobody knows of it. */
    CAPTURE_READ,
    /** The merger has taken it, and decided what collides. */
    CAPTURE_TAKEN,
    /** What the other sites hold durably is not told to a site's slot yet. */
    ACKNOWLEDGE_BEFORE,
    ACKNOWLEDGE_AFTER,
    /** A batch's rows are written in a transaction that is open. */
    APPLY_WRITTEN,
    /** All that others have written under them is known. */
    APPLY_FENCED,
    /** The transaction was rolled back, to be tried again. */
    APPLY_GIVEN_UP,
    /** What a constraint does not let stand is announced to the site's log. */
    SETTLE_ANNOUNCED,
    /** It is decided, in memory. */
    SETTLE_DECIDED,
    /** A change that the database refuses is kept, in a transaction that is open. */
    APPLY_PARKED,
    COMMIT_BEFORE,
    /** The site has committed; nobody here knows. */
    COMMIT_AFTER,
    /** It is known here, and the site's log has not shown it. */
    COMMIT_TOLD,
    /** Rows have other ids at one site; nobody here knows. */
    REKEY_AFTER,
    /** The lease of a site is locked. */
    LEASE_LOCKED,
    /** A new epoch stands at a site. */
    EPOCH_BEGUN,
    /** Everything that was left behind is read. */
    STARTUP_READ,
    /** Schema and publication were made at a site. */
    INIT_SCHEMA,
    /** A site's slot was made. */
    INIT_SLOT,
    /** All sites have their rows. */
    INIT_FILLED,
    /** A site knows where to begin. */
    INIT_PROGRESS,
    /** A site calls itself initialized. */
    INIT_MARKED;

    /** Names the point, and how many times it is passed. */
    public static final String PROPERTY = "entwine.fault_point";

    /** What a shell reports of a process that was killed. */
    public static final int EXIT_CODE = 137;

    /** Read once, so that what is not armed costs nothing. */
    private static final class Armed {
        private static final @Nullable FaultPoint POINT;
        private static final AtomicLong LEFT = new AtomicLong(1);

        static {
            String[] parts = System.getProperty(PROPERTY, "").split(":", 2);
            POINT = parts[0].isEmpty() ? null : of(parts[0]);
            if (parts.length > 1) {
                LEFT.set(Long.parseLong(parts[1]));
            }
        }

        private static FaultPoint of(String text) {
            return Arrays.stream(values())
                    .filter(point -> point.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            PROPERTY + ": no point '" + text + "'; there are " + Arrays.toString(values())));
        }
    }

    /** Ends the process, if it is to end here and now. */
    public void pass() {
        if (this == Armed.POINT && Armed.LEFT.decrementAndGet() == 0) {
            LoggerFactory.getLogger(FaultPoint.class).error("fault point {}: the process ends", this);
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    /** As it is named in the property. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
