package dev.entwine.verify;

import dev.entwine.db.BlockRange;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One pass over a table at all sites, piece by piece, so that it can be told how far it is, slowed down and given up. Each site's
 * part runs on a thread of its own.
 */
final class Scan {
    /** 32 MB: some tenths of a second. */
    private static final long BLOCKS_PER_STATEMENT = 4_096;

    private static final long NANOS_BETWEEN_LOOKS = 1_000_000_000;

    /** How often rows were written, as far as the server's statistics tell by now. */
    private static final String WRITTEN = """
        SELECT coalesce(sum(pg_stat_get_tuples_inserted(p.relid) + pg_stat_get_tuples_updated(p.relid)
                            + pg_stat_get_tuples_deleted(p.relid)), 0)
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
             CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid)) p
        WHERE s.nspname = ? AND c.relname = ?
        """;

    private final Map<SiteId, TableQueries> queries;
    private final Pace pace;
    private final ScanProgress progress;
    private final long blocks;
    private final AtomicLong done = new AtomicLong();
    private final AtomicBoolean written = new AtomicBoolean();

    Scan(Map<SiteId, TableQueries> queries, Pace pace, ScanProgress progress) {
        this.queries = queries;
        this.pace = pace;
        this.progress = progress;
        this.blocks = queries.values().stream()
                .flatMap(query -> query.part().stream())
                .mapToLong(BlockRange::size)
                .sum();
    }

    /** How many rows, and what they add up to. */
    record Total(long rows, long sum) {}

    /** All rows as one number; the result says nothing when the table was written meanwhile ({@link #wasWritten}). */
    Total total(SiteId site, Connection connection) throws SQLException {
        TableQueries query = query(site);
        long before = written(connection, query.shape().table().id());
        long lookedNanos = System.nanoTime();
        long rows = 0;
        long sum = 0;
        try (PreparedStatement statement = connection.prepareStatement(query.total())) {
            for (BlockRange range : query.pieces(BLOCKS_PER_STATEMENT)) {
                long begun = System.nanoTime();
                query.bind(range, statement);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    rows += row.getLong(1);
                    sum ^= row.getLong(2);
                }
                finished(query.shape().table().id(), range, begun);
                if (System.nanoTime() - lookedNanos > NANOS_BETWEEN_LOOKS) {
                    lookedNanos = System.nanoTime();
                    if (written(connection, query.shape().table().id()) != before) {
                        written.set(true);
                    }
                }
                if (written.get()) {
                    break;
                }
            }
        }
        return new Total(rows, sum);
    }

    /** Whether somebody has written to the table, so that the sites' snapshots will hardly be the same as a whole. */
    boolean wasWritten() {
        return written.get();
    }

    Buckets buckets(SiteId site, Connection connection, Buckets.Cut cut) throws SQLException {
        TableQueries query = query(site);
        Buckets buckets = new Buckets();
        for (BlockRange range : query.pieces(BLOCKS_PER_STATEMENT)) {
            long begun = System.nanoTime();
            try (PreparedStatement statement = connection.prepareStatement(query.buckets(range, cut))) {
                if (cut.parent() > 0) {
                    statement.setArray(1, connection.createArrayOf("int8", cut.array()));
                }
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        buckets.add(row.getLong(1), row.getLong(2), row.getLong(3));
                    }
                }
            }
            finished(query.shape().table().id(), range, begun);
        }
        return buckets;
    }

    private TableQueries query(SiteId site) {
        TableQueries query = queries.get(site);
        if (query == null) {
            throw new IllegalArgumentException("site " + site + " takes no part");
        }
        return query;
    }

    private void finished(TableId table, BlockRange range, long begunNanos) {
        long now = done.addAndGet(range.size());
        progress.scanned(table, Math.min(1.0, (double) now / Math.max(1, blocks)));
        LockSupport.parkNanos(pace.pauseNanos(System.nanoTime() - begunNanos));
    }

    private static long written(Connection connection, TableId table) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_stat_clear_snapshot()");
        }
        try (PreparedStatement statement = connection.prepareStatement(WRITTEN)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }
}
