package dev.entwine.apply;

import dev.entwine.db.Revisions;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Item;
import dev.entwine.merge.MergedRow;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Revision;
import dev.entwine.model.RowId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the journal, merged rows and parked changes, in the transaction that brings the outcome. Owned by its target's thread. */
final class JournalWriter {
    private static final String CONFLICT = """
        INSERT INTO entwine.conflict (id, at, table_schema, table_name, row_id, key, kind, policy, winner, vector, stamp,
                                      operation, losers, base, result, transactions, status, reason)
        VALUES (?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?)
        ON CONFLICT (id) DO NOTHING
        """;

    private static final String MERGED = """
        INSERT INTO entwine.merged (row_id, table_schema, table_name, key, vector, heads, finished)
        VALUES (?, ?, ?, ?::jsonb, ?, ?::jsonb, false)
        ON CONFLICT (row_id) DO UPDATE SET vector = EXCLUDED.vector, heads = EXCLUDED.heads, finished = false
        """;

    private static final String FINISHED_MERGED =
            "UPDATE entwine.merged SET finished = true WHERE row_id = ? AND vector = ?";

    /** Only what the finished version contains: the row may be in conflict again, and that decision is needed by a restart. */
    private static final String FINISHED_CONFLICTS = """
        UPDATE entwine.conflict c SET finished = true
        WHERE row_id = ? AND NOT finished AND NOT EXISTS (
            SELECT FROM string_to_table(c.vector, ',') AS mine(part)
            WHERE split_part(part, '=', 2)::pg_lsn > coalesce(
                (SELECT split_part(its, '=', 2)::pg_lsn FROM string_to_table(?::text, ',') AS finished(its)
                 WHERE split_part(its, '=', 1) = split_part(part, '=', 1)), '0/0'))
        """;

    private static final String PARKED = """
        INSERT INTO entwine.parked (row_id, table_schema, table_name, key, source, position, operation, image, sqlstate, error)
        VALUES (?, ?, ?, ?::jsonb, ?, ?::pg_lsn, ?, ?::jsonb, ?, ?)
        """;

    /**
     * Sent at once. After an outage a few rows may have very many entries, and their texts together may not fit into memory; nor may the
     * server be left without a statement for as long as it takes to make them.
     */
    private static final int ENTRIES_MAX = 500;

    private final Connection connection;

    JournalWriter(Connection connection) {
        this.connection = connection;
    }

    static boolean hasToWrite(Batch.Commit commit) {
        return !commit.finished().isEmpty()
                || !commit.refused().isEmpty()
                || !commit.revisions().isEmpty()
                || commit.rows().stream()
                        .anyMatch(row -> row.isMerged() || !row.decisions().isEmpty());
    }

    void write(Batch.Commit commit) throws SQLException {
        writeMerged(commit.rows());
        writeDecisions(commit.rows());
        for (Revision revision : commit.revisions()) {
            Revisions.record(connection, revision);
        }
        writeFinished(commit.finished());
        for (Item.Transaction refused : commit.refused()) {
            for (TableId table : refused.truncated()) {
                parkTruncate(refused, table);
            }
        }
    }

