package dev.entwine.journal;

import dev.entwine.model.TableId;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What became of one entry of a selection. */
public sealed interface Outcome {
    String id();

    /**
     * Revised, and the row is as wanted.
     *
     * @param stands  the site whose version stands; empty when the row was left as it is
     * @param columns that were set; the whole row where it was made or deleted
     * @param what    what was done to the row, in words
     */
    record Done(String id, TableId table, JsonNode key, String status, String stands, List<String> columns, String what)
            implements Outcome {}

    /**
     * Nothing was done.
     *
     * @param why  what was found
     * @param next what to do
     */
    record Refused(String id, Kind kind, String why, String next) implements Outcome {}

    /** Why something is refused. */
    enum Kind {
        /** There is no such entry, or the entry knows no such site. */
        WRONG,
        /** The row, the table or the entry is not as it was decided, or the database does not take the row. */
        REFUSED
    }
}
