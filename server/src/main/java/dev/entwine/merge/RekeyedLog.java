package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One site's log, read as if its rows had had the ids that they have got since. Owned by its merger. */
final class RekeyedLog {
    /** With its place among all of the site, for one row may get other ids several times. */
    private record Numbered(long number, Rekey rekey) {}

    private final RekeyRules rules;
    private final Map<TableId, Map<String, List<Numbered>>> rekeys = new HashMap<>();
    private long count;

    RekeyedLog(RekeyRules rules) {
        this.rules = rules;
    }

    /** To be called in the order in which the ids were changed. */
    void add(Rekey rekey) {
        rekeys.computeIfAbsent(rekey.table(), table -> new HashMap<>())
                .computeIfAbsent(rekey.from(), from -> new ArrayList<>(1))
                .add(new Numbered(++count, rekey));
    }

    /** From here on the log itself has the ids that the transaction gave. */
    void passed(long transaction) {
        for (Map<String, List<Numbered>> ofTable : rekeys.values()) {
            ofTable.values().forEach(list -> list.removeIf(each -> each.rekey.transaction() == (int) transaction));
            ofTable.values().removeIf(List::isEmpty);
        }
        rekeys.values().removeIf(Map::isEmpty);
    }

    LocalTransaction read(LocalTransaction transaction) {
        if (rekeys.isEmpty()) {
            return transaction;
        }
        List<Change> changes = new ArrayList<>(transaction.changes().size());
        for (Change change : transaction.changes()) {
            changes.add(read(change, transaction.position()));
        }
        return new LocalTransaction(
                transaction.site(),
                transaction.position(),
                transaction.commitMicros(),
                transaction.transaction(),
                changes,
                transaction.truncated(),
                transaction.notes());
    }

    private Change read(Change change, Position position) {
        Change result = change;
        if (rekeys.containsKey(change.table().id())) {
            result =
                    with(result, change.table().key().getFirst(), change.table().id(), IdHolder.VALUE, position);
        }
        for (RekeyRules.Reference reference :
                rules.references().getOrDefault(change.table().id(), List.of())) {
            if (rekeys.containsKey(reference.parent())) {
                result = with(result, reference.column(), reference.parent(), reference.holder(), position);
            }
        }
        return result;
    }

    private Change with(Change change, int column, TableId parent, IdHolder holder, Position position) {
        int place = change.table().key().indexOf(column);
        RowKey key = change.key();
        if (place >= 0) {
            List<String> values = new ArrayList<>(key.values());
            values.set(place, holder.replaced(values.get(place), id -> id(parent, id, position)));
            key = values.equals(key.values()) ? key : new RowKey(key.table(), values);
        }
        return new Change(
                change.table(),
                key,
                change.operation(),
                with(change.before(), column, parent, holder, position),
                with(change.after(), column, parent, holder, position));
    }

    private @Nullable Image with(
            @Nullable Image image, int column, TableId parent, IdHolder holder, Position position) {
        if (image == null || !(image.cell(column) instanceof Cell.Value value)) {
            return image;
        }
        String text = value.text();
        String replaced = holder.replaced(text, id -> id(parent, id, position));
        return replaced.equals(text) ? image : image.with(Map.of(column, Cell.text(replaced)));
    }

    /** The id that a row has now which the log, at a place, calls by this one. */
    private String id(TableId table, String id, Position position) {
        String result = id;
        long last = 0;
        while (true) {
            Numbered next = next(table, result, position, last);
            if (next == null) {
                return result;
            }
            result = next.rekey.to();
            last = next.number;
        }
    }

    private @Nullable Numbered next(TableId table, String id, Position position, long after) {
        for (Numbered each : rekeys.getOrDefault(table, Map.of()).getOrDefault(id, List.of())) {
            if (each.number > after && !each.rekey.since().isAfter(position)) {
                return each;
            }
        }
        return null;
    }
}
