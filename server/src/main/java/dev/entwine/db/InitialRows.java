package dev.entwine.db;

import dev.entwine.model.Cell;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The initial rows of a site: those in which the sites differed when they were merged, as the site's slot found them, and those that
 * it had deleted ({@code entwine.initial}). They count as the first transactions of the site's log, at the positions right before the slot's
 * beginning, lot by lot in order of time. They are kept until no engine can need them again. Stateless.
 */
public final class InitialRows {
    private static final String TRANSACTIONS = "(SELECT DISTINCT micros, lot FROM entwine.initial) AS transactions";

    private static final String READ = """
        SELECT table_schema, table_name, key, columns, cells, micros,
               add_sums, dense_rank() OVER (ORDER BY micros, lot) AS turn
        FROM entwine.initial ORDER BY turn
        """;

    private static final int FETCH_ROWS = 200;

    private InitialRows() {}

    /**
     * How rows are put into transactions.
     *
     * @param logBegin the slot's beginning
     * @param lot      an expression, which may use the row's place {@code v.n}: rows of one lot and one time are one transaction
     * @param micros   an expression for the time of a row, in microseconds since the Unix epoch
     * @param addSums  whether each site has counted by itself in columns of which differences are added, beginning with nothing;
     *                 otherwise they are the same at all sites
     */
    public record Turn(Position logBegin, String lot, String micros, boolean addSums) {}

    /**
     * Keeps rows, in the connection's transaction.
     *
     * @param cells an expression for the array of the texts of the table's columns
     * @param from  what follows {@code SELECT ...} to read them as {@code t}, with the texts of their keys as {@code v}
     */
    public static void keep(Connection connection, Table table, Turn turn, String cells, String from)
            throws SQLException {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < table.key().size(); i++) {
            key.add("v.c" + i);
        }
        String sql = "INSERT INTO entwine.initial (log_begin, lot, micros, add_sums, table_schema, table_name, key,"
                + " columns, cells) SELECT ?::pg_lsn, " + turn.lot() + ", " + turn.micros() + ", ?, ?, ?, ARRAY["
                + String.join(", ", key) + "], ?, " + cells + from;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, turn.logBegin().toString());
            statement.setBoolean(2, turn.addSums());
            statement.setString(3, table.id().schema());
            statement.setString(4, table.id().name());
            statement.setArray(
                    5, connection.createArrayOf("text", table.columns().toArray()));
            statement.executeUpdate();
        }
    }

    /**
     * Keeps that the site has deleted rows, in the connection's transaction.
     *
     * @param turn of which the lot and the time are the same for all of them
     */
    public static void keepDeleted(Connection connection, Table table, Turn turn, List<List<String>> keys)
            throws SQLException {
        String sql = "INSERT INTO entwine.initial (log_begin, lot, micros, add_sums, table_schema, table_name, key,"
                + " columns) VALUES (?::pg_lsn, " + turn.lot() + ", " + turn.micros() + ", false, ?, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (List<String> key : keys) {
                statement.setString(1, turn.logBegin().toString());
                statement.setString(2, table.id().schema());
                statement.setString(3, table.id().name());
                statement.setArray(4, connection.createArrayOf("text", key.toArray()));
                statement.setArray(
                        5, connection.createArrayOf("text", table.columns().toArray()));
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** The positions of the first and of the last transaction. */
    public record Range(Position first, Position last) {}

    /** Where the rows stand in the log; empty when there are none. */
    public static Optional<Range> range(Connection connection) throws SQLException {
        String sql = "SELECT (SELECT min(log_begin)::text FROM entwine.initial), count(*) FROM " + TRANSACTIONS;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            String begin = row.getString(1);
            return begin == null ? Optional.empty() : Optional.of(range(Position.parse(begin), row.getLong(2)));
        }
    }

    private static Range range(Position logBegin, long transactions) {
        return new Range(new Position(logBegin.value() - transactions), logBegin.previous());
    }

    /** No engine will need them again. */
    public static void forget(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM entwine.initial");
        }
    }

    /**
     * A row as it was.
     *
     * @param columns the table's, as it was then
     * @param cells   one for each of these; empty when the site has deleted the row
     * @param addSums as in {@link Turn}
     */
    public record Row(RowKey key, List<String> columns, List<Cell> cells, boolean addSums) {
        public boolean isDeleted() {
            return cells.isEmpty();
        }

        /** What stands in a column; a later one was not there yet. */
        public Cell cell(String column) {
            int place = columns.indexOf(column);
            return place < 0 ? Cell.Absence.NOT_SENT : cells.get(place);
        }
    }

    /** Rows that count as one transaction. */
    public record Transaction(Position position, long micros, List<Row> rows) {
        public Transaction {
            rows = List.copyOf(rows);
        }
    }

    /** Reads the transactions in order; its connection is its own. Owned by one thread, except for {@link #close}. */
    public static final class Cursor implements AutoCloseable {
        private final Connection connection;
        private final Range range;
        private final ResultSet rows;
        private boolean there;
        /** Those of the last row, and mostly of the next: a transaction may have very many rows. */
        private List<String> columns = List.of();

        private TableId table = new TableId("", "");

        private Cursor(Connection connection, Range range, ResultSet rows) throws SQLException {
            this.connection = connection;
            this.range = range;
            this.rows = rows;
            this.there = rows.next();
        }

        /** @param connection in auto-commit mode, with nobody else using it from now on */
        public static Cursor open(Connection connection, Range range) throws SQLException {
            connection.setAutoCommit(false);
            Statement statement = connection.createStatement();
            statement.setFetchSize(FETCH_ROWS);
            return new Cursor(connection, range, statement.executeQuery(READ));
        }

        /** Null when there is none left. */
        public @Nullable Transaction next() throws SQLException {
            if (!there) {
                return null;
            }
            long turn = rows.getLong("turn");
            long micros = rows.getLong("micros");
            List<Row> found = new ArrayList<>();
            while (there && rows.getLong("turn") == turn) {
                found.add(row());
                there = rows.next();
            }
            return new Transaction(new Position(range.first().value() + turn - 1), micros, found);
        }

        private Row row() throws SQLException {
            TableId found = new TableId(rows.getString("table_schema"), rows.getString("table_name"));
            table = table.equals(found) ? table : found;
            List<Cell> cells = new ArrayList<>();
            Array kept = rows.getArray("cells");
            for (String text : kept == null ? new String[0] : texts(kept)) {
                cells.add(text == null ? Cell.Absence.NULL : Cell.text(text));
            }
            List<String> names = new ArrayList<>();
            for (String name : texts(rows.getArray("columns"))) {
                names.add(String.valueOf(name));
            }
            columns = columns.equals(names) ? columns : List.copyOf(names);
            List<String> key = new ArrayList<>();
            for (String part : texts(rows.getArray("key"))) {
                key.add(String.valueOf(part));
            }
            return new Row(new RowKey(table, key), columns, cells, rows.getBoolean("add_sums"));
        }

        private static @Nullable String[] texts(Array array) throws SQLException {
            return (@Nullable String[]) array.getArray();
        }

        @Override
        public void close() throws SQLException {
            connection.abort(Runnable::run);
        }
    }
}
