package dev.entwine.db;

import dev.entwine.model.RowId;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is proved of the tables' being equal, as it stands at each site in {@code entwine.verified} and {@code entwine.difference}. All
 * sites have the same, unless one was away when something was written. Each call that writes is a transaction and returns its number,
 * which appears in no log. Stateless.
 */
public final class Proofs {
    private static final String TRANSACTION = " RETURNING pg_current_xact_id()::xid::text";

    private static final String TABLES = """
        SELECT table_schema, table_name, proven_from, proven_at, rows, unnamed, not_judged, trouble, walk_from, walk_key,
               walk_rows, saved_at
        FROM entwine.verified ORDER BY 1, 2
        """;

    private static final String SAVE = """
        INSERT INTO entwine.verified (table_schema, table_name, proven_from, proven_at, rows, unnamed, not_judged, trouble,
                                      walk_from, walk_key, walk_rows, saved_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (table_schema, table_name) DO UPDATE SET
            proven_from = greatest(verified.proven_from, excluded.proven_from),
            proven_at = greatest(verified.proven_at, excluded.proven_at),
            rows = excluded.rows, unnamed = excluded.unnamed, not_judged = excluded.not_judged, trouble = excluded.trouble, walk_from = excluded.walk_from,
            walk_key = excluded.walk_key, walk_rows = excluded.walk_rows, saved_at = excluded.saved_at
        """ + TRANSACTION;

    private static final String DIFFERENCES = """
        SELECT table_schema, table_name, key_columns, key, columns, missing_at, found_at
        FROM entwine.difference ORDER BY table_schema, table_name, found_at, row_id
        """;

    private static final String ADD = """
        INSERT INTO entwine.difference (row_id, table_schema, table_name, key_columns, key, columns, missing_at, found_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (row_id) DO UPDATE SET columns = excluded.columns, missing_at = excluded.missing_at
        """ + TRANSACTION;

    private static final String PROVED = """
        INSERT INTO entwine.verified (table_schema, table_name, proven_from, proven_at, rows, unnamed, not_judged, trouble,
                                      walk_rows, saved_at)
        VALUES (?, ?, ?, ?, ?, 0, 0, '', 0, ?)
        ON CONFLICT (table_schema, table_name) DO UPDATE SET
            proven_from = greatest(verified.proven_from, excluded.proven_from),
            proven_at = greatest(verified.proven_at, excluded.proven_at),
            rows = excluded.rows, unnamed = 0, not_judged = 0, trouble = '', saved_at = excluded.saved_at
        """;

    private static final String STAND_NO_MORE =
            "DELETE FROM entwine.difference WHERE table_schema = ? AND table_name = ? AND found_at < ?";

    private Proofs() {}

    /** Whether the site's schema has the tables; one that an older version of the program made has not. */
    public static boolean exist(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_regclass('entwine.difference') IS NOT NULL")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** In order of name. */
    public static List<TableProof> tables(Connection connection) throws SQLException {
        List<TableProof> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(TABLES)) {
            while (row.next()) {
                Optional<Instant> from = time(row, 3);
                Optional<Instant> at = time(row, 4);
                Optional<Instant> walkFrom = time(row, 9);
                List<String> walkKey = texts(row, 10);
                long walkRows = row.getLong(11);
                tables.add(new TableProof(
                        new TableId(row.getString(1), row.getString(2)),
                        from.flatMap(begin -> at.map(end -> new TableProof.Proven(begin, end))),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getString(8),
                        walkFrom.map(begin -> new TableProof.Walk(begin, walkKey, walkRows)),
                        time(row, 12).orElseThrow()));
            }
        }
        return tables;
    }

    public static String save(Connection connection, TableProof proof) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SAVE)) {
            statement.setString(1, proof.table().schema());
            statement.setString(2, proof.table().name());
            setTime(statement, 3, proof.proven().map(TableProof.Proven::from));
            setTime(statement, 4, proof.proven().map(TableProof.Proven::at));
            statement.setLong(5, proof.rows());
            statement.setLong(6, proof.unnamed());
            statement.setLong(7, proof.notJudged());
            statement.setString(8, proof.trouble());
            setTime(statement, 9, proof.walk().map(TableProof.Walk::from));
            statement.setArray(
                    10, array(connection, proof.walk().map(TableProof.Walk::key).orElse(List.of())));
            statement.setLong(11, proof.walk().map(TableProof.Walk::rows).orElse(0L));
            setTime(statement, 12, Optional.of(proof.savedAt()));
            return transaction(statement).orElseThrow();
        }
    }

    /**
     * Somebody else than the engine has proved all of a table: what differed before stands no more. If the engine has a later proof it
     * stays; what two proofs say together holds from the later beginning to the later end.
     *
     * @param rows at the first site
     */
    public static void proved(Connection connection, TableId table, TableProof.Proven proven, long rows)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PROVED);
                PreparedStatement delete = connection.prepareStatement(STAND_NO_MORE)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            setTime(statement, 3, Optional.of(proven.from()));
            setTime(statement, 4, Optional.of(proven.at()));
            statement.setLong(5, rows);
            setTime(statement, 6, Optional.of(proven.at()));
            statement.executeUpdate();
            delete.setString(1, table.schema());
            delete.setString(2, table.name());
            setTime(delete, 3, Optional.of(proven.from()));
            delete.executeUpdate();
        }
    }

    /** In order of table and time. */
    public static List<StandingDifference> differences(Connection connection) throws SQLException {
        List<StandingDifference> differences = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(DIFFERENCES)) {
            while (row.next()) {
                differences.add(new StandingDifference(
                        new TableId(row.getString(1), row.getString(2)),
                        texts(row, 3),
                        texts(row, 4),
                        texts(row, 5),
                        texts(row, 6),
                        time(row, 7).orElseThrow()));
            }
        }
        return differences;
    }

    /** One that is there already keeps the time at which it was found. */
    public static String add(Connection connection, StandingDifference difference) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setString(1, difference.id().toString());
            statement.setString(2, difference.table().schema());
            statement.setString(3, difference.table().name());
            statement.setArray(4, array(connection, difference.keyColumns()));
            statement.setArray(5, array(connection, difference.key()));
            statement.setArray(6, array(connection, difference.columns()));
            statement.setArray(7, array(connection, difference.missingAt()));
            setTime(statement, 8, Optional.of(difference.foundAt()));
            return transaction(statement).orElseThrow();
        }
    }

    /** The row is equal again; empty when there was nothing to remove. */
    public static Optional<String> remove(Connection connection, RowId row) throws SQLException {
        String sql = "DELETE FROM entwine.difference WHERE row_id = ?" + TRANSACTION;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, row.toString());
            return transaction(statement);
        }
    }

    private static Optional<String> transaction(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
        }
    }

    private static Array array(Connection connection, List<String> texts) throws SQLException {
        return connection.createArrayOf("text", texts.toArray());
    }

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        @Nullable OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
    }

    private static void setTime(PreparedStatement statement, int parameter, Optional<Instant> time)
            throws SQLException {
        if (time.isPresent()) {
            statement.setObject(parameter, time.get().atOffset(ZoneOffset.UTC));
        } else {
            statement.setNull(parameter, Types.TIMESTAMP_WITH_TIMEZONE);
        }
    }
}
