package dev.entwine.verify;

import dev.entwine.db.SiteException;
import dev.entwine.model.RowId;
import java.util.Set;

/** Brings changes from site to site while rows are compared. Used by one thread. */
public interface Streams {
    /** Nothing is on its way: what differs in the snapshots is different. */
    Streams NONE = new Streams() {
        @Override
        public Passage pass(Set<RowId> rows) {
            return new Passage.Standing(Set.of());
        }

        @Override
        public boolean isEmpty() {
            return true;
        }
    };

    /**
     * Lets everything pass that anybody could see at some site before the call.
     *
     * @param rows in which somebody is interested
     */
    Passage pass(Set<RowId> rows) throws SiteException;

    /** Whether it is certain, without asking, that nothing is on its way. */
    default boolean isEmpty() {
        return false;
    }

    /** What came of it. */
    sealed interface Passage {
        /** Everything that could be seen before, and what was decided on its way, is applied at every site. */
        record Passed() implements Passage {}

        /** It did not come to an end in time. */
        record Held(String why) implements Passage {}

        /**
         * Nothing moves, and what waits is known.
         *
         * @param waiting those of the rows with a change that some site does not have yet
         */
        record Standing(Set<RowId> waiting) implements Passage {
            public Standing {
                waiting = Set.copyOf(waiting);
            }
        }
    }
}
