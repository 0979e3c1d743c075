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
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Compares what transactions at several sites see of a table; a site's part of it may be only some of its blocks. However many rows
 * differ, their keys are handed on in lots and none is kept. Used by one thread.
 */
public final class PartComparison {
    private final Table table;
    private final AllSites sites;
    private final Search search;
    private final Map<SiteId, TableQueries> queries;

    private PartComparison(Table table, AllSites sites, Search search, Map<SiteId, TableQueries> queries) {
        this.table = table;
        this.sites = sites;
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
        return new PartComparison(table, sites, new Search(table, queries, sites, Pace.FULL, progress), queries);
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

    /** Shows some of the rows that differ, when {@link #each} has come to its end. */
    public TableComparison show(Set<List<String>> keys, long beyond) throws SiteException {
        return new Judge(
                        new Search.Found(table, queries, Map.of(), keys, beyond),
                        sites,
                        Streams.NONE,
                        ScanProgress.NONE,
                        keys.size())
                .judge();
    }

    /**
     * What follows {@code SELECT ...} to read the rows with these keys, in whichever blocks, as table {@code t}; the keys are table
     * {@code v}, their columns {@code c0} and so on, and {@code n} is their place from 1. Needs {@link #session}.
     */
    public String wanted(SiteId site, Connection connection, List<List<String>> keys) throws SQLException {
        return wanted(site, connection, keys, key -> true);
    }

    /**
     * The same, of some of the keys only.
     *
     * @param which those; the others keep their places
     */
    public String wanted(SiteId site, Connection connection, List<List<String>> keys, Predicate<List<String>> which)
            throws SQLException {
        List<String> arrays = new ArrayList<>();
        for (int column = 0; column < keys.getFirst().size(); column++) {
            @Nullable Object[] values = new @Nullable Object[keys.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = which.test(keys.get(i)) ? keys.get(i).get(column) : null;
            }
            arrays.add(
                    Identifiers.literal(connection.createArrayOf("text", values).toString()));
        }
        return query(site).wanted(arrays::get);
    }

    /** How a session is set up that reads rows by their keys: where the operators of the types are found, and that indexes are used. */
    public String session(SiteId site) {
        return query(site).session();
    }

    /** An expression for the texts of a row's columns, in the table's order: an array. */
    public String texts(SiteId site) {
        return "ARRAY[" + String.join(", ", Encoding.texts(query(site).shape().columns())) + "]::text[]";
    }

    /** An expression for the text of one column. */
    public String text(SiteId site, int column) {
        return Encoding.texts(List.of(query(site).shape().columns().get(column)))
                .getFirst();
    }

    /** A value of a column by its text, as a key that refers to it has it: equal values have equal texts. */
    public String keyText(SiteId site, int column, String text) {
        return query(site).shape().columns().get(column).keyText().canonical(text);
    }

    /** An expression that tells rows with the same key apart. */
    public String digest(SiteId site) {
        return Encoding.whole(query(site).shape());
    }

    private TableQueries query(SiteId site) {
        return requireNonNull(queries.get(site), () -> "site " + site + " takes no part");
    }
}