    private void writeMerged(Collection<RowWrite> rows) throws SQLException {
        if (rows.stream().noneMatch(RowWrite::isMerged)) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(MERGED)) {
            for (RowWrite row : rows) {
                MergedRow merged = row.merged();
                if (merged != null) {
                    Table table = row.table();
                    statement.setString(1, row.key().id().toString());
                    statement.setString(2, table.id().schema());
                    statement.setString(3, table.id().name());
                    statement.setString(4, JournalJson.key(table, row.key()));
                    statement.setString(5, row.vector().toString());
                    statement.setString(6, JournalJson.merged(table, merged));
                    statement.addBatch();
                }
            }
            statement.executeBatch();
        }
    }

    private void writeDecisions(Collection<RowWrite> rows) throws SQLException {
        if (rows.stream().allMatch(row -> row.decisions().isEmpty())) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(CONFLICT)) {
            int entries = 0;
            for (RowWrite row : rows) {
                for (Decision decision : row.decisions()) {
                    bind(statement, decision);
                    statement.addBatch();
                    if (++entries % ENTRIES_MAX == 0) {
                        statement.executeBatch();
                    }
                }
            }
            statement.executeBatch();
        }
    }

    private static void bind(PreparedStatement statement, Decision decision) throws SQLException {
        Table table = decision.table();
        boolean arrivingLater =
                decision.arriving().stamp().compareTo(decision.merged().stamp()) > 0;
        var later = arrivingLater ? decision.arriving() : decision.merged();
        statement.setString(1, decision.id());
        statement.setTimestamp(2, Timestamp.from(later.stamp().toInstant()));
        statement.setString(3, table.id().schema());
        statement.setString(4, table.id().name());
        statement.setString(5, decision.key().id().toString());
        statement.setString(6, JournalJson.key(table, decision.key()));
        statement.setString(7, decision.kind().text());
        statement.setString(8, decision.policy());
        statement.setString(9, JournalJson.winner(decision));
        statement.setString(10, decision.vector().toString());
        statement.setLong(11, later.stamp().micros());
        statement.setString(12, decision.arriving().operation().name().toLowerCase(Locale.ROOT));
        statement.setString(13, JournalJson.losers(decision));
        setText(statement, 14, JournalJson.image(table, decision.base()));
        setText(statement, 15, JournalJson.image(table, decision.result()));
        statement.setString(16, JournalJson.transactions(decision));
        statement.setString(17, decision.open() ? RecoveryReader.OPEN : "decided");
        statement.setString(18, decision.reason());
    }

    private void writeFinished(Map<RowId, VersionVector> finished) throws SQLException {
        if (finished.isEmpty()) {
            return;
        }
        try (PreparedStatement merged = connection.prepareStatement(FINISHED_MERGED);
                PreparedStatement conflicts = connection.prepareStatement(FINISHED_CONFLICTS)) {
            for (Map.Entry<RowId, VersionVector> row : finished.entrySet()) {
                merged.setString(1, row.getKey().toString());
                merged.setString(2, row.getValue().toString());
                merged.addBatch();
                conflicts.setString(1, row.getKey().toString());
                conflicts.setString(2, row.getValue().toString());
                conflicts.addBatch();
            }
            merged.executeBatch();
            conflicts.executeBatch();
        }
    }

    void park(RowWrite write, @Nullable String sqlState, String error) throws SQLException {
        park(
                write.key().id().toString(),
                write.table().id(),
                JournalJson.key(write.table(), write.key()),
                write.source().name(),
                write.position().toString(),
                write.operation().name().toLowerCase(Locale.ROOT),
                JournalJson.image(write.table(), write.image()),
                sqlState,
                error);
    }

    private void parkTruncate(Item.Transaction transaction, TableId table) throws SQLException {
        park(
                null,
                table,
                null,
                transaction.source().name(),
                transaction.position().toString(),
                "truncate",
                null,
                null,
                "TRUNCATE is not carried over: the table is emptied at site " + transaction.source()
                        + " alone; delete the rows instead");
    }

    private void park(
            @Nullable String rowId,
            TableId table,
            @Nullable String key,
            String source,
            String position,
            String operation,
            @Nullable String image,
            @Nullable String sqlState,
            String error)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PARKED)) {
            setText(statement, 1, rowId);
            statement.setString(2, table.schema());
            statement.setString(3, table.name());
            setText(statement, 4, key);
            statement.setString(5, source);
            statement.setString(6, position);
            statement.setString(7, operation);
            setText(statement, 8, image);
            setText(statement, 9, sqlState);
            statement.setString(10, error);
            statement.executeUpdate();
        }
    }

    private static void setText(PreparedStatement statement, int index, @Nullable String text) throws SQLException {
        if (text == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, text);
        }
    }
}
