package dev.entwine.snapshot;

import dev.entwine.db.Catalog;
import dev.entwine.db.InitialRows;
import dev.entwine.db.ParentsFirst;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Beginning.Divergence;
import dev.entwine.snapshot.Beginning.Rule;
import dev.entwine.verify.PartComparison;
import dev.entwine.verify.ScanProgress;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares sites that differ, and keeps at each of them its own versions of the rows that are not the same everywhere: the
 * {@link InitialRows}, which an engine takes as the first transactions of that site's log. Used once, by one thread.
 */
final class Merging implements AutoCloseable {
    private static final int KEYS_PER_STATEMENT = 1_000;

    /** Rows may be long, and a transaction's rows are held in memory together. */
    private static final int ROWS_PER_TRANSACTION = 100;

    private static final int EXAMPLES_MAX = 20;
    private static final String WRITTEN = "(extract(epoch FROM pg_xact_commit_timestamp(t.xmin)) * 1000000)::bigint";

    private final Map<SiteId, ExportedSnapshot> snapshots;
    private final Map<SiteId, Position> logBegins;
    private final Beginning.Merge how;
    private final Progress progress;
    private final boolean timesKnown;
    private final long unknownMicros;
    private final Map<SiteId, Connection> readers = new LinkedHashMap<>();
    private final Map<SiteId, Connection> sessions = new LinkedHashMap<>();
    private long lots;
    /** The table for whose keys the sessions are set up. */
    private Optional<TableId> prepared = Optional.empty();

    private Merging(
            Map<SiteId, ExportedSnapshot> snapshots,
            Map<SiteId, Position> logBegins,
            Beginning.Merge how,
            Times times,
            Progress progress) {
        this.snapshots = new LinkedHashMap<>(snapshots);
        this.logBegins = new LinkedHashMap<>(logBegins);
        this.how = how;
        this.progress = progress;
        this.timesKnown = times.known();
        this.unknownMicros = times.unknownMicros();
    }

    /**
     * What is known of when rows were written.
     *
     * @param known         whether every site keeps the times of commits; otherwise no row's is used, for one site's alone would always win
     * @param unknownMicros the time of a row of which it is not known, in microseconds since the Unix epoch, the same at all sites
     */
    record Times(boolean known, long unknownMicros) {
        private static final String NOW =
                "SELECT current_setting('track_commit_timestamp')::boolean, (extract(epoch FROM clock_timestamp()) *"
                        + " 1000000)::bigint";

        /** Asked before anything is compared, so that whatever happens later is later. */
        static Times of(Collection<SiteAccess> sites) throws SiteException {
            boolean known = true;
            long now = Long.MAX_VALUE;
            for (SiteAccess site : sites) {
                Times here = site.call("reading the time", Times::read);
                known &= here.known;
                now = Math.min(now, here.unknownMicros);
            }
            return new Times(known, known ? 1 : now);
        }

