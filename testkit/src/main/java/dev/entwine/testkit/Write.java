package dev.entwine.testkit;

import java.util.List;
import java.util.Optional;

/**
 * One row version that a writer made, or one row that it deleted.
 *
 * @param transaction unique; the writes of a transaction share it
 * @param key         the texts of the key's columns
 * @param tag         unique; stands in the row's column {@code tag}, except after a delete
 * @param overwritten the tag of the version that was there before; empty for an insert
 */
public record Write(
        String site,
        String transaction,
        String table,
        List<String> key,
        String tag,
        Kind kind,
        Optional<String> overwritten,
        Outcome outcome) {
    /** What a write does to its row. */
    public enum Kind {
        INSERT,
        UPDATE,
        DELETE
    }

    /** What is known of the commit. Writes that were rolled back for certain are not recorded. */
    public enum Outcome {
        ACKNOWLEDGED,
        /** The connection broke while the commit was under way: it may have happened or not. */
        UNKNOWN
    }

    public Write {
        key = List.copyOf(key);
    }

    Write with(Outcome known) {
        return new Write(site, transaction, table, key, tag, kind, overwritten, known);
    }
}
