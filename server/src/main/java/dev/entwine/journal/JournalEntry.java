package dev.entwine.journal;

import dev.entwine.model.TableId;
import java.time.Instant;
import java.util.Optional;

/**
 * One conflict, as a site's journal has it.
 *
 * @param id     the same at every site
 * @param key    JSON: an object of the key's columns
 * @param status {@code decided}, {@code open} or {@code undone}
 * @param winner a site, or {@code merged}
 * @param vector the version vector of the decision
 * @param losers JSON: an array of objects with site, position, at and image
 * @param base   JSON: the row that both sides began with; empty when there was none or it is not known
 * @param result JSON: the row as decided; empty for a delete
 */
public record JournalEntry(
        String id,
        Instant at,
        TableId table,
        String key,
        String kind,
        String policy,
        String status,
        String winner,
        String vector,
        String operation,
        String losers,
        Optional<String> base,
        Optional<String> result) {}
