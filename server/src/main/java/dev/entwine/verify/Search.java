package dev.entwine.verify;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds the rows of one table that are not the same in the sites' snapshots: first all rows as one number, then bucket by bucket, then
 * the rows of the buckets that differ. Used once, by one thread.
 */
final class Search {
    /** A bucket more than these is 30 bytes more for each site to send, and a slower pass. */
    private static final int BITS = 12;

    private static final int BITS_FINE = 18;

    /** Up to so many rows are fetched with their keys before it is worth while to look more finely. */
    private static final long ROWS_FETCHED_MAX = 200_000;

    /** The rows that are kept to be looked at again; each takes some hundred bytes. */
    static final int KEPT_MAX = 100_000;

    private final Table table;
    private final Map<SiteId, TableQueries> queries;
    private final AllSites snapshots;
    private final Pace pace;
    private final ScanProgress progress;

    /**
     * @param queries   how each site's part is read
     * @param snapshots transactions that see what is to be compared
     */
    Search(Table table, Map<SiteId, TableQueries> queries, AllSites snapshots, Pace pace, ScanProgress progress) {
        this.table = table;
        this.queries = queries;
        this.snapshots = snapshots;
        this.pace = pace;
        this.progress = progress;
    }

    /**
     * What was found.
     *
     * @param queries how each site's part of the table is read
     * @param rows    how many rows each site has
     * @param keys    of the rows that differ, as canonical texts
     * @param beyond  how many more there are, which were not kept
     */
    record Found(
            Table table,
            Map<SiteId, TableQueries> queries,
            Map<SiteId, Long> rows,
            Set<List<String>> keys,
            long beyond) {}

    Found run() throws SiteException {
        Set<List<String>> keys = new LinkedHashSet<>();
        AtomicLong beyond = new AtomicLong();
        Map<SiteId, Long> rows = each(key -> {
            if (keys.size() < KEPT_MAX) {
                keys.add(key);
            } else {
                beyond.incrementAndGet();
            }
        });
        return new Found(table, queries, rows, keys, beyond.get());
    }

    /** Tells of every row that differs; how many rows each site has. */
    Map<SiteId, Long> each(DifferingKeys.Sink sink) throws SiteException {
        Scan whole = new Scan(queries, pace, progress);
        String doing = "comparing table " + table;
        Map<SiteId, Scan.Total> totals = snapshots.call(doing, whole::total);
        Map<SiteId, Long> rows = new LinkedHashMap<>();
        if (!whole.wasWritten() && new HashSet<>(totals.values()).size() == 1) {
            totals.forEach((site, total) -> rows.put(site, total.rows()));
            return rows;
        }
        Map<SiteId, Buckets> sites = buckets(doing, Buckets.Cut.all(BITS));
        sites.forEach((site, buckets) -> rows.put(site, buckets.rows()));
        Buckets.Cut cut = new Buckets.Cut(BITS_FINE, BITS, Buckets.different(sites));
        if (cut.wanted().isEmpty()) {
            return rows;
        }
        if (sites.values().stream().anyMatch(site -> site.rows(cut.wanted()) > ROWS_FETCHED_MAX)) {
            Set<Long> fine = Buckets.different(buckets(doing, cut));
            compare(doing, new Buckets.Cut(BITS_FINE, BITS_FINE, fine), sink);
        } else {
            compare(doing, cut, sink);
        }
        return rows;
    }

    private Map<SiteId, Buckets> buckets(String doing, Buckets.Cut cut) throws SiteException {
        Scan scan = new Scan(queries, pace, progress);
        return snapshots.call(doing, (site, connection) -> scan.buckets(site, connection, cut));
    }

    private void compare(String doing, Buckets.Cut cut, DifferingKeys.Sink sink) throws SiteException {
        Map<SiteId, KeyStream> streams = snapshots.call(
                doing, (site, connection) -> new KeyStream(requireNonNull(queries.get(site)), cut, connection));
        try (DifferingKeys differing = new DifferingKeys(table, streams)) {
            differing.each(sink);
        }
    }
}
