package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Bookkeeping.Meta;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteMarks;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
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
import java.util.UUID;

/** Whether a site may be brought back, and what is known of it. Stateless. */
final class Rejoining {
    private Rejoining() {}

    /**
     * Why the site has to be brought back, in words; empty when it has not.
     *
     * @throws RefusedException it cannot be, as the sites are; nothing was changed
     */
    static Optional<String> reason(List<SiteAccess> sites, List<Table> tables, SiteId rejoining)
            throws SiteException, RefusedException {
        Map<SiteId, Optional<Meta>> metas = new LinkedHashMap<>();
        for (SiteAccess site : sites) {
            metas.put(site.site(), SetState.meta(site));
        }
        requireOneSet(metas, rejoining);
        Optional<SiteId> begun = metas.values().stream()
                .flatMap(Optional::stream)
                .flatMap(meta -> meta.rejoining().stream())
                .findFirst();
        if (begun.isPresent() && !begun.get().equals(rejoining)) {
            throw new RefusedException("bringing site " + begun.get() + " back was stopped half-way; run 'entwine"
                    + " rejoin' for " + begun.get() + " again first");
        }
        if (begun.isPresent()) {
            return Optional.of("bringing it back was stopped half-way");
        }
        if (metas.getOrDefault(rejoining, Optional.empty()).isEmpty()) {
            return Optional.of("its database has nothing of ours: it is older than the set, or new");
        }
        List<SiteMarks> marks = new ArrayList<>();
        for (SiteAccess site : sites) {
            marks.add(site.call("reading entwine.progress", connection -> SiteMarks.read(site.site(), connection)));
        }
        Map<SiteId, String> changed = SiteMarks.changed(marks);
        for (Map.Entry<SiteId, String> other : changed.entrySet()) {
            if (!other.getKey().equals(rejoining)) {
                throw new RefusedException("site " + other.getKey() + " is to be brought back"
                        + (changed.containsKey(rejoining) ? " too" : "") + ": " + other.getValue() + "; "
                        + (changed.containsKey(rejoining)
                                ? "two sites at once cannot be: run 'entwine remove' and 'entwine init --merge'"
                                : "run 'entwine rejoin' for " + other.getKey()));
            }
        }
        return Optional.ofNullable(changed.get(rejoining));
    }

    private static void requireOneSet(Map<SiteId, Optional<Meta>> metas, SiteId rejoining) throws RefusedException {
        Optional<UUID> set = Optional.empty();
        for (Map.Entry<SiteId, Optional<Meta>> site : metas.entrySet()) {
            Optional<Meta> meta = site.getValue()
                    .filter(found -> found.initialized() || found.rejoining().isPresent());
            if (meta.isEmpty()) {
                if (site.getKey().equals(rejoining) && site.getValue().isEmpty()) {
                    continue;
                }
                throw new RefusedException("site " + site.getKey()
                        + " is not initialized: there is nothing to bring " + rejoining
                        + " back to; run 'entwine remove' and 'entwine init --merge'");
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

    /** No engine starts at the site from here on, until all are at their new beginning. */
    static void beginAnew(SiteAccess site, List<Table> tables, SiteId rejoining) throws SiteException {
        site.inTransaction("beginning anew", connection -> Bookkeeping.beginAnew(connection, rejoining, tables));
        site.call("dropping the slot", Leftovers::dropSlot);
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

    /** What the site had noted of itself and the others, by name. */
    static Common common(Connection connection) throws SQLException {
        Map<SiteId, Long> oldest = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT s.key, s.value::bigint FROM entwine.lease, jsonb_each_text(spread) AS s")) {
            while (row.next()) {
                oldest.put(new SiteId(row.getString(1)), row.getLong(2));
            }
        }
        return new Common(oldest);
    }
}
