package dev.entwine.verify;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads single rows of one table at all sites at the same time. Used by one thread. */
final class RowReads {
    private static final int ROWS_PER_STATEMENT = 5_000;

    private final AllSites sites;
    private final Map<SiteId, TableQueries> queries;

    /** @param sites connections that see what is to be read */
    RowReads(AllSites sites, Map<SiteId, TableQueries> queries) throws SiteException {
        this.sites = sites;
        this.queries = queries;
        sites.call("preparing to read rows", (site, connection) -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(query(site).session());
            }
        });
    }

    /**
     * A row as it was at one site at one moment.
     *
     * @param writer the number of the transaction that wrote it; empty when the row was not there
     * @param whole  a digest of all values' texts; empty when the row was not there
     */
    record Sighting(String writer, String whole) {
        static final Sighting MISSING = new Sighting("", "");

        boolean isMissing() {
            return equals(MISSING);
        }
    }

    /** A row with its values, in the order of the table's columns. */
    record Full(Sighting sighting, List<Optional<String>> values) {
        Full {
            values = List.copyOf(values);
        }
    }

    /** For each site, the rows that are there. */
    Map<SiteId, Map<List<String>, Sighting>> sightings(Collection<List<String>> keys) throws SiteException {
        return read(keys, "looking at rows again", TableQueries::versions, (row, columns) -> sighting(row));
    }

    /** The same with all values. */
    Map<SiteId, Map<List<String>, Full>> values(Collection<List<String>> keys) throws SiteException {
        return read(keys, "reading rows that differ", TableQueries::values, (row, columns) -> {
            List<Optional<String>> values = new ArrayList<>(columns);
            for (int i = 0; i < columns; i++) {
                values.add(Optional.ofNullable(row.getString(4 + i)));
            }
            return new Full(sighting(row), values);
        });
    }

    private static Sighting sighting(ResultSet row) throws SQLException {
        return new Sighting(row.getString(2), row.getString(3));
    }

    private TableQueries query(SiteId site) {
        return requireNonNull(queries.get(site), () -> "no queries for site " + site);
    }

    /** Which statement is used. */
    private interface Choice {
        String of(TableQueries queries);
    }

    /** What is made of a row. */
    private interface Reading<T> {
        T of(ResultSet row, int columns) throws SQLException;
    }

    private <T> Map<SiteId, Map<List<String>, T>> read(
            Collection<List<String>> keys, String doing, Choice choice, Reading<T> reading) throws SiteException {
        List<List<String>> all = List.copyOf(keys);
        return sites.call(doing, (site, connection) -> {
            Map<List<String>, T> found = new HashMap<>();
            for (int from = 0; from < all.size(); from += ROWS_PER_STATEMENT) {
                List<List<String>> part = all.subList(from, Math.min(all.size(), from + ROWS_PER_STATEMENT));
                readPart(connection, query(site), choice, reading, part, found);
            }
            return found;
        });
    }

    private static <T> void readPart(
            Connection connection,
            TableQueries query,
            Choice choice,
            Reading<T> reading,
            List<List<String>> keys,
            Map<List<String>, T> found)
            throws SQLException {
        int columns = query.shape().columns().size();
        try (PreparedStatement statement = connection.prepareStatement(choice.of(query))) {
            for (int i = 0; i < keys.getFirst().size(); i++) {
                int column = i;
                Array values = connection.createArrayOf(
                        "text", keys.stream().map(key -> key.get(column)).toArray());
                statement.setArray(i + 1, values);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.put(keys.get(row.getInt(1) - 1), reading.of(row, columns));
                }
            }
        }
    }
}
