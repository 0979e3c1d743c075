package dev.entwine.snapshot;

import dev.entwine.db.Catalog;
import dev.entwine.db.Catalog.ForeignKey;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.PartComparison;
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
import java.util.Set;

/**
 * Rows of tables that refer to themselves or to each other, and the levels in which they can be put in so that each finds its parents.
 * Holds the keys of all rows in memory. Owned by one thread.
 */
final class Tree {
    private final Map<TableId, List<Reference>> references = new HashMap<>();
    private final Map<RowKey, Set<RowKey>> parents = new LinkedHashMap<>();
    private final Map<TableId, List<List<String>>> knotted = new LinkedHashMap<>();
    private boolean ordered = true;

    /** @param columns that hold the parent's key, in the key's order; empty when the parent is named by something else */
    private record Reference(TableId parent, List<Integer> columns) {}

    /** @param catalogs whose foreign keys count, all of them */
    Tree(List<Table> tables, Collection<Catalog> catalogs) {
        Map<TableId, Table> byName = new HashMap<>();
        tables.forEach(table -> byName.put(table.id(), table));
        for (Table table : tables) {
            List<Reference> known = new ArrayList<>();
            for (Catalog catalog : catalogs) {
                catalog.table(table.id())
                        .ifPresent(relation -> relation.foreignKeys().stream()
                                .filter(key -> byName.containsKey(key.parent()))
                                .map(key -> reference(table, key, byName.getOrDefault(key.parent(), table)))
                                .filter(reference -> !known.contains(reference))
                                .forEach(known::add));
            }
            references.put(table.id(), known);
        }
    }

    private static Reference reference(Table table, ForeignKey key, Table parent) {
        List<Integer> columns = new ArrayList<>();
        for (int column : parent.key()) {
            int place = key.parentColumns().indexOf(parent.columns().get(column));
            if (place >= 0) {
                columns.add(table.columns().indexOf(key.columns().get(place)));
            }
        }
        boolean byKey = columns.size() == parent.key().size()
                && columns.size() == key.columns().size()
                && !columns.contains(-1);
        return new Reference(parent.id(), byKey ? columns : List.of());
    }

    /**
     * Adds rows, with what they refer to at a site.
     *
     * @param comparison for whose statements the session is set up
     */
    void add(Table table, List<List<String>> keys, SiteId site, Connection session, PartComparison comparison)
            throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        keys.forEach(key -> parents.computeIfAbsent(new RowKey(table.id(), key), row -> new HashSet<>(2)));
        for (Reference reference : references.getOrDefault(table.id(), List.of())) {
            if (reference.columns().isEmpty()) {
                ordered = false;
                continue;
            }
            StringBuilder sql = new StringBuilder("SELECT v.n");
            reference.columns().forEach(column -> sql.append(", ").append(comparison.text(site, column)));
            try (Statement statement = session.createStatement();
                    ResultSet row = statement.executeQuery(sql + comparison.wanted(site, session, keys))) {
                while (row.next()) {
                    RowKey child = new RowKey(table.id(), keys.get(row.getInt(1) - 1));
                    parents.computeIfAbsent(child, any -> new HashSet<>(2))
                            .addAll(parent(reference, site, comparison, row));
                }
            }
        }
    }

    /** None where a column is NULL. */
    private static List<RowKey> parent(Reference reference, SiteId site, PartComparison comparison, ResultSet row)
            throws SQLException {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < reference.columns().size(); i++) {
            String text = row.getString(2 + i);
            if (text == null) {
                return List.of();
            }
            key.add(comparison.keyText(site, reference.columns().get(i), text));
        }
        return List.of(new RowKey(reference.parent(), key));
    }

    private void knot(RowKey row) {
        knotted.computeIfAbsent(row.table(), table -> new ArrayList<>()).add(row.values());
    }

    /** From the roots on, keys by table; what cannot be ordered is then {@link #knotted}. */
    List<Map<TableId, List<List<String>>>> levels() {
        if (!ordered) {
            parents.keySet().forEach(this::knot);
            return List.of();
        }
        Map<RowKey, List<RowKey>> children = new HashMap<>();
        Map<RowKey, Integer> open = new HashMap<>();
        List<RowKey> next = new ArrayList<>();
        parents.forEach((row, above) -> {
            above.removeIf(parent -> !parents.containsKey(parent) || parent.equals(row));
            above.forEach(parent ->
                    children.computeIfAbsent(parent, any -> new ArrayList<>(2)).add(row));
            open.put(row, above.size());
            if (above.isEmpty()) {
                next.add(row);
            }
        });
        List<Map<TableId, List<List<String>>>> levels = new ArrayList<>();
        List<RowKey> level = next;
        while (!level.isEmpty()) {
            Map<TableId, List<List<String>>> byTable = new LinkedHashMap<>();
            List<RowKey> below = new ArrayList<>();
            for (RowKey row : level) {
                open.remove(row);
                byTable.computeIfAbsent(row.table(), table -> new ArrayList<>()).add(row.values());
                for (RowKey child : children.getOrDefault(row, List.of())) {
                    if (open.merge(child, -1, Integer::sum) == 0) {
                        below.add(child);
                    }
                }
            }
            levels.add(byTable);
            level = below;
        }
        open.keySet().forEach(this::knot);
        return levels;
    }

    /**
     * Rows that refer to each other in a circle, with those that refer to them; or all, where some refer by something else than a key.
     * Only all at once find their parents. Complete after {@link #levels}.
     */
    Map<TableId, List<List<String>>> knotted() {
        return knotted;
    }
}
