package dev.entwine.db;

import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Orders tables so that rows can be put in one after the other and each finds its parents. Stateless. */
public final class ParentsFirst {
    private ParentsFirst() {}

    /**
     * Tables whose rows go in together.
     *
     * @param cyclic whether rows of theirs may refer to each other, so that no order of them will do
     */
    public record Group(List<TableId> tables, boolean cyclic) {
        public Group {
            tables = List.copyOf(tables);
        }
    }

    /** @param catalogs whose foreign keys count, all of them */
    public static List<Group> of(Collection<TableId> tables, Collection<Catalog> catalogs) {
        Map<TableId, Set<TableId>> parents = new LinkedHashMap<>();
        for (TableId table : tables) {
            Set<TableId> known = new LinkedHashSet<>();
            catalogs.forEach(catalog -> catalog.table(table)
                    .ifPresent(relation -> relation.foreignKeys().forEach(key -> known.add(key.parent()))));
            known.retainAll(tables);
            parents.put(table, known);
        }
        Map<TableId, Set<TableId>> ancestors = new HashMap<>();
        tables.forEach(table -> ancestors.put(table, ancestors(table, parents)));
        return ordered(tables, ancestors);
    }

    private static Set<TableId> ancestors(TableId table, Map<TableId, Set<TableId>> parents) {
        Set<TableId> found = new LinkedHashSet<>();
        List<TableId> open = new ArrayList<>(parents.getOrDefault(table, Set.of()));
        while (!open.isEmpty()) {
            TableId next = open.removeLast();
            if (found.add(next)) {
                open.addAll(parents.getOrDefault(next, Set.of()));
            }
        }
        return found;
    }

    private static List<Group> ordered(Collection<TableId> tables, Map<TableId, Set<TableId>> ancestors) {
        List<Group> groups = new ArrayList<>();
        Set<TableId> left = new LinkedHashSet<>(tables);
        while (!left.isEmpty()) {
            TableId first = left.stream()
                    .filter(table -> ancestors.getOrDefault(table, Set.of()).stream()
                            .filter(left::contains)
                            .allMatch(ancestor ->
                                    ancestors.getOrDefault(ancestor, Set.of()).contains(table)))
                    .findFirst()
                    .orElseThrow();
            Set<TableId> above = ancestors.getOrDefault(first, Set.of());
            List<TableId> together = left.stream()
                    .filter(table -> table.equals(first) || above.contains(table))
                    .toList();
            groups.add(new Group(together, above.contains(first)));
            together.forEach(left::remove);
        }
        return groups;
    }
}
