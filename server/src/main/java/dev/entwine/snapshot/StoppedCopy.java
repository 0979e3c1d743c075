package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Bookkeeping.Meta;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A copy that ended before it was finished. Stateless. */
final class StoppedCopy {
    private StoppedCopy() {}

    /** Whether what is there is a part of the copy that is wanted now: of these tables, among these sites, from that source. */
    static boolean canGoOn(List<SiteAccess> sites, List<Table> tables, Optional<SiteId> source) throws SiteException {
        List<TableId> wanted = tables.stream().map(Table::id).sorted().toList();
        Set<UUID> sets = new HashSet<>();
        boolean anything = false;
        for (SiteAccess site : sites) {
            Optional<Meta> meta = site.call("reading entwine.meta", Bookkeeping::meta)
                    .filter(found -> found.schemaVersion() == Bookkeeping.SCHEMA_VERSION);
            List<TableId> published = site.call("reading the publication", Bookkeeping::published).stream()
                    .sorted()
                    .toList();
            if (meta.isEmpty() || !published.equals(wanted)) {
                return false;
            }
            sets.add(meta.get().setId());
            if (!site.call("reading entwine.copy", CopyLog::tables).isEmpty()) {
                Optional<SiteId> from =
                        site.call("reading entwine.copy", CopyLog::read).map(CopyLog.State::source);
                if (from.isEmpty() || !from.equals(source) || from.get().equals(site.site())) {
                    return false;
                }
                anything = true;
            }
        }
        return anything && sets.size() == 1;
    }

    /** What of it is there, in words. */
    static String describe(List<SiteAccess> targets) throws SiteException {
        StringBuilder text = new StringBuilder();
        for (SiteAccess target : targets) {
            long rows = target.call("reading entwine.copy", CopyLog::read)
                    .map(CopyLog.State::rows)
                    .orElse(0L);
            text.append(text.isEmpty() ? "" : ", ")
                    .append(target.site())
                    .append(" has ")
                    .append("%,d rows".formatted(rows));
        }
        return text.toString();
    }
}
