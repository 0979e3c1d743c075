package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.InitialRows;
import dev.entwine.db.Sessions;
import dev.entwine.merge.Columns;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log of a site whose rows were merged with others': its {@link InitialRows} come first, as if the site had inserted or deleted
 * them right before its slot begins; then what the slot has. Once the slot has been acknowledged beyond its beginning they are forgotten.
 */
final class InitialLog implements LogReader {
    /** Of a transaction that the server has given no number; less than any that it gives. */
    private static final long NO_TRANSACTION = 0;

    private final Endpoint endpoint;
    private final LogReader log;
    private final Map<TableId, Table> tables;
    private final Function<TableId, Columns> columns;
    private final InitialRows.Cursor initial;
    private final Position last;
    private boolean exhausted;
    private boolean forgotten;
    private @Nullable SQLException trouble;
    private volatile boolean forgettable;

    private InitialLog(
            Endpoint endpoint,
            LogReader log,
            Map<TableId, Table> tables,
            Function<TableId, Columns> columns,
            InitialRows.Cursor initial,
            Position last) {
        this.endpoint = endpoint;
        this.log = log;
        this.tables = Map.copyOf(tables);
        this.columns = columns;
        this.initial = initial;
        this.last = last;
    }

    /**
     * Puts the site's initial rows before its log.
     *
     * @param log     closed with this, and when this throws
     * @param columns those of each table that are merged by themselves
     */
    static LogReader before(
            LogReader log,
            Endpoint endpoint,
            InitialRows.Range range,
            Map<TableId, Table> tables,
            Function<TableId, Columns> columns)
            throws SQLException {
        Connection connection = null;
        try {
            connection = Sessions.open(endpoint, Sessions.Purpose.COPY);
            InitialRows.Cursor cursor = InitialRows.Cursor.open(connection, range);
            return new InitialLog(endpoint, log, tables, columns, cursor, range.last());
        } catch (SQLException | RuntimeException e) {
            if (connection != null) {
                connection.abort(Runnable::run);
            }
            log.close();
            throw e;
        }
    }

    @Override
    public LogEntry next() throws SQLException, UnreadableLogException {
        if (trouble != null) {
            throw trouble;
        }
        if (forgettable && !forgotten) {
            forgotten = true;
            forget();
        }
        LocalTransaction next = take();
        return next == null ? log.next() : next;
    }

    @Override
    public Optional<LogEntry> poll() {
        try {
            LocalTransaction next = take();
            return next == null ? log.poll() : Optional.of(next);
        } catch (SQLException e) {
            trouble = e;
            return Optional.empty();
        }
    }

    private @Nullable LocalTransaction take() throws SQLException {
        if (exhausted) {
            return null;
        }
        InitialRows.Transaction transaction = initial.next();
        if (transaction == null) {
            exhausted = true;
            initial.close();
            return null;
        }
        List<Change> changes = new ArrayList<>();
        for (InitialRows.Row row : transaction.rows()) {
            changes.add(change(row));
        }
        return new LocalTransaction(
                endpoint.site(), transaction.position(), transaction.micros(), NO_TRANSACTION, changes, List.of());
    }

    private Change change(InitialRows.Row row) throws SQLException {
        Table table = tables.get(row.key().table());
        if (table == null) {
            throw new SQLException("site " + endpoint.site() + " was merged with table "
                    + row.key().table() + ", which the configuration does not match any more");
        }
        if (row.isDeleted()) {
            return new Change(table, row.key(), Operation.DELETE, null, null);
        }
        Cell[] cells = new Cell[table.columns().size()];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = row.cell(table.columns().get(i));
        }
        Image after = Image.of(cells);
        Image before = row.addSums() ? null : shared(table, cells);
        return new Change(table, row.key(), Operation.INSERT, before, after);
    }

    /**
     * Columns of which differences are added are the same at all sites, so nobody has added anything to them: without a row from before,
     * each site's value would count as added.
     */
    private @Nullable Image shared(Table table, Cell[] cells) {
        List<Integer> sums = columns.apply(table.id()).sums();
        if (sums.isEmpty()) {
            return null;
        }
        Cell[] before = new Cell[cells.length];
        Arrays.fill(before, Cell.Absence.NULL);
        sums.forEach(column -> before[column] = cells[column]);
        return Image.of(before);
    }

    /** They lie before what is acknowledged, which is never taken back. */
    private void forget() throws SQLException {
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            InitialRows.forget(connection);
        }
    }

    @Override
    public void acknowledge(Position position) {
        if (position.isAfter(last.next())) {
            log.acknowledge(position);
            forgettable = true;
        }
    }

    @Override
    public void close() throws SQLException {
        try {
            initial.close();
        } finally {
            log.close();
        }
    }
}
