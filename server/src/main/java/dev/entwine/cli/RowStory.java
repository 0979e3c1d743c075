package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.journal.Causality;
import dev.entwine.journal.JournalEntry;
import dev.entwine.journal.RowAtSite;
import dev.entwine.journal.Version;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What all sites together know of a row. */
record RowStory(TableId table, ObjectNode key, Map<SiteId, RowAtSite> sites) {
    /**
     * Something that the row waits for.
     *
     * @param site empty when it is the same at every site
     */
    record Wait(String site, String what, String next) {}

    /** @param key the values of the key's columns */
    static RowStory read(SiteConnections connections, Table table, List<String> key) throws SiteException {
        ObjectNode columns = Json.key(table, key);
        Map<SiteId, RowAtSite> rows = new LinkedHashMap<>();
        for (SiteId site : connections.reachable()) {
            rows.put(
                    site,
                    connections.call(
                            site,
                            "reading what is known of a row",
                            connection -> RowAtSite.read(connection, table.id(), columns)));
        }
        return new RowStory(table.id(), columns, rows);
    }

    RowAtSite site(SiteId site) {
        RowAtSite row = sites.get(site);
        if (row == null) {
            throw new IllegalArgumentException("nothing was read at site " + site);
        }
        return row;
    }

    /** Whether the row stands alike, or nowhere, at every site. */
    boolean isSame() {
        return sites.values().stream().map(RowAtSite::cells).distinct().count() == 1
                && sites.values().stream().map(RowAtSite::there).distinct().count() == 1;
    }

    Set<String> columns() {
        Set<String> columns = new LinkedHashSet<>();
        sites.values().forEach(row -> columns.addAll(row.cells().keySet()));
        return columns;
    }

    /** In causal order, each as the site has it that knows most of its revisions. */
    List<JournalEntry> conflicts() {
        Map<String, JournalEntry> byId = new LinkedHashMap<>();
        sites.values()
                .forEach(row -> row.entries()
                        .forEach(entry -> byId.merge(
                                entry.id(),
                                entry,
                                (a, b) -> b.revisions().size() > a.revisions().size() ? b : a)));
        return Causality.order(byId.values());
    }

    private List<String> journalsWith(JournalEntry entry) {
        return sites.entrySet().stream()
                .filter(site -> site.getValue().entries().stream()
                        .anyMatch(there -> there.id().equals(entry.id())))
                .map(site -> site.getKey().name())
                .toList();
    }

    /**
     * Who wrote what stands at the site: {@code application} where the journal names the transaction, else {@code unknown}. The server
     * does not tell the engine's own: their commits have no origin, or the log would hide their markers.
     */
    String author(SiteId site, RowAtSite row) {
        for (JournalEntry entry : row.entries()) {
            for (Version version : entry.versions()) {
                if (version.site().equals(site.name())
                        && Long.toString(version.transaction()).equals(row.writer())) {
                    return "application";
                }
            }
        }
        return revision(site, row) == null ? "unknown" : "application";
    }

    /** The keep or undo that wrote it, if it was one. */
    @Nullable
    JsonNode revision(SiteId site, RowAtSite row) {
        for (JournalEntry entry : row.entries()) {
            for (JsonNode revision : entry.revisions()) {
                if (revision.path("made_at").asString("").equals(site.name())
                        && revision.path("transaction").asString("").equals(row.writer())) {
                    return revision;
                }
            }
        }
        return null;
    }

    List<Wait> waits() {
        List<Wait> waits = new ArrayList<>();
        for (JournalEntry entry : conflicts()) {
            if (entry.isOpen()) {
                waits.add(new Wait(
                        "",
                        "open conflict " + entry.id(),
                        "decide it: 'conflicts CONFIG keep " + entry.id() + " --site SITE'"));
            }
            List<String> missing =
                    new ArrayList<>(sites.keySet().stream().map(SiteId::name).toList());
            missing.removeAll(journalsWith(entry));
            for (String site : entry.finished() ? List.<String>of() : missing) {
                waits.add(new Wait(
                        site, "the decision of conflict " + entry.id() + " has not arrived", "the engine brings it"));
            }
        }
        sites.forEach((site, row) -> {
            for (RowAtSite.Parked parked : row.parked()) {
                waits.add(new Wait(
                        site.name(),
                        "a change that was refused and parked (" + parked.operation() + " of site " + parked.source()
                                + " at " + parked.position() + "): " + parked.error(),
                        "mend what the database refuses, then 'parked CONFIG retry " + site + "/" + parked.id()
                                + "'; or 'discard' it"));
            }
            if (row.merged()) {
                waits.add(new Wait(
                        site.name(),
                        "the row is in conflict: not every site's log has shown the decision yet",
                        "the engine finishes it, nothing is to do"));
            }
        });
        if (waits.isEmpty() && !isSame()) {
            waits.add(new Wait(
                    "",
                    "the sites are not alike: changes are on their way, or no engine runs",
                    "'status' tells which"));
        }
        return waits;
    }

    ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("table", table.toString());
        document.set("key", key);
        document.put("same", isSame());
        ObjectNode rows = document.putObject("sites");
        sites.forEach((site, row) -> rows.set(site.name(), document(site, row)));
        ArrayNode conflicts = document.putArray("conflicts");
        for (JournalEntry entry : conflicts()) {
            ObjectNode conflict = ConflictDocument.of(entry);
            ArrayNode journals = conflict.putArray("journals");
            journalsWith(entry).forEach(journals::add);
            conflicts.add(conflict);
        }
        ArrayNode waits = document.putArray("waits");
        for (Wait wait : waits()) {
            waits.addObject()
                    .put("site", wait.site().isEmpty() ? null : wait.site())
                    .put("what", wait.what())
                    .put("next", wait.next());
        }
        return document;
    }

    private ObjectNode document(SiteId site, RowAtSite row) {
        ObjectNode node = Json.object();
        if (row.there()) {
            ObjectNode cells = node.putObject("row");
            row.cells().forEach(cells::put);
        } else {
            node.putNull("row");
        }
        node.put("transaction", row.there() ? row.writer() : null);
        node.put("by", row.there() ? author(site, row) : null);
        ArrayNode ids = node.putArray("ids");
        for (RowAtSite.IdChange change : row.ids()) {
            ids.addObject()
                    .put("from", change.from())
                    .put("to", change.to())
                    .put("reason", change.reason())
                    .put("at", Json.time(change.at()));
        }
        node.put("committed", row.written().map(Json::time).orElse(null));
        return node;
    }
}
