package dev.entwine.snapshot;

import dev.entwine.db.BlockRange;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/**
 * How a table is cut: into ranges of its blocks, each some ten megabytes with what its rows keep out of line.
 *
 * @param blocks of its largest part
 * @param bytes  on disk, without indexes
 */
record CopyPlan(Table table, long blocks, long bytes) {
    /** Lost, at the most, by each stream of a copy that is stopped; about a second's work. */
    private static final long RANGE_BYTES = 32L << 20;

    private static final String SIZE = """
        SELECT coalesce(max(pg_relation_size(p.relid) / current_setting('block_size')::int), 0),
               coalesce(sum(pg_table_size(p.relid)), 0)
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
             CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid)) p
        WHERE s.nspname = ? AND c.relname = ?
        """;

    /** Reads the sizes after the snapshot was taken, so that its rows are in no other blocks. */
    static CopyPlan read(Table table, Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SIZE)) {
            statement.setString(1, table.id().schema());
            statement.setString(2, table.id().name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new CopyPlan(table, row.getLong(1), row.getLong(2));
            }
        }
    }

    /** What is left to be copied, in pieces. */
    List<BlockRange> ranges(List<BlockRange> finished) {
        long blocksMax = bytes <= RANGE_BYTES ? Math.max(1, blocks) : Math.max(1, blocks * RANGE_BYTES / bytes);
        return BlockRange.gaps(finished, blocks).stream()
                .flatMap(gap -> gap.pieces(blocksMax).stream())
                .toList();
    }

    /** On disk, about. */
    long bytes(BlockRange range) {
        return blocks == 0 ? 0 : (long) ((double) bytes * range.size() / blocks);
    }
}
