package dev.entwine.verify;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares tables share by share, in one session at each site, while a running engine carries changes. Each share has a snapshot of its
 * own, so none is held for long. Used by one thread.
 */
public final class ShareComparison implements AutoCloseable {
    /**
     * Whoever changes a table's layout does not wait behind a share that waits for him. A share is a small part of the table, whatever
     * the planner's statistics say, and not worth compiling for.
     */
    private static final String LIMITS =
            "SET lock_timeout = '2s'; SET statement_timeout = '60s'; SET enable_seqscan = off; SET jit = off";

    /** So names of types come with their schemas, and hold whatever is searched later. */
    private static final String TYPES_IN_FULL = "SET search_path = pg_catalog";

    /** A server that is frozen, not down, must not hold the comparison for ever. */
    private static final int ANSWER_MILLIS_MAX = 90_000;

    /** Nobody waits for it, and each look is a statement at each site. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final Snapshots snapshots;
    private final AllSites sites;
    private final Streams streams;
    private final int listedMax;
    private final Map<Table, Map<SiteId, TableQueries>> tables = new LinkedHashMap<>();
    /** For whose key's types the sessions find the operators now. */
    private Optional<Table> searched = Optional.empty();

    private long waitedNanos;

    private ShareComparison(Snapshots snapshots, Duration timeout, int listedMax) {
        this.snapshots = snapshots;
        this.sites = snapshots.sites();
        this.streams = new PingedStreams(snapshots.connections(), timeout, POLL);
        this.listedMax = listedMax;
    }

    /**
     * Connects to all sites.
     *
     * @param timeout   how long changes that are on their way may take to arrive, each time
     * @param listedMax how many rows of each share are named; all are counted
     */
    public static ShareComparison connect(List<Endpoint> endpoints, Duration timeout, int listedMax)
            throws SiteException {
        Snapshots snapshots = Snapshots.connect(endpoints);
        try {
            ShareComparison comparison = new ShareComparison(snapshots, timeout, listedMax);
            comparison.sites.call("limiting the session", (site, connection) -> limit(connection));
            return comparison;
        } catch (SiteException | RuntimeException e) {
            snapshots.close();
            throw e;
        }
    }

    private static boolean limit(Connection connection) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS_MAX);
        return execute(connection, LIMITS);
    }

    /**
     * What was found in one share.
     *
     * @param through     the last key that belongs to it; empty when the table ends with it
     * @param searchNanos how long the servers took to compare it; looking again at rows that differed is not counted
     */
    public record Share(TableComparison comparison, Optional<List<String>> through, long searchNanos) {
        public boolean isLast() {
            return through.isEmpty();
        }
    }

    /** Its sessions, in auto-commit mode between two calls, for the caller's own short statements then. */
    public Map<SiteId, Connection> connections() {
        return snapshots.connections();
    }

    /** Looks at the table's columns, as they are now, before its first share. */
    public void begin(Table table) throws SiteException {
        tables.remove(table);
        prepare(table);
    }

    /** The statements for the table, with the operators of its key's types where they are looked for. */
    private Map<SiteId, TableQueries> prepare(Table table) throws SiteException {
        Map<SiteId, TableQueries> known = tables.get(table);
        if (known == null) {
            sites.call("setting the search path", (site, connection) -> execute(connection, TYPES_IN_FULL));
            searched = Optional.empty();
            known = TableQueries.read(table, sites);
            tables.put(table, known);
        }
        if (!searched.equals(Optional.of(table))) {
            Map<SiteId, TableQueries> queries = known;
            sites.call(
                    "setting the search path",
                    (site, connection) -> execute(
                            connection, requireNonNull(queries.get(site)).searchPath()));
            searched = Optional.of(table);
        }
        return known;
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    /**
     * Compares the next rows of a table.
     *
     * @param after   where the share before ended; empty to begin
     * @param rowsMax how many rows it has at any site, where the sites order keys alike
     */
    public Share next(Table table, Optional<List<String>> after, int rowsMax) throws SiteException {
        long begunNanos = System.nanoTime();
        Map<SiteId, TableQueries> queries = prepare(table);
        KeyRange rest = new KeyRange(after, Optional.empty());
        Optional<List<String>> through;
        Search.Found found;
        snapshots.begin();
        try {
            through = end(within(queries, rest), rowsMax);
            Map<SiteId, TableQueries> share = within(queries, rest.upTo(through));
            found = new Search(table, share, sites, Pace.FULL, ScanProgress.NONE).run();
        } finally {
            snapshots.end();
        }
        long searchNanos = System.nanoTime() - begunNanos;
        return new Share(judged(found), through, searchNanos);
    }

    /** Judges single rows. */
    public TableComparison again(Table table, Collection<List<String>> keys) throws SiteException {
        return judged(new Search.Found(table, prepare(table), Map.of(), Set.copyOf(keys), 0));
    }

    private TableComparison judged(Search.Found found) throws SiteException {
        return new Judge(found, sites, this::pass, ScanProgress.NONE, listedMax).judge();
    }

    private Streams.Passage pass(Set<RowId> rows) throws SiteException {
        long begunNanos = System.nanoTime();
        Streams.Passage passage = streams.pass(rows);
        waitedNanos += System.nanoTime() - begunNanos;
        return passage;
    }

    /** How long it has only waited for changes to arrive, all in all. */
    public long waitedNanos() {
        return waitedNanos;
    }

    private static Map<SiteId, TableQueries> within(Map<SiteId, TableQueries> queries, KeyRange range) {
        Map<SiteId, TableQueries> share = new LinkedHashMap<>();
        queries.forEach((site, query) -> share.put(site, query.within(range)));
        return share;
    }

    /**
     * The least of the keys up to which the sites have so many rows, so that none has more; empty when none has so many. It lies behind
     * the share's beginning by the first site's order, so that shares come to an end also where sites order keys differently.
     */
    private Optional<List<String>> end(Map<SiteId, TableQueries> queries, int rowsMax) throws SiteException {
        List<List<String>> ends = sites
                .call(
                        "looking for the end of a share",
                        (site, connection) -> lastKey(requireNonNull(queries.get(site)), rowsMax, connection))
                .values()
                .stream()
                .flatMap(Optional::stream)
                .distinct()
                .toList();
        if (ends.isEmpty()) {
            return Optional.empty();
        }
        return sites.call(
                sites.sites().getFirst(),
                "ordering keys",
                (site, connection) -> least(requireNonNull(queries.get(site)), ends, connection));
    }

    private static Optional<List<String>> lastKey(TableQueries query, int rowsMax, Connection connection)
            throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query.lastKey(rowsMax))) {
            if (!row.next()) {
                return Optional.empty();
            }
            List<String> key = new ArrayList<>();
            for (int i = 1; i <= query.shape().keyColumns().size(); i++) {
                key.add(row.getString(i));
            }
            return Optional.of(List.copyOf(key));
        }
    }

    private static Optional<List<String>> least(TableQueries query, List<List<String>> keys, Connection connection)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query.leastKey())) {
            for (int i = 0; i < keys.getFirst().size(); i++) {
                int column = i;
                Array values = connection.createArrayOf(
                        "text", keys.stream().map(key -> key.get(column)).toArray());
                statement.setArray(i + 1, values);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(keys.get(row.getInt(1) - 1)) : Optional.empty();
            }
        }
    }

    @Override
    public void close() {
        snapshots.close();
    }
}
