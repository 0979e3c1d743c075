package dev.entwine.snapshot;

import dev.entwine.db.BlockRange;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.PartComparison;
import dev.entwine.verify.ScanProgress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes what a stopped copy has brought equal to a new snapshot of the source. Compared by hashes, the target's rows against those
 * which the source now has in the blocks that were copied: first the rows that are not the same are deleted, then those that lack are
 * copied, so that no unique key is ever held by two rows. A row that has moved to a block which was not copied is deleted, and comes
 * with that block. Used by one thread.
 */
final class CopiedPart {
    private static final int ROWS_PER_TRANSACTION = 2_000;

    private final Table table;
    private final ExportedSnapshot source;
    private final SiteId sourceSite;
    private final Endpoint target;
    private final CopyStream stream;
    private final List<BlockRange> copied;

    /** @param stream that nobody else uses now, nor for anything else later */
    CopiedPart(
            Table table,
            ExportedSnapshot source,
            SiteId sourceSite,
            Endpoint target,
            CopyStream stream,
            List<BlockRange> copied) {
        this.table = table;
        this.source = source;
        this.sourceSite = sourceSite;
        this.target = target;
        this.stream = stream;
        this.copied = BlockRange.union(copied);
    }

    void mend() throws SiteException {
        if (compare(this::delete)) {
            compare(this::copy);
        }
    }

    /** What is done about rows that differ. */
    private interface Mending {
        long run(Connection to, PartComparison comparison, List<List<String>> keys) throws SQLException;
    }

    /** Whether anything differed. */
    private boolean compare(Mending mending) throws SiteException {
        Map<SiteId, Connection> snapshots = new LinkedHashMap<>();
        try {
            snapshots.put(sourceSite, source.read());
            snapshots.put(target.site(), SiteAccess.of(target.site(), "connecting", () -> snapshot(target)));
            PartComparison comparison =
                    PartComparison.of(table, snapshots, Map.of(sourceSite, copied), ScanProgress.NONE);
            prepare(comparison);
            boolean[] differ = new boolean[1];
            comparison.each(ROWS_PER_TRANSACTION, keys -> {
                differ[0] = true;
                stream.write("mending table " + table, (from, to) -> mending.run(to, comparison, keys));
            });
            return differ[0];
        } finally {
            Sessions.closeAll(snapshots.values());
        }
    }

    private static Connection snapshot(Endpoint endpoint) throws SQLException {
        Connection reader = Sessions.open(endpoint, Sessions.Purpose.COPY);
        try (Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            return reader;
        } catch (SQLException e) {
            ExportedSnapshot.closeQuietly(reader);
            throw e;
        }
    }

    private void prepare(PartComparison comparison) throws SiteException {
        stream.write("preparing to mend table " + table, (from, to) -> {
            try (Statement reading = from.createStatement();
                    Statement writing = to.createStatement()) {
                reading.execute(comparison.session(sourceSite));
                return writing.execute(comparison.session(target.site()));
            }
        });
    }

    private long delete(Connection to, PartComparison comparison, List<List<String>> keys) throws SQLException {
        try (Statement statement = to.createStatement()) {
            return statement.executeLargeUpdate("DELETE FROM " + Identifiers.quote(table.id())
                    + " AS t USING (SELECT t.ctid AS place, t.tableoid AS part"
                    + comparison.wanted(target.site(), to, keys)
                    + ") AS d WHERE t.ctid = d.place AND t.tableoid = d.part AND " + CopyLog.BY_COPY);
        }
    }

    private long copy(Connection to, PartComparison comparison, List<List<String>> keys) throws SQLException {
        long rows = stream.pump(table, comparison.wanted(sourceSite, to, keys), more -> {});
        CopyLog.note(to, sourceSite, table.id(), Optional.empty(), rows);
        return rows;
    }
}
