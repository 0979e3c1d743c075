package dev.entwine.testkit.witness;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads one site's log by two slots of its own: one has everything, the other what came under no replication origin, which is what
 * applications wrote. The tables have a key {@code id} and a column {@code tag}. Reading may fail at any time, when the server is
 * killed, and goes on at the next call; what a server sends again after a crash counts once. Calls exclude one another.
 */
public final class Witness {
    private static final String ALL = "witness_all";
    private static final String LOCAL = "witness_local";

    /** Opens a connection to the site, in auto-commit mode. */
    public interface Connector {
        Connection connect() throws SQLException;
    }

    /** One slot, and what has come from it. */
    private static final class Source {
        private final String slot;
        private final Set<Long> known = new HashSet<>();

        Source(String slot) {
            this.slot = slot;
        }
    }

    private final Connector connector;
    private final List<String> tables;
    private final SortedMap<RowId, Image> before;
    private final SiteLog log;
    private final Source all = new Source(ALL);
    private final Source local = new Source(LOCAL);
    /** Of those that were read and are in the log not yet. */
    private final List<Portion.Transaction> waiting = new ArrayList<>();

    private final Set<Long> byUsers = new HashSet<>();

    private Witness(String site, Connector connector, List<String> tables, SortedMap<RowId, Image> before) {
        this.connector = connector;
        this.tables = tables;
        this.before = before;
        log = new SiteLog(site, before);
    }

    /** Begins with the tables as they are now; nobody may write to them until it returns. */
    public static Witness begin(String site, Connector connector, List<String> tables) throws SQLException {
        try (Connection connection = connector.connect()) {
            for (String slot : List.of(ALL, LOCAL)) {
                try (PreparedStatement create =
                        connection.prepareStatement("SELECT pg_create_logical_replication_slot(?, 'test_decoding')")) {
                    create.setString(1, slot);
                    create.execute();
                }
            }
            return new Witness(site, connector, tables, rows(connection, tables));
        }
    }

    /**
     * Takes what the log holds up to now.
     *
     * @throws SQLException the server is not there, or went away
     */
    public synchronized void read() throws SQLException {
        try (Connection connection = connector.connect()) {
            utc(connection);
            take(connection, all, false);
            // Afterwards, and up to a later place: so it is known of each that was just taken who made it.
            take(connection, local, true);
        }
        for (Portion.Transaction transaction : waiting) {
            log.append(transaction, byUsers.contains(transaction.xid()));
        }
        waiting.clear();
    }

    private void take(Connection connection, Source source, boolean onlyLocal) throws SQLException {
        String upTo = flushed(connection);
        Portion portion;
        do {
            portion = Portion.peek(connection, source.slot, onlyLocal, upTo);
            for (Portion.Transaction transaction : portion.transactions()) {
                if (source.known.add(transaction.xid())) {
                    take(transaction, onlyLocal);
                }
            }
            portion.letGo(connection, source.slot);
        } while (!portion.transactions().isEmpty());
    }

    private void take(Portion.Transaction transaction, boolean onlyLocal) {
        if (!onlyLocal) {
            waiting.add(transaction);
        } else if (!transaction.changes().isEmpty()) {
            byUsers.add(transaction.xid());
        }
    }

    private static String flushed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_flush_lsn()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    /** What has been read, in the order of commits. */
    public synchronized List<Commit> commits() {
        return log.commits();
    }

    /** The rows with which it began. */
    public SortedMap<RowId, Image> before() {
        return before;
    }

    /** The rows that stand in the tables now. */
    public SortedMap<RowId, Image> rows() throws SQLException {
        try (Connection connection = connector.connect()) {
            return rows(connection, tables);
        }
    }

    private static SortedMap<RowId, Image> rows(Connection connection, List<String> tables) throws SQLException {
        utc(connection);
        SortedMap<RowId, Image> rows = new TreeMap<>();
        for (String table : tables) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
                while (row.next()) {
                    rows.put(new RowId(table, row.getString("id")), image(row));
                }
            }
        }
        return rows;
    }

    private static Image image(ResultSet row) throws SQLException {
        ResultSetMetaData columns = row.getMetaData();
        SortedMap<String, String> cells = new TreeMap<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            String text = row.getString(i);
            if (text != null) {
                cells.put(columns.getColumnName(i), Image.cell(text));
            }
        }
        return new Image(cells);
    }

    private static void utc(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
        }
    }
}
