package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Bookkeeping.Meta;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteMarks;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Merging.Common;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Whether a set may begin anew, and what is known of the sites from before. Stateless. */
final class BeginningAnew {
    private BeginningAnew() {}

    /**
     * Why the set has to begin anew, in words; empty when it has not.
     *
     * @throws RefusedException it cannot, as the sites are; nothing was changed
     */
    static Optional<String> reason(Beginning.Anew anew, List<SiteAccess> sites, List<Table> tables)
            throws SiteException, RefusedException {
        Map<SiteId, Optional<Meta>> metas = new LinkedHashMap<>();
        for (SiteAccess site : sites) {
            metas.put(site.site(), SetState.meta(site));
        }
        Optional<SiteId> rejoining =
                anew instanceof Beginning.Rejoin rejoin ? Optional.of(rejoin.site()) : Optional.empty();
        requireOneSet(metas, rejoining);
        Optional<String> begun = metas.values().stream()
                .flatMap(Optional::stream)
                .flatMap(meta -> meta.anew().stream())
                .findFirst();
        if (begun.isPresent() && !begun.get().equals(anew.command())) {
            throw new RefusedException("'" + begun.get() + "' was stopped half-way; run it again first");
        }
        if (begun.isPresent()) {
            return Optional.of("'" + begun.get() + "' was stopped half-way");
        }
        if (rejoining.isPresent()
                && metas.getOrDefault(rejoining.get(), Optional.empty())
                        .filter(BeginningAnew::isOfASet)
                        .isEmpty()) {
            return Optional.of("its database has nothing of ours: it is older than the set, or new");
        }
        Map<SiteId, String> changed = changed(sites);
        requireUnchanged(changed, rejoining);
        return switch (anew) {
            case Beginning.Rejoin rejoin -> Optional.ofNullable(changed.get(rejoin.site()));
            case Beginning.WithoutSite without -> Optional.of("site " + without.site() + " has left it");
            case Beginning.OtherTables other -> otherTables(sites, tables);
        };
    }

    private static Map<SiteId, String> changed(List<SiteAccess> sites) throws SiteException {
        List<SiteMarks> marks = new ArrayList<>();
        for (SiteAccess site : sites) {
            marks.add(site.call("reading entwine.progress", connection -> SiteMarks.read(site.site(), connection)));
        }
        return SiteMarks.changed(marks);
    }

    private static void requireUnchanged(Map<SiteId, String> changed, Optional<SiteId> rejoining)
            throws RefusedException {
        for (Map.Entry<SiteId, String> site : changed.entrySet()) {
            if (!rejoining.equals(Optional.of(site.getKey()))) {
                boolean both = rejoining.filter(changed::containsKey).isPresent();
                throw new RefusedException("site " + site.getKey() + " is to be brought back" + (both ? " too" : "")
                        + ": " + site.getValue() + "; "
                        + (both
                                ? "two sites at once cannot be: run 'entwine remove' and 'entwine init --merge'"
                                : "run 'entwine rejoin CONFIG " + site.getKey() + "' first"));
            }
        }
    }

    private static Optional<String> otherTables(List<SiteAccess> sites, List<Table> tables) throws SiteException {
        Set<TableId> wanted = new TreeSet<>();
        tables.forEach(table -> wanted.add(table.id()));
        Set<TableId> gone = new TreeSet<>();
        for (SiteAccess site : sites) {
            gone.addAll(site.call("reading the publication", Bookkeeping::published));
        }
        gone.removeAll(wanted);
        Set<TableId> added = newTables(sites, tables);
        List<String> what = new ArrayList<>();
        if (!added.isEmpty()) {
            what.add("new in the set: " + added);
        }
        if (!gone.isEmpty()) {
            what.add("no longer in it: " + gone);
        }
        return what.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", what));
    }

