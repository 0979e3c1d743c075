package dev.entwine.handler;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Two versions of a row, neither of whose writers had seen the other.
 *
 * @param table  {@code schema.name}
 * @param local  of the site that comes first in the configuration
 * @param remote of the other site
 * @param base   the row that both began with; empty when both inserted it
 */
public record Conflict(String table, Version local, Version remote, Optional<Map<String, @Nullable String>> base) {
    /**
     * One of them.
     *
     * @param at  when it was committed, by that site's clock
     * @param row each column's value in the server's text form; null for SQL NULL
     */
    public record Version(String site, Instant at, Map<String, @Nullable String> row) {}
}
