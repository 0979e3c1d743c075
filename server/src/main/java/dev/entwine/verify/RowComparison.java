package dev.entwine.verify;

import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.TableComparison.Difference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares one table across sites by a merge of ordered streams: rows in order of the bytes of their keys, values in the server's
 * text form. Holds one fetch of rows for each site in memory, whatever the size of the table. Used once, by one thread.
 */
public final class RowComparison {
    private final Table table;
    private final int differencesMax;
    private final Map<SiteId, RowCursor> cursors = new LinkedHashMap<>();
    private final List<Difference> differences = new ArrayList<>();
    private long differenceCount;

    private RowComparison(Table table, int differencesMax) {
        this.table = table;
        this.differencesMax = differencesMax;
    }

    /**
     * Reads the table at every site, whole.
     *
     * @param sites          connections with auto-commit off, whose transactions see what is to be compared
     * @param differencesMax how many differing keys are kept; all are counted
     */
    public static TableComparison compare(Table table, Map<SiteId, Connection> sites, int differencesMax)
            throws SiteException {
        RowComparison comparison = new RowComparison(table, differencesMax);
        try {
            for (Map.Entry<SiteId, Connection> site : sites.entrySet()) {
                comparison.open(site.getKey(), site.getValue());
            }
            return comparison.run();
        } finally {
            comparison.cursors.values().forEach(RowCursor::close);
        }
    }

    private void open(SiteId site, Connection connection) throws SiteException {
        try {
            cursors.put(site, new RowCursor(table, connection));
        } catch (SQLException e) {
            throw reading(site, e);
        }
    }

    private TableComparison run() throws SiteException {
        for (SiteId site : cursors.keySet()) {
            advance(site);
        }
        Optional<Row> least = least();
        while (least.isPresent()) {
            step(least.get());
            least = least();
        }
        Map<SiteId, Long> rows = new LinkedHashMap<>();
        cursors.forEach((site, cursor) -> rows.put(site, cursor.count()));
        return new TableComparison(table.id(), rows, differenceCount, differences);
    }

    private Optional<Row> least() {
        return cursors.values().stream()
                .map(RowCursor::current)
                .flatMap(Optional::stream)
                .min(Row::compareTo);
    }

    /** Compares the rows of the least key, and moves the sites that have it. */
    private void step(Row least) throws SiteException {
        Map<SiteId, Optional<List<Optional<String>>>> found = new LinkedHashMap<>();
        boolean missing = false;
        boolean different = false;
        for (Map.Entry<SiteId, RowCursor> entry : cursors.entrySet()) {
            Optional<Row> row = entry.getValue().current().filter(candidate -> candidate.compareTo(least) == 0);
            found.put(entry.getKey(), row.map(Row::values));
            missing |= row.isEmpty();
            different |= row.isPresent() && !row.get().values().equals(least.values());
        }
        if (missing || different) {
            differenceCount++;
            if (differences.size() < differencesMax) {
                TableComparison.Kind kind = missing ? TableComparison.Kind.MISSING : TableComparison.Kind.DIFFERENT;
                differences.add(new Difference(kind, least.key(), found));
            }
        }
        for (Map.Entry<SiteId, Optional<List<Optional<String>>>> entry : found.entrySet()) {
            if (entry.getValue().isPresent()) {
                advance(entry.getKey());
            }
        }
    }

    private void advance(SiteId site) throws SiteException {
        RowCursor cursor = cursors.get(site);
        if (cursor == null) {
            throw new IllegalStateException("no cursor for site " + site);
        }
        try {
            cursor.advance();
        } catch (SQLException e) {
            throw reading(site, e);
        }
    }

    private SiteException reading(SiteId site, SQLException e) {
        return new SiteException(site, "reading table " + table, e);
    }
}
