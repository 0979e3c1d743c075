package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which changes of one transaction are decided together: when one of them loses, so do the others.
 *
 * @param whole   the tables whose rows a transaction wins or loses all together
 * @param objects per table the object that a row of it belongs to: a row of a root table with all rows that refer to it
 */
public record ScopeRules(Set<TableId> whole, Map<TableId, Part> objects) {
    public static final ScopeRules NONE = new ScopeRules(Set.of(), Map.of());

    public ScopeRules {
        whole = Set.copyOf(whole);
        objects = Map.copyOf(objects);
    }

    /**
     * How the rows of a table belong to objects.
     *
     * @param root    the table whose rows are the objects' heads; a root's own rows are part of their objects too
     * @param columns those of the table that hold the root's key, in its order
     */
    public record Part(Table root, List<Integer> columns) {
        public Part {
            columns = List.copyOf(columns);
        }
    }

    public boolean isEmpty() {
        return whole.isEmpty() && objects.isEmpty();
    }

    boolean isWhole(Change change) {
        return whole.contains(change.table().id());
    }

    /** The roots of the objects that a change is part of: two when it moves a row from one object to another. */
    Set<RowKey> roots(Change change) {
        Part part = objects.get(change.table().id());
        if (part == null) {
            return Set.of();
        }
        if (part.root().id().equals(change.table().id())) {
            return Set.of(change.key());
        }
        Map<RowId, RowKey> roots = new LinkedHashMap<>();
        add(root(part, change.before()), roots);
        add(root(part, change.after()), roots);
        return Set.copyOf(roots.values());
    }

    private static void add(@Nullable RowKey root, Map<RowId, RowKey> roots) {
        if (root != null) {
            roots.put(root.id(), root);
        }
    }

    private static @Nullable RowKey root(Part part, @Nullable Image image) {
        if (image == null) {
            return null;
        }
        List<String> values = new ArrayList<>(part.columns().size());
        for (int column : part.columns()) {
            if (!(image.cell(column) instanceof Cell.Value value)) {
                return null;
            }
            values.add(value.text());
        }
        return new RowKey(part.root().id(), values);
    }

    /** Whoever changes a part of an object has used its root: that counts as a change of it which leaves everything as it is. */
    Collection<Change> withUses(Collection<Change> changes) {
        if (objects.isEmpty()) {
            return changes;
        }
        Map<RowId, Change> all = new LinkedHashMap<>();
        changes.forEach(change -> all.put(change.key().id(), change));
        for (Change change : changes) {
            Part part = objects.get(change.table().id());
            if (part != null) {
                roots(change).forEach(root -> all.computeIfAbsent(root.id(), none -> use(part.root(), root)));
            }
        }
        return all.values();
    }

    private static Change use(Table root, RowKey key) {
        return new Change(root, key, Operation.UPDATE, null, Image.keyOnly(root, key));
    }

    /** Whether nothing of the row was changed. */
    static boolean isUse(Change change) {
        Image after = change.after();
        if (change.operation() != Operation.UPDATE || change.before() != null || after == null) {
            return false;
        }
        return after.knownColumns().size() == change.table().key().size();
    }
}
