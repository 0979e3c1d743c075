package dev.entwine.apply;

import dev.entwine.db.Repairs;
import dev.entwine.db.Revisions;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Item;
import dev.entwine.merge.MergedRow;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.JournalNote;
import dev.entwine.model.Repair;
import dev.entwine.model.Revision;
import dev.entwine.model.RowId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the journal, merged rows and parked changes, in the transaction that brings the outcome. Owned by its target's thread. */
final class JournalWriter {
    /** An entry that is there already stays; but values that were not known when it was written are added to it. */
    private static final String CONFLICT = """
        INSERT INTO entwine.conflict (id, at, table_schema, table_name, row_id, key, kind, policy, winner, vector, stamp,
                                      operation, losers, base, result, transactions, status, reason)
        VALUES ($1::text, $2::text::timestamptz, $3::text, $4::text, $5::text, $6::text::jsonb, $7::text, $8::text,
                $9::text, $10::text, $11::bigint, $12::text, $13::text::jsonb, $14::text::jsonb, $15::text::jsonb,
                $16::text::jsonb, $17::text, $18::text)
        ON CONFLICT (id) DO UPDATE SET losers = EXCLUDED.losers, result = EXCLUDED.result
        WHERE length(concat(EXCLUDED.losers, EXCLUDED.result)) > length(concat(conflict.losers, conflict.result))
        """;

    private static final String MERGED = """
        INSERT INTO entwine.merged (row_id, table_schema, table_name, key, vector, heads, finished)
        VALUES ($1::text, $2::text, $3::text, $4::text::jsonb, $5::text, $6::text::jsonb, false)
        ON CONFLICT (row_id) DO UPDATE SET vector = EXCLUDED.vector, heads = EXCLUDED.heads, finished = false
        """;

    private static String finishedMerged(Parameters parameters) {
        return "UPDATE entwine.merged m SET finished = true FROM " + parameters.rows(2)
                + " WHERE m.row_id = v.c0 AND m.vector = v.c1";
    }

    /** Only what the finished version contains: the row may be in conflict again, and that decision is needed by a restart. */
    private static String finishedConflicts(Parameters parameters) {
        return "UPDATE entwine.conflict c SET finished = true FROM " + parameters.rows(2) + """
             WHERE c.row_id = v.c0 AND NOT c.finished AND NOT EXISTS (
                SELECT FROM string_to_table(c.vector, ',') AS mine(part)
                WHERE split_part(part, '=', 2)::pg_lsn > coalesce(
                    (SELECT split_part(its, '=', 2)::pg_lsn FROM string_to_table(v.c1, ',') AS finished(its)
                     WHERE split_part(its, '=', 1) = split_part(part, '=', 1)), '0/0'))
            """;
    }

    private static final String PARKED = """
        INSERT INTO entwine.parked (row_id, table_schema, table_name, key, source, position, operation, image, sqlstate, error)
        VALUES (?, ?, ?, ?::jsonb, ?, ?::pg_lsn, ?, ?::jsonb, ?, ?)
        """;

    private final Connection connection;

    JournalWriter(Connection connection) {
        this.connection = connection;
    }

    /** @param script goes to the server with what comes after it; only notes and truncations are written at once */
    void write(Script script, Batch.Commit commit) throws SQLException {
        for (RowWrite row : commit.rows()) {
            addMerged(script, row);
            for (Decision decision : row.decisions()) {
                script.add(CONFLICT, null, literals(decision));
            }
        }
        addFinished(script, commit.finished());
        addJournaled(script, commit.journaled());
        if (commit.notes().isEmpty() && commit.refused().isEmpty()) {
            return;
        }
        script.run(); // a revision is of an entry that is there
        for (JournalNote note : commit.notes()) {
            switch (note) {
                case Revision revision -> Revisions.record(connection, revision);
                case Repair repair -> Repairs.record(connection, repair);
            }
        }
        for (Item.Transaction refused : commit.refused()) {
            for (TableId table : refused.truncated()) {
                parkTruncate(refused, table);
            }
        }
    }

    private static void addMerged(Script script, RowWrite row) throws SQLException {
        MergedRow merged = row.merged();
        if (merged != null) {
            Table table = row.table();
            script.add(
                    MERGED,
                    null,
                    texts(
                            row.key().id().toString(),
                            table.id().schema(),
                            table.id().name(),
                            JournalJson.key(table, row.key()),
                            row.vector().toString(),
                            JournalJson.merged(table, merged)));
        }
    }

    private static List<String> literals(Decision decision) {
        Table table = decision.table();
        boolean arrivingLater =
                decision.arriving().stamp().compareTo(decision.merged().stamp()) > 0;
        Stamp later = (arrivingLater ? decision.arriving() : decision.merged()).stamp();
        return texts(
                decision.id(),
                later.toInstant().toString(),
                table.id().schema(),
                table.id().name(),
                decision.key().id().toString(),
                JournalJson.key(table, decision.key()),
                decision.kind().text(),
                decision.policy(),
                JournalJson.winner(decision),
                decision.vector().toString(),
                Long.toString(later.micros()),
                decision.arriving().operation().name().toLowerCase(Locale.ROOT),
                JournalJson.losers(decision),
                JournalJson.image(table, decision.base()),
                JournalJson.image(table, decision.result()),
                JournalJson.transactions(decision),
                decision.open() ? RecoveryReader.OPEN : "decided",
                decision.reason());
    }

    private static List<String> texts(@Nullable String... values) {
        List<String> literals = new ArrayList<>(values.length);
        for (String value : values) {
            literals.add(Script.textOrNull(value));
        }
        return literals;
    }

    private static void addFinished(Script script, Map<RowId, VersionVector> finished) throws SQLException {
        List<@Nullable String> rows = new ArrayList<>();
        List<@Nullable String> vectors = new ArrayList<>();
        finished.forEach((row, vector) -> {
            rows.add(row.toString());
            vectors.add(vector.toString());
        });
        if (!rows.isEmpty()) {
            Parameters parameters = Parameters.of(rows.size());
            List<String> literals = List.of(parameters.literal(rows), parameters.literal(vectors));
            script.add(finishedMerged(parameters), null, literals);
            script.add(finishedConflicts(parameters), null, literals);
        }
    }

    private static void addJournaled(Script script, Set<String> ids) throws SQLException {
        if (!ids.isEmpty()) {
            Parameters parameters = Parameters.of(ids.size());
            script.add(
                    "UPDATE entwine.conflict c SET finished = true FROM " + parameters.rows(1)
                            + " WHERE c.id = v.c0 AND NOT c.finished",
                    null,
                    List.of(parameters.literal(List.copyOf(ids))));
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
