package dev.entwine.console;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the console can ask of the databases, and do there; the documents are those of the commands' {@code --json}. Every call may wait for
 * databases. Safe from any thread.
 */
public interface Desk {
    /** As {@code status --json}. */
    JsonNode status() throws RequestException;

    /**
     * Entries of the journal, newest first.
     *
     * @param filters by the names of the options of {@code conflicts list}
     * @param offset  how many to leave out
     */
    JsonNode conflicts(Map<String, String> filters, int offset, int limit) throws RequestException;

    /** As {@code conflicts show --json}. */
    JsonNode conflict(String id) throws RequestException;

    /**
     * As {@code conflicts keep} and {@code undo}; all of them or none.
     *
     * @param action keep, undo, or as_is
     * @param site   whose version is to stand, for keep
     * @param by     who wants it
     * @return an array of outcomes
     */
    JsonNode decide(String action, Optional<String> site, List<String> ids, String by) throws RequestException;

    /**
     * Writes the row of a conflict as somebody wants it, and closes the conflict. As with keep and undo, nothing is done when the row has
     * moved on.
     *
     * @param values column by column, text or null; the others stay as they stand
     * @return an array with one outcome
     */
    JsonNode edit(String id, ObjectNode values, String by) throws RequestException;

    /** As {@code check --json}. May take some seconds. */
    JsonNode check() throws RequestException;

    /** As {@code why --json}. */
    JsonNode row(String table, String key) throws RequestException;

    /** Each table with its policy, what is proved of it, and its conflicts. */
    JsonNode tables() throws RequestException;

    /** Each site with its rights and its clock. */
    JsonNode sites() throws RequestException;

    /** Changes that a database refused. */
    JsonNode parked() throws RequestException;

    /**
     * As {@code parked retry}, and with a reason as {@code parked discard}. May take ten seconds.
     *
     * @param ids of parked changes: site, slash, number
     * @param by  who wants it
     * @return an array of outcomes
     */
    JsonNode settle(List<String> ids, Optional<String> reason, String by) throws RequestException;

    /** As {@code forecast --json}. */
    JsonNode forecast(long cutSeconds) throws RequestException;

    /**
     * As {@code verify --json}. May take hours.
     *
     * @param table    empty for all
     * @param progress told how far it is
     */
    JsonNode verify(Optional<String> table, Progress progress) throws RequestException;

    /**
     * As {@code repair --json}. May take hours.
     *
     * @param prefer empty for the tables' own policies
     * @param apply  whether to repair, or only to say how
     */
    JsonNode repair(Optional<String> table, Optional<String> prefer, boolean apply, String by, Progress progress)
            throws RequestException;

    /** Told from several threads. */
    interface Progress {
        /**
         * How far it is.
         *
         * @param share from 0 to 1
         */
        void at(String doing, double share);
    }
}
