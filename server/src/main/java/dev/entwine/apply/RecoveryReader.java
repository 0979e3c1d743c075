package dev.entwine.apply;

import dev.entwine.merge.ConflictKind;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Decision;
import dev.entwine.merge.MergedRow;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.StoredRow;
import dev.entwine.merge.Verdict;
import dev.entwine.model.Image;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads from the engine's tables at one site what a new engine, or a new connection, starts from. */
public final class RecoveryReader {
    private static final String ROWS =
            "SELECT row_id, table_schema, table_name, key::text, vector, heads::text, finished FROM entwine.merged";

    private static final String CONFLICTS = """
        SELECT table_schema, table_name, row_id, key::text, kind, policy, winner, vector, losers::text, base::text,
               result::text, transactions::text, status, reason
        FROM entwine.conflict WHERE NOT finished AND NOT id = ANY (?) ORDER BY stamp
        """;

    /** Where the log ends after this, everything lies that was seen before it. Nobody reads such a message. */
    private static final String FLUSH = """
        SET LOCAL synchronous_commit = local;
        SELECT pg_logical_emit_message(true, 'entwine-flush', '')
        """;

    /** The status of a conflict that a person is to look at. */
    static final String OPEN = "open";

    private final Connection connection;
    private final Map<TableId, Table> tables;

    /** @param connection for {@link dev.entwine.db.Sessions.Purpose#CONTROL} */
    public RecoveryReader(Connection connection, Map<TableId, Table> tables) {
        this.connection = connection;
        this.tables = tables;
    }

    /** The site's clock at the place up to which its own log is not needed again. */
    public static Stamp clock(Connection connection, SiteId site) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT stamp FROM entwine.progress WHERE source = ?")) {
            statement.setString(1, site.name());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Stamp(row.getLong(1)) : Stamp.NONE;
            }
        }
    }

    /**
     * The new ids that the site gave its rows behind a place in its log, oldest first.
     *
     * @param connection for {@link dev.entwine.db.Sessions.Purpose#CONTROL}
     */
    public static List<Rekey> rekeys(Connection connection, Position acknowledged) throws SQLException {
        return Rekeyer.since(connection, acknowledged);
    }

    /** The rows with a change parked, behind which every later change of theirs has to wait. */
    static Set<String> parkedRows(Connection connection) throws SQLException {
        Set<String> rows = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT DISTINCT row_id FROM entwine.parked WHERE row_id IS NOT NULL");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }

    /**
     * The ids of the journal's entries that are not called finished.
     *
     * @param connection in auto-commit mode
     */
    public static Set<String> unfinished(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT id FROM entwine.conflict WHERE NOT finished")) {
            return ids(statement);
        }
    }

    /**
     * Which of these entries are in the journal, on disk, and how much each of them tells: one that lacks a value is shorter than the
     * same elsewhere.
     *
     * @param connection in auto-commit mode
     */
    public static Map<String, Long> durable(Connection connection, Set<String> ids) throws SQLException {
        Map<String, Long> there = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT id, length(concat(losers, result)) FROM entwine.conflict WHERE id = ANY (?)")) {
            statement.setArray(1, connection.createArrayOf("text", ids.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    there.put(row.getString(1), row.getLong(2));
                }
            }
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(FLUSH);
            connection.commit();
        } finally {
            connection.setAutoCommit(true);
        }
        return there;
    }

    private static Set<String> ids(PreparedStatement statement) throws SQLException {
        Set<String> ids = new HashSet<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                ids.add(row.getString(1));
            }
        }
        return ids;
    }

    /** @param journaled ids of decisions that are in every journal, so that nobody needs them */
    public Map<RowId, StoredRow> rows(Set<String> journaled) throws SQLException {
        Map<String, List<Decision>> decisions = decisions(journaled);
        Map<RowId, StoredRow> rows = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(ROWS);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                Table table = tables.get(new TableId(row.getString(2), row.getString(3)));
                if (table != null) {
                    RowKey key = JournalJson.key(table, row.getString(4));
                    MergedRow merged = JournalJson.merged(table, row.getString(6));
                    rows.put(
                            key.id(),
                            new StoredRow(
                                    table,
                                    key,
                                    VersionVector.parse(row.getString(5)),
                                    merged,
                                    row.getBoolean(7),
                                    decisions.getOrDefault(row.getString(1), List.of())));
                }
            }
        }
        return rows;
    }

    private Map<String, List<Decision>> decisions(Set<String> without) throws SQLException {
        Map<String, List<Decision>> result = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(CONFLICTS)) {
            statement.setArray(1, connection.createArrayOf("text", without.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Table table = tables.get(new TableId(row.getString(1), row.getString(2)));
                    if (table != null) {
                        result.computeIfAbsent(row.getString(3), id -> new ArrayList<>())
                                .add(decision(table, row));
                    }
                }
            }
        }
        return result;
    }

    private static Decision decision(Table table, ResultSet row) throws SQLException {
        Image result = JournalJson.image(table, nullable(row, 11));
        Verdict verdict = JournalJson.verdict(row.getString(12), result);
        List<Contender> versions = JournalJson.versions(table, row.getString(12), verdict, row.getString(9), result);
        return new Decision(
                table,
                JournalJson.key(table, row.getString(4)),
                ConflictKind.valueOf(row.getString(5).toUpperCase(Locale.ROOT)),
                row.getString(6),
                VersionVector.parse(row.getString(8)),
                versions.get(0),
                versions.get(1),
                verdict,
                JournalJson.image(table, nullable(row, 10)),
                result,
                row.getString(13).equals(OPEN),
                row.getString(14));
    }

    private static @Nullable String nullable(ResultSet row, int column) throws SQLException {
        return row.getString(column);
    }
}
