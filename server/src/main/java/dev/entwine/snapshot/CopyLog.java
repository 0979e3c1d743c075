package dev.entwine.snapshot;

import dev.entwine.db.BlockRange;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an unfinished copy has written at its target, transaction by transaction ({@code entwine.copy}): so that it can go on after a
 * stop, or be taken back without touching the rows of others. Stateless.
 */
final class CopyLog {
    /** That a row of the table with the alias {@code t} was written by a copy. */
    static final String BY_COPY = "EXISTS (SELECT FROM entwine.copy w WHERE w.writer = t.xmin)";

    private CopyLog() {}

    /**
     * How far a copy into a site has come.
     *
     * @param source where it copies from
     * @param rows   that were copied
     * @param ranges of the source's blocks that are there, by table
     */
    record State(SiteId source, long rows, TreeMap<TableId, List<BlockRange>> ranges) {
        List<BlockRange> of(TableId table) {
            return ranges.getOrDefault(table, List.of());
        }
    }

    /**
     * Notes what the connection's transaction has written.
     *
     * @param range of the source's blocks that is now there; empty when single rows were copied
     */
    static void note(Connection connection, SiteId source, TableId table, Optional<BlockRange> range, long rows)
            throws SQLException {
        String sql = "INSERT INTO entwine.copy (source, table_schema, table_name, writer, rows, first_block, end_block)"
                + " VALUES (?, ?, ?, pg_current_xact_id()::xid, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, source.name());
            statement.setString(2, table.schema());
            statement.setString(3, table.name());
            statement.setLong(4, rows);
            statement.setObject(5, range.map(BlockRange::first).orElse(null), Types.BIGINT);
            statement.setObject(6, range.map(BlockRange::end).orElse(null), Types.BIGINT);
            statement.executeUpdate();
        }
    }

    /** Empty when nothing was copied into the site, or from more than one other. */
    static Optional<State> read(Connection connection) throws SQLException {
        Set<SiteId> sources = new TreeSet<>();
        TreeMap<TableId, List<BlockRange>> ranges = new TreeMap<>();
        long rows = 0;
        String sql = "SELECT source, table_schema, table_name, rows, first_block, end_block FROM entwine.copy";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                sources.add(new SiteId(row.getString(1)));
                TableId table = new TableId(row.getString(2), row.getString(3));
                rows += row.getLong(4);
                long first = row.getLong(5);
                if (!row.wasNull()) {
                    ranges.computeIfAbsent(table, key -> new ArrayList<>()).add(new BlockRange(first, row.getLong(6)));
                }
            }
        }
        return sources.size() == 1 ? Optional.of(new State(sources.iterator().next(), rows, ranges)) : Optional.empty();
    }

    /** The tables with rows that a copy has written. */
    static List<TableId> tables(Connection connection) throws SQLException {
        List<TableId> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT DISTINCT table_schema, table_name FROM entwine.copy ORDER BY 1, 2")) {
            while (row.next()) {
                tables.add(new TableId(row.getString(1), row.getString(2)));
            }
        }
        return tables;
    }

    /** Forgets a table, or all of them. */
    static void forget(Connection connection, Optional<TableId> table) throws SQLException {
        String sql = "DELETE FROM entwine.copy WHERE ? OR (table_schema = ? AND table_name = ?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setBoolean(1, table.isEmpty());
            statement.setString(2, table.map(TableId::schema).orElse(""));
            statement.setString(3, table.map(TableId::name).orElse(""));
            statement.executeUpdate();
        }
    }
}
