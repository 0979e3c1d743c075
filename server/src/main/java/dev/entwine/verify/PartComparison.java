package dev.entwine.verify;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.BlockRange;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compares what transactions at two sites see of a table where a site's part of it is only some of its blocks. However many rows
 * differ, their keys are handed on in lots and none is kept. Used by one thread.
 */
public final class PartComparison {
    private final Search search;
    private final Map<SiteId, TableQueries> queries;

    private PartComparison(Search search, Map<SiteId, TableQueries> queries) {
        this.search = search;
        this.queries = queries;
    }

    /**
     * Reads how the sites have the table.
     *
     * @param snapshots connections with auto-commit off
     * @param parts     for the sites that take part with some blocks only
     */
    public static PartComparison of(
            Table table, Map<SiteId, Connection> snapshots, Map<SiteId, List<BlockRange>> parts, ScanProgress progress)
            throws SiteException {
        AllSites sites = new AllSites(snapshots);
        Map<SiteId, TableQueries> queries = TableQueries.read(table, sites);
        parts.forEach((site, blocks) -> queries.computeIfPresent(site, (same, whole) -> whole.within(blocks)));
        return new PartComparison(new Search(table, queries, sites, Pace.FULL, progress), queries);
    }

    /** Who is told of keys, as canonical texts. */
    public interface Lots {
        void differ(List<List<String>> keys) throws SiteException;
    }

    /** Finds the rows that differ, by hashes of their values. */
    public void each(int lotSize, Lots lots) throws SiteException {
        List<List<String>> lot = new ArrayList<>();
        search.each(key -> {
            lot.add(key);
            if (lot.size() == lotSize) {
                lots.differ(List.copyOf(lot));
                lot.clear();
            }
        });
        if (!lot.isEmpty()) {
            lots.differ(List.copyOf(lot));
        }
    }

    /**
     * What follows {@code SELECT ...} to read the rows with these keys, in whichever blocks, as table {@code t}. Needs
     * {@link #searchPath}, and wants indexes to be used.
     */
    public String wanted(SiteId site, Connection connection, List<List<String>> keys) throws SQLException {
        List<String> arrays = new ArrayList<>();
        for (int i = 0; i < keys.getFirst().size(); i++) {
            int column = i;
            Object[] values = keys.stream().map(key -> key.get(column)).toArray();
            arrays.add(
                    Identifiers.literal(connection.createArrayOf("text", values).toString()));
        }
        return query(site).wanted(arrays::get);
    }

    /** A statement that says where the operators of the key's types are found. */
    public String searchPath(SiteId site) {
        return query(site).searchPath();
    }

    private TableQueries query(SiteId site) {
        return requireNonNull(queries.get(site), () -> "site " + site + " takes no part");
    }
}
