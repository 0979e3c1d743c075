package dev.entwine.cli;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Catalog;
import dev.entwine.db.Catalog.Column;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.UniqueIndex;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The synchronized tables as they can be compared: with the columns that all sites have.
 *
 * @param tables  in order of name
 * @param leftOut columns that only some sites have, in words
 */
record VerifiedTables(List<Table> tables, List<String> leftOut) {
    VerifiedTables {
        tables = List.copyOf(tables);
        leftOut = List.copyOf(leftOut);
    }

    /** Needs all sites, initialized and with the same tables. */
    static VerifiedTables of(SiteConnections connections) throws SiteException, CommandFailure {
        Map<SiteId, Catalog> catalogs = new LinkedHashMap<>();
        Map<TableId, List<SiteId>> published = new TreeMap<>();
        for (SiteId site : connections.reachable()) {
            requireInitialized(connections, site);
            catalogs.put(
                    site, connections.call(site, "reading the catalog", connection -> Catalog.read(site, connection)));
            for (TableId id : connections.call(site, "reading the publication", Bookkeeping::published)) {
                published.computeIfAbsent(id, key -> new ArrayList<>()).add(site);
            }
        }
        List<Table> tables = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        for (Map.Entry<TableId, List<SiteId>> table : published.entrySet()) {
            tables.add(table(table.getKey(), table.getValue(), catalogs, leftOut));
        }
        return new VerifiedTables(tables, leftOut);
    }

    private static void requireInitialized(SiteConnections connections, SiteId site)
            throws SiteException, CommandFailure {
        Bookkeeping.Meta meta = connections
                .call(site, "reading entwine.meta", Bookkeeping::meta)
                .filter(Bookkeeping.Meta::initialized)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "site " + site + " is not initialized, so nothing says which of its tables are to be equal; run"
                                + " 'entwine init' first"));
        if (!meta.site().equals(site)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "site " + site + ": this database was initialized as site " + meta.site()
                            + "; give the sites of the configuration the urls that they had then");
        }
    }

    private static Table table(TableId id, List<SiteId> sites, Map<SiteId, Catalog> catalogs, List<String> leftOut)
            throws CommandFailure {
        if (sites.size() < catalogs.size()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "table " + id + " is synchronized at " + sites + " alone; 'entwine check' tells what is wrong");
        }
        Map<SiteId, Relation> relations = new LinkedHashMap<>();
        for (Map.Entry<SiteId, Catalog> catalog : catalogs.entrySet()) {
            relations.put(catalog.getKey(), relation(id, catalog.getKey(), catalog.getValue()));
        }
        Relation first = relations.values().iterator().next();
        List<String> columns = columns(first).stream()
                .filter(name -> relations.values().stream()
                        .allMatch(relation -> columns(relation).contains(name)))
                .toList();
        NavigableSet<String> others = new TreeSet<>();
        relations.values().forEach(relation -> others.addAll(columns(relation)));
        columns.forEach(others::remove);
        if (!others.isEmpty()) {
            leftOut.add("table " + id + ": only some sites have " + String.join(", ", others) + ", which "
                    + (others.size() == 1 ? "is" : "are") + " not compared");
        }
        return new Table(
                id, columns, key(id, relations).stream().map(columns::indexOf).toList());
    }

    private static Relation relation(TableId id, SiteId site, Catalog catalog) throws CommandFailure {
        Relation relation = catalog.table(id)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "site " + site + ": role " + catalog.rights().role() + " does not see table " + id));
        if (relation.access().missing().contains("SELECT") || relation.access().filtered()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "site " + site + ": role " + catalog.rights().role() + " may not read all rows of table " + id
                            + "; 'entwine check' tells which right is missing");
        }
        return relation;
    }

    /** Those that are carried over. */
    private static List<String> columns(Relation relation) {
        return relation.columns().stream()
                .filter(column -> !column.generated())
                .map(Column::name)
                .toList();
    }

    private static List<String> key(TableId id, Map<SiteId, Relation> relations) throws CommandFailure {
        Map<SiteId, List<String>> keys = new LinkedHashMap<>();
        relations.forEach((site, relation) ->
                keys.put(site, relation.key().map(UniqueIndex::columns).orElse(List.of())));
        List<String> first = keys.values().iterator().next();
        if (first.isEmpty() || keys.values().stream().anyMatch(key -> !key.equals(first))) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "table " + id + " does not have the same key at every site (" + keys
                            + "), so its rows cannot be matched; 'entwine check' tells how to mend that");
        }
        return first;
    }

    /** @param names {@code schema.name}, or names alone; none for all tables */
    List<Table> chosen(List<String> names) throws CommandFailure {
        List<Table> chosen = new ArrayList<>();
        for (String name : names) {
            List<Table> found = tables.stream()
                    .filter(table -> table.id().toString().equals(name)
                            || table.id().name().equals(name))
                    .toList();
            if (found.size() != 1) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        found.isEmpty()
                                ? "table '" + name + "' is not synchronized; these are: " + joined(tables)
                                : "there are several tables named '" + name + "': " + joined(found)
                                        + "; name the schema");
            }
            chosen.addAll(found);
        }
        return names.isEmpty() ? tables : chosen.stream().distinct().toList();
    }

    private static String joined(List<Table> tables) {
        return tables.stream().map(Table::toString).collect(Collectors.joining(", "));
    }
}
