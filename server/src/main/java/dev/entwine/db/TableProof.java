package dev.entwine.db;

import dev.entwine.model.TableId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far it is proved that a table is equal at all sites.
 *
 * @param proven    the last time that all of it was; empty when it never was
 * @param rows      how many it had at the first site when a walk came to its end last; 0 before
 * @param unnamed   rows that the last walk found to differ beyond those that stand in {@code entwine.difference}
 * @param notJudged rows of which the last walk could not say whether they differ
 * @param trouble   why the table could not be compared at the last try, in words; empty when it could
 * @param walk      how far the walk through the table is that has begun; empty between two walks
 * @param savedAt   when this was written, by the engine's clock
 */
public record TableProof(
        TableId table,
        Optional<Proven> proven,
        long rows,
        long unnamed,
        long notJudged,
        String trouble,
        Optional<Walk> walk,
        Instant savedAt) {
    /** Each row was found equal at some moment between two. By the engine's clock. */
    public record Proven(Instant from, Instant at) {}

    /**
     * A walk through the table in order of its keys.
     *
     * @param from when it began, by the engine's clock
     * @param key  up to where all rows were equal
     * @param rows how many they were at the first site
     */
    public record Walk(Instant from, List<String> key, long rows) {
        public Walk {
            key = List.copyOf(key);
        }
    }

    /** Nothing is known. */
    public static TableProof none(TableId table) {
        return new TableProof(table, Optional.empty(), 0, 0, 0, "", Optional.empty(), Instant.EPOCH);
    }
}
