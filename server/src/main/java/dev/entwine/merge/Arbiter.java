package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Somebody who is asked about two versions of a row. */
public interface Arbiter {
    /**
     * Decides.
     *
     * @param first  of the site that comes first; neither is a delete
     * @param second of another site, or a later one of the same
     * @param base   the row that both began with; null when there was none
     * @throws NoRulingException no decision was to be had
     */
    Ruling decide(Contender first, Contender second, @Nullable Image base) throws NoRulingException;

    /** What is decided. */
    sealed interface Ruling {
        /** One of the two stands. */
        enum Side implements Ruling {
            FIRST,
            SECOND
        }

        /** The later version stands, with these cells. */
        record Cells(Map<Integer, Cell> cells) implements Ruling {}
    }

    /** The rule or the handler has failed: the conflict stays open. */
    final class NoRulingException extends Exception {
        private static final long serialVersionUID = 1;

        public NoRulingException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
