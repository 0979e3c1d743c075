package dev.entwine.merge;

import java.util.function.UnaryOperator;

/** How a column's values hold the ids of another table's rows. */
public interface IdHolder {
    /** The column's value is the id. */
    IdHolder VALUE = new IdHolder() {
        @Override
        public String replaced(String text, UnaryOperator<String> ids) {
            return ids.apply(text);
        }

        @Override
        public Find find() {
            return Find.EQUAL;
        }
    };

    /** How a database finds values that may hold an id. */
    enum Find {
        /** The value is the id. */
        EQUAL,
        /** An array has the id among its elements. */
        OVERLAP,
        /** A map, or a set, has the id among its keys. */
        KEY,
        /** Each value has to be looked at. */
        EACH
    }

    Find find();

    /**
     * A value in the server's text form, with each id that it holds replaced.
     *
     * @param ids gives the id to be written; the same when nothing is to be replaced
     */
    String replaced(String text, UnaryOperator<String> ids);
}