    /** The tables that some site did not have in the set. */
    private static Set<TableId> newTables(List<SiteAccess> sites, List<Table> tables) throws SiteException {
        Set<TableId> added = new TreeSet<>();
        for (SiteAccess site : sites) {
            Set<TableId> wanted = new TreeSet<>();
            tables.forEach(table -> wanted.add(table.id()));
            site.call("reading the publication", Bookkeeping::published).forEach(wanted::remove);
            added.addAll(wanted);
        }
        return added;
    }

    /**
     * The tables of which it is not known what the sites had in common: new ones, and those with rows that were different for another
     * reason than what was on its way. In these a row that is missing somewhere may never have been there.
     */
    static Set<TableId> unknown(List<SiteAccess> sites, List<Table> tables) throws SiteException {
        Set<TableId> unknown = new TreeSet<>(newTables(sites, tables));
        for (SiteAccess site : sites) {
            if (site.call("reading entwine.meta", Bookkeeping::meta).isEmpty()) {
                continue;
            }
            unknown.addAll(site.call("reading entwine.unknown_table", Bookkeeping::unknownTables));
            unknown.addAll(site.call("reading entwine.parked", Bookkeeping::differing));
        }
        return unknown;
    }

    private static boolean isOfASet(Meta meta) {
        return meta.initialized() || meta.anew().isPresent();
    }

    private static void requireOneSet(Map<SiteId, Optional<Meta>> metas, Optional<SiteId> rejoining)
            throws RefusedException {
        Optional<UUID> set = Optional.empty();
        for (Map.Entry<SiteId, Optional<Meta>> site : metas.entrySet()) {
            Optional<Meta> meta = site.getValue();
            if (meta.filter(BeginningAnew::isOfASet).isEmpty() && !rejoining.equals(Optional.of(site.getKey()))) {
                throw new RefusedException(
                        "site " + site.getKey() + " is not initialized; run 'entwine remove' and 'entwine init'");
            }
            if (meta.isEmpty()) {
                continue;
            }
            if (meta.get().schemaVersion() != Bookkeeping.SCHEMA_VERSION) {
                throw new RefusedException("site " + site.getKey() + ": its schema entwine has version "
                        + meta.get().schemaVersion() + ", and this program reads version "
                        + Bookkeeping.SCHEMA_VERSION + "; run 'entwine remove' and 'entwine init --merge'");
            }
            if (set.isPresent() && !set.get().equals(meta.get().setId())) {
                throw new RefusedException("site " + site.getKey() + " was initialized apart from the sites before it;"
                        + " run 'entwine remove' and 'entwine init --merge'");
            }
            set = Optional.of(meta.get().setId());
        }
    }

    /** By what the sites are known to belong together. */
    static UUID set(List<SiteAccess> sites) throws SiteException, RefusedException {
        for (SiteAccess site : sites) {
            Optional<Meta> meta = SetState.meta(site);
            if (meta.isPresent()) {
                return meta.get().setId();
            }
        }
        throw new RefusedException("no site is initialized");
    }

    /**
     * From the notes of the site that has gone back, for the others' are no longer true of it; otherwise of any.
     *
     * @param unknown see {@link #unknown}
     */
    static Common common(Beginning.Anew anew, List<SiteAccess> sites, Set<TableId> unknown) throws SiteException {
        SiteAccess noted = sites.getFirst();
        for (SiteAccess site : sites) {
            if (anew instanceof Beginning.Rejoin rejoin && rejoin.site().equals(site.site())) {
                noted = site;
            }
        }
        boolean there = noted.call("reading entwine.meta", Bookkeeping::meta).isPresent();
        return new Common(there ? noted.call("reading entwine.lease", BeginningAnew::oldest) : Map.of(), unknown);
    }

    private static Map<SiteId, Long> oldest(Connection connection) throws SQLException {
        Map<SiteId, Long> oldest = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT s.key, s.value::bigint FROM entwine.lease, jsonb_each_text(spread) AS s")) {
            while (row.next()) {
                oldest.put(new SiteId(row.getString(1)), row.getLong(2));
            }
        }
        return oldest;
    }
}
