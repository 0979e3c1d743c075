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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

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
    private final Common common;
    private final Times times;
    private final Map<SiteId, Connection> readers = new LinkedHashMap<>();
    private final Map<SiteId, Connection> sessions = new LinkedHashMap<>();
    private long lots;
    /** The table for whose keys the sessions are set up. */
    private Optional<TableId> prepared = Optional.empty();

    private Merging(
            Map<SiteId, ExportedSnapshot> snapshots,
            Map<SiteId, Position> logBegins,
            Beginning.Merge how,
            Common common,
            Times times,
            Progress progress) {
        this.snapshots = new LinkedHashMap<>(snapshots);
        this.logBegins = new LinkedHashMap<>(logBegins);
        this.how = how;
        this.progress = progress;
        this.common = common;
        this.times = times;
    }

    /**
     * What the sites are known to have had in common: for each site a number of a transaction, such that whatever older ones wrote there
     * was at every other site too. A row that was written later has been changed since; one that is gone elsewhere was deleted there. Of
     * tables that were not in the set, or that differed already, nothing is known.
     */
    record Common(Map<SiteId, Long> oldest, Set<TableId> unknown) {
        static final Common NOTHING = new Common(Map.of(), Set.of());

        Common {
            oldest = Map.copyOf(oldest);
            unknown = Set.copyOf(unknown);
        }

        /** A condition for a row {@code t} of a site; numbers in rows have but 32 bits. */
        String condition(SiteId site, TableId table) {
            Long number = oldest.get(site);
            return number == null || unknown.contains(table)
                    ? "false"
                    : "(SELECT n - ((n - t.xmin::text::bigint) & 4294967295) FROM (SELECT pg_snapshot_xmax("
                            + "pg_current_snapshot())::text::bigint) AS next(n)) < " + number;
        }
    }

    /**
     * What is known of when rows were written.
     *
     * @param known         whether every site keeps the times of commits; otherwise no row's is used, for one site's alone would always win
     * @param unknownMicros the time of a row of which it is not known, in microseconds since the Unix epoch, the same at all sites
     * @param nowMicros     when this was asked
     */
    record Times(boolean known, long unknownMicros, long nowMicros) {
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
                now = Math.min(now, here.nowMicros);
            }
            return new Times(known, known ? 1 : now, now);
        }

        private static Times read(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(NOW)) {
                row.next();
                return new Times(row.getBoolean(1), row.getLong(2), row.getLong(2));
            }
        }
    }

    /** To find out what differs, and no more. */
    static Merging dryRun(
            Map<SiteId, ExportedSnapshot> snapshots, Beginning.Merge how, Common common, Times times, Progress progress)
            throws SiteException {
        return opened(new Merging(snapshots, Map.of(), how, common, times, progress));
    }

    /** To keep what differs. */
    static Merging of(
            Map<SiteId, SlotSnapshot> slots, Beginning.Merge how, Common common, Times times, Progress progress)
            throws SiteException {
        Map<SiteId, ExportedSnapshot> snapshots = new LinkedHashMap<>();
        Map<SiteId, Position> logBegins = new LinkedHashMap<>();
        slots.forEach((site, slot) -> {
            snapshots.put(site, slot.snapshot());
            logBegins.put(site, slot.start());
        });
        return opened(new Merging(snapshots, logBegins, how, common, times, progress));
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
        List<List<Differing>> groups = new ArrayList<>();
        for (ParentsFirst.Group group : ParentsFirst.of(byName.keySet(), catalogs)) {
            List<Table> together = group.tables().stream()
                    .map(table -> Objects.requireNonNull(byName.get(table)))
                    .toList();
            groups.add(
                    group.cyclic()
                            ? compareTree(together, catalogs)
                            : List.of(compare(together.getFirst(), Optional.empty())));
        }
        for (List<Differing> group : groups) {
            for (Differing table : group) {
                divergences.add(table.divergence());
            }
        }
        for (List<Differing> group : groups.reversed()) {
            keepDeleted(group);
        }
        return divergences;
    }

    /** Children first, and those that refer to each other at once; and after all that was inserted. */
    private void keepDeleted(List<Differing> group) throws SiteException {
        if (keeps() && group.stream().anyMatch(table -> !table.deleted.isEmpty())) {
            String lot = String.valueOf(lots++);
            for (Differing table : group) {
                table.keepDeleted(lot);
            }
        }
    }

    /** Of tables whose rows refer to each other, what some site lacks is kept level by level. */
    private List<Differing> compareTree(List<Table> tables, Collection<Catalog> catalogs) throws SiteException {
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
        for (Differing differing : compared.values()) {
            differing.keepEverywhere();
        }
        return List.copyOf(compared.values());
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

    /**
     * A row at one site.
     *
     * @param common whether every other site has had it so
     */
    private record Version(String digest, long micros, boolean common, List<String> sums) {}

    /** The rows of one table that differ, as they are found. */
    private final class Differing {
        private final Table table;
        private final PartComparison comparison;
        private final Rule rule;
        private final Optional<Tree> tree;
        private final List<List<String>> everywhereLater = new ArrayList<>();
        /** Where the versions are that count, of the rows that are yet to be kept. */
        private final Map<List<String>, Set<SiteId>> counting = new HashMap<>();

        private final Map<SiteId, List<List<String>>> deleted = new LinkedHashMap<>();
        private final Map<SiteId, Long> lacking = new LinkedHashMap<>();
        private final Map<List<String>, Map<SiteId, Long>> written = new LinkedHashMap<>();
        private long different;
        private long contended;
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
                keepAll(somewhere, "", false);
                keepAll(everywhere, "", times.known() && !rule.newIds());
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
            keepAll(everywhereLater, "", times.known() && !rule.newIds());
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
            StringBuilder sql = new StringBuilder("SELECT v.n, " + comparison.digest(site) + ", "
                    + (times.known() ? WRITTEN : "NULL::bigint") + ", " + common.condition(site, table.id()));
            rule.sums().forEach(column -> sql.append(", ").append(comparison.text(site, column)));
            Map<Integer, Version> versions = new HashMap<>();
            try (Statement statement = session.createStatement();
                    ResultSet row = statement.executeQuery(sql + comparison.wanted(site, session, keys))) {
                while (row.next()) {
                    List<String> sums = new ArrayList<>();
                    for (int i = 0; i < rule.sums().size(); i++) {
                        sums.add(String.valueOf(row.getString(5 + i)));
                    }
                    versions.put(row.getInt(1), new Version(row.getString(2), row.getLong(3), row.getBoolean(4), sums));
                }
            }
            return versions;
        }

        /** Whether every site has the row. */
        private boolean note(List<String> key, Map<SiteId, Version> versions) {
            rows++;
            List<Version> common =
                    versions.values().stream().filter(Version::common).toList();
            List<Version> news = versions.values().stream()
                    .filter(version -> !version.common())
                    .toList();
            boolean everywhere = versions.size() == sessions.size();
            if (distinct(common, Version::digest) > 1) {
                news = List.copyOf(
                        versions.values()); // which of the sites is wrong about what the others had is not known
            } else if (!common.isEmpty()) {
                sessions.keySet().stream()
                        .filter(site -> !versions.containsKey(site))
                        .findFirst() // one site's word is enough
                        .ifPresent(site -> deleted.computeIfAbsent(site, any -> new ArrayList<>())
                                .add(key));
            }
            if (common.isEmpty()) {
                lacking.replaceAll((site, count) -> versions.containsKey(site) ? count : count + 1);
            }
            if (distinct(versions.values(), Version::digest) > 1) {
                different++;
                if (written.size() < EXAMPLES_MAX && !keeps()) {
                    Map<SiteId, Long> micros = new LinkedHashMap<>();
                    versions.forEach((site, version) -> micros.put(site, version.micros()));
                    written.put(key, micros);
                }
            }
            counting.put(key, counting(versions, news));
            contended += distinct(news, Version::digest) > 1 ? 1 : 0;
            unsummed += !how.addSums() && distinct(news, Version::sums) > 1 ? 1 : 0;
            return everywhere;
        }

        /** Of versions that are the same one is enough, unless all of them are to be added up. */
        private Set<SiteId> counting(Map<SiteId, Version> versions, List<Version> news) {
            Set<SiteId> at = new TreeSet<>();
            Set<String> digests = new HashSet<>();
            versions.forEach((site, version) -> {
                if (news.contains(version) && (digests.add(version.digest()) || how.addSums())) {
                    at.add(site);
                }
            });
            return at;
        }

        private static long distinct(Collection<Version> versions, Function<Version, ?> of) {
            return versions.stream().map(of).distinct().count();
        }

        void keepDeleted(String lot) throws SiteException {
            for (Map.Entry<SiteId, List<List<String>>> site : deleted.entrySet()) {
                Connection session = session(site.getKey());
                InitialRows.Turn turn = new InitialRows.Turn(
                        Objects.requireNonNull(logBegins.get(site.getKey())),
                        lot,
                        times.nowMicros() + " + " + lot,
                        false);
                at(site.getKey(), "keeping deleted rows of " + table, () -> {
                    InitialRows.keepDeleted(session, table, turn, site.getValue());
                    return site;
                });
            }
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
            String unknown = times.unknownMicros() + " + " + lot;
            String micros = byTime ? "coalesce(" + WRITTEN + ", " + unknown + ")" : unknown;
            for (SiteId site : sessions.keySet()) {
                Connection session = session(site);
                InitialRows.Turn turn =
                        new InitialRows.Turn(Objects.requireNonNull(logBegins.get(site)), lot, micros, how.addSums());
                at(site, "keeping rows of " + table, () -> {
                    String from = comparison.wanted(
                            site,
                            session,
                            keys,
                            key -> counting.getOrDefault(key, Set.of()).contains(site));
                    InitialRows.keep(session, table, turn, comparison.texts(site), from);
                    return site;
                });
            }
            keys.forEach(counting::remove);
        }

        private Connection session(SiteId site) {
            return Objects.requireNonNull(sessions.get(site));
        }

        Divergence divergence() throws SiteException {
            List<String> refusals = new ArrayList<>();
            if (rows > 0) {
                rule.any().ifPresent(refusals::add);
            }
            if (contended > 0) {
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
                    deleted.values().stream().mapToLong(List::size).sum(),
                    different,
                    refusals,
                    written.isEmpty()
                            ? Optional.empty()
                            : Optional.of(comparison.show(written.keySet(), different - written.size())),
                    written);
        }
    }
}