        private static Times read(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(NOW)) {
                row.next();
                return new Times(row.getBoolean(1), row.getLong(2));
            }
        }
    }

    /** To find out what differs, and no more. */
    static Merging dryRun(Map<SiteId, ExportedSnapshot> snapshots, Beginning.Merge how, Times times, Progress progress)
            throws SiteException {
        return opened(new Merging(snapshots, Map.of(), how, times, progress));
    }

    /** To keep what differs. */
    static Merging of(Map<SiteId, SlotSnapshot> slots, Beginning.Merge how, Times times, Progress progress)
            throws SiteException {
        Map<SiteId, ExportedSnapshot> snapshots = new LinkedHashMap<>();
        Map<SiteId, Position> logBegins = new LinkedHashMap<>();
        slots.forEach((site, slot) -> {
            snapshots.put(site, slot.snapshot());
            logBegins.put(site, slot.start());
        });
        return opened(new Merging(snapshots, logBegins, how, times, progress));
    }

    private static Merging opened(Merging merging) throws SiteException {
        try {
            for (Map.Entry<SiteId, ExportedSnapshot> site : merging.snapshots.entrySet()) {
                ExportedSnapshot snapshot = site.getValue();
                merging.readers.put(site.getKey(), snapshot.read());
                merging.sessions.put(site.getKey(), merging.keeps() ? snapshot.write() : snapshot.read());
            }
            return merging;
        } catch (SiteException e) {
            merging.close();
            throw e;
        }
    }

    private boolean keeps() {
        return !logBegins.isEmpty();
    }

    /** How the tables differ, parents first. Nothing is kept before {@link #commit}. */
    List<Divergence> compare(List<Table> tables, Collection<Catalog> catalogs) throws SiteException {
        Map<TableId, Table> byName = new LinkedHashMap<>();
        tables.forEach(table -> byName.put(table.id(), table));
        List<Divergence> divergences = new ArrayList<>();
        for (ParentsFirst.Group group : ParentsFirst.of(byName.keySet(), catalogs)) {
            List<Table> together = group.tables().stream()
                    .map(table -> Objects.requireNonNull(byName.get(table)))
                    .toList();
            divergences.addAll(
                    group.cyclic()
                            ? compareTree(together, catalogs)
                            : List.of(compare(together.getFirst(), Optional.empty())
                                    .divergence()));
        }
        return divergences;
    }

    /** Of tables whose rows refer to each other, what some site lacks is kept level by level. */
    private List<Divergence> compareTree(List<Table> tables, Collection<Catalog> catalogs) throws SiteException {
        Tree tree = new Tree(tables, catalogs);
        Map<TableId, Differing> compared = new LinkedHashMap<>();
        for (Table table : tables) {
            compared.put(table.id(), compare(table, Optional.of(tree)));
        }
        for (Map<TableId, List<List<String>>> level : tree.levels()) {
            for (Map.Entry<TableId, List<List<String>>> ofTable : level.entrySet()) {
                Objects.requireNonNull(compared.get(ofTable.getKey())).keepAll(ofTable.getValue(), "", false);
            }
        }
        String lot = String.valueOf(lots++);
        for (Map.Entry<TableId, List<List<String>>> ofTable : tree.knotted().entrySet()) {
            Objects.requireNonNull(compared.get(ofTable.getKey())).keepAll(ofTable.getValue(), lot, false);
        }
        List<Divergence> divergences = new ArrayList<>();
        for (Differing differing : compared.values()) {
            differing.keepEverywhere();
            divergences.add(differing.divergence());
        }
        return divergences;
    }

    private Differing compare(Table table, Optional<Tree> tree) throws SiteException {
        progress.step("comparing table " + table);
        PartComparison comparison = PartComparison.of(table, readers, Map.of(), ScanProgress.NONE);
        Differing differing = new Differing(table, comparison, how.rules().apply(table.id()), tree);
        differing.prepare();
        comparison.each(KEYS_PER_STATEMENT, differing::add);
        return differing;
    }

    /** What was kept is there from now on. */
    void commit() throws SiteException {
        for (Map.Entry<SiteId, Connection> session : sessions.entrySet()) {
            at(session.getKey(), "keeping the rows that differ", () -> {
                session.getValue().commit();
                return session;
            });
        }
    }

    @Override
    public void close() {
        Sessions.closeAll(readers.values());
        Sessions.closeAll(sessions.values());
    }

    private static <T> T at(SiteId site, String doing, SiteAccess.Opening<T> work) throws SiteException {
        return SiteAccess.of(site, doing, work);
    }

    /** A row at one site. */
    private record Version(String digest, long micros, List<String> sums) {}

    /** The rows of one table that differ, as they are found. */
    private final class Differing {
        private final Table table;
        private final PartComparison comparison;
        private final Rule rule;
        private final Optional<Tree> tree;
        private final List<List<String>> everywhereLater = new ArrayList<>();
        private final Map<SiteId, Long> lacking = new LinkedHashMap<>();
        private final Map<List<String>, Map<SiteId, Long>> times = new LinkedHashMap<>();
        private long different;
        private long unsummed;
        private long rows;

        Differing(Table table, PartComparison comparison, Rule rule, Optional<Tree> tree) {
            this.table = table;
            this.comparison = comparison;
            this.rule = rule;
            this.tree = tree;
            sessions.keySet().forEach(site -> lacking.put(site, 0L));
        }

        /** Sets the sessions up for the table's keys, unless they are. */
        void prepare() throws SiteException {
            if (prepared.equals(Optional.of(table.id()))) {
                return;
            }
            for (SiteId site : sessions.keySet()) {
                at(site, "preparing to read " + table, () -> {
                    try (Statement statement = session(site).createStatement()) {
                        return statement.execute(comparison.session(site));
                    }
                });
            }
            prepared = Optional.of(table.id());
        }

        void add(List<List<String>> keys) throws SiteException {
            Map<SiteId, Map<Integer, Version>> found = new LinkedHashMap<>();
            for (SiteId site : sessions.keySet()) {
                found.put(site, at(site, "reading rows of " + table, () -> read(site, keys)));
            }
            List<List<String>> everywhere = new ArrayList<>();
            List<List<String>> somewhere = new ArrayList<>();
            for (int i = 0; i < keys.size(); i++) {
                (note(keys.get(i), versions(found, i + 1)) ? everywhere : somewhere).add(keys.get(i));
            }
            // What some site lacks comes first: rows that all sites have may refer to it.
            if (tree.isEmpty()) {
                keep(somewhere, "", false);
                keep(everywhere, "", timesKnown && !rule.newIds());
            } else if (keeps()) {
                everywhereLater.addAll(everywhere);
                for (SiteId site : sessions.keySet()) {
                    at(site, "reading what rows of " + table + " refer to", () -> {
                        tree.get().add(table, somewhere, site, session(site), comparison);
                        return site;
                    });
                }
            }
        }

        /** @param oneLot the number of the lot that they belong to all together; empty for lots of their own */
        void keepAll(List<List<String>> keys, String oneLot, boolean byTime) throws SiteException {
            prepare();
            for (int from = 0; from < keys.size(); from += KEYS_PER_STATEMENT) {
                keep(keys.subList(from, Math.min(keys.size(), from + KEYS_PER_STATEMENT)), oneLot, byTime);
            }
        }

        void keepEverywhere() throws SiteException {
            keepAll(everywhereLater, "", timesKnown && !rule.newIds());
        }

        private static Map<SiteId, Version> versions(Map<SiteId, Map<Integer, Version>> found, int place) {
            Map<SiteId, Version> versions = new LinkedHashMap<>();
            found.forEach((site, rows) -> {
                Version version = rows.get(place);
                if (version != null) {
                    versions.put(site, version);
                }
            });
            return versions;
        }

        private Map<Integer, Version> read(SiteId site, List<List<String>> keys) throws SQLException {
            Connection session = session(site);
            StringBuilder sql = new StringBuilder(
                    "SELECT v.n, " + comparison.digest(site) + ", " + (timesKnown ? WRITTEN : "NULL::bigint"));
            rule.sums().forEach(column -> sql.append(", ").append(comparison.text(site, column)));
            Map<Integer, Version> versions = new HashMap<>();
            try (Statement statement = session.createStatement();
                    ResultSet row = statement.executeQuery(sql + comparison.wanted(site, session, keys))) {
                while (row.next()) {
                    List<String> sums = new ArrayList<>();
                    for (int i = 0; i < rule.sums().size(); i++) {
                        sums.add(String.valueOf(row.getString(4 + i)));
                    }
                    versions.put(row.getInt(1), new Version(row.getString(2), row.getLong(3), sums));
                }
            }
            return versions;
        }

        /** Whether every site has the row. */
        private boolean note(List<String> key, Map<SiteId, Version> versions) {
            rows++;
            lacking.replaceAll((site, count) -> versions.containsKey(site) ? count : count + 1);
            if (versions.values().stream().map(Version::digest).distinct().count() > 1) {
                different++;
                if (times.size() < EXAMPLES_MAX && !keeps()) {
                    Map<SiteId, Long> written = new LinkedHashMap<>();
                    versions.forEach((site, version) -> written.put(site, version.micros()));
                    times.put(key, written);
                }
            }
            if (!how.addSums()
                    && versions.values().stream().map(Version::sums).distinct().count() > 1) {
                unsummed++;
            }
            return versions.size() == sessions.size();
        }

        private void keep(List<List<String>> keys, String oneLot, boolean byTime) throws SiteException {
            if (!keeps() || keys.isEmpty()) {
                return;
            }
            String lot = oneLot;
            if (lot.isEmpty()) {
                lot = lots + " + (v.n - 1) / " + ROWS_PER_TRANSACTION;
                lots += (keys.size() + ROWS_PER_TRANSACTION - 1) / ROWS_PER_TRANSACTION;
            }
            String unknown = unknownMicros + " + " + lot;
            String micros = byTime ? "coalesce(" + WRITTEN + ", " + unknown + ")" : unknown;
            for (SiteId site : sessions.keySet()) {
                Connection session = session(site);
                InitialRows.Turn turn =
                        new InitialRows.Turn(Objects.requireNonNull(logBegins.get(site)), lot, micros, how.addSums());
                at(site, "keeping rows of " + table, () -> {
                    InitialRows.keep(
                            session, table, turn, comparison.texts(site), comparison.wanted(site, session, keys));
                    return site;
                });
            }
        }

        private Connection session(SiteId site) {
            return Objects.requireNonNull(sessions.get(site));
        }

        Divergence divergence() throws SiteException {
            List<String> refusals = new ArrayList<>();
            if (rows > 0) {
                rule.any().ifPresent(refusals::add);
            }
            if (different > 0) {
                rule.different().ifPresent(refusals::add);
            }
            if (unsummed > 0) {
                refusals.add("%,d %s in a column of which differences are added, and nobody knows what they began with;"
                                .formatted(unsummed, unsummed == 1 ? "row differs" : "rows differ")
                        + " use --add-sums if each site has counted by itself, make these equal, or give the column"
                        + " another policy, such as greatest, until the sites are in step");
            }
            return new Divergence(
                    table,
                    lacking,
                    different,
                    refusals,
                    times.isEmpty()
                            ? Optional.empty()
                            : Optional.of(comparison.show(times.keySet(), different - times.size())),
                    times);
        }
    }
}
