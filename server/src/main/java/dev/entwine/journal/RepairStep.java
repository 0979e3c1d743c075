package dev.entwine.journal;

import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is to be done about a row that is not the same at all sites.
 *
 * @param key    the values of the key's columns
 * @param rows   for each site, in order of precedence, its row in the order of the table's columns; empty where it is missing
 * @param stands the site as whose row it is to be everywhere
 * @param policy who says so, as the journal names it
 * @param reason why, in words, without values of the row
 */
public record RepairStep(
        Table table,
        List<String> key,
        Map<SiteId, Optional<List<Optional<String>>>> rows,
        SiteId stands,
        String policy,
        String reason) {
    public RepairStep {
        key = List.copyOf(key);
        rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
        if (!rows.containsKey(stands)) {
            throw new IllegalArgumentException("site " + stands + " is none of " + rows.keySet());
        }
    }

    /** The row as it is to be; empty when it is to be nowhere. */
    public Optional<List<Optional<String>>> row() {
        return row(stands);
    }

    /** The row of a site. */
    public Optional<List<Optional<String>>> row(SiteId site) {
        return rows.getOrDefault(site, Optional.empty());
    }

    /** Whose row is not as it is to be. */
    public List<SiteId> losers() {
        return rows.keySet().stream().filter(site -> !row(site).equals(row())).toList();
    }

    /** Where it is carried out: at a site whose row is right already, or else at one that has a row which is to go. */
    public SiteId at() {
        return row().isPresent() ? stands : losers().getFirst();
    }
}
