package dev.entwine.merge;

import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.RowKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Folds one transaction's changes to the net change of each row: nobody outside has ever seen what lies between. */
final class Fold {
    private Fold() {}

    static Collection<Change> net(List<Change> changes) {
        if (changes.size() < 2) {
            return changes;
        }
        Map<RowKey, Change> net = new LinkedHashMap<>();
        for (Change change : changes) {
            Change earlier = net.get(change.key());
            Change both = earlier == null ? change : fold(earlier, change);
            if (both == null) {
                net.remove(change.key());
            } else {
                net.put(change.key(), both);
            }
        }
        return net.values();
    }

    /** Null when the row was made and deleted again. */
    private static @Nullable Change fold(Change earlier, Change later) {
        boolean existed = earlier.operation() != Operation.INSERT;
        Image before = earlier.before();
        Image after = later.after();
        if (after == null) {
            return existed ? new Change(later.table(), later.key(), Operation.DELETE, before, null) : null;
        }
        Image previous = earlier.after();
        if (previous != null && later.operation() == Operation.UPDATE) {
            after = after.filledFrom(previous);
        }
        return new Change(later.table(), later.key(), existed ? Operation.UPDATE : Operation.INSERT, before, after);
    }
}
