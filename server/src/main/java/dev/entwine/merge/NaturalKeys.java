package dev.entwine.merge;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the rows of the window stand for, of tables whose ids are only stand-ins. Rows that left the window may be in it still. */
final class NaturalKeys {
    private static final int SWEEP_ROWS_MIN = 10_000;

    /** What a row stands for when a part of its natural key is NULL, or when it has none. */
    private static final RowId NOTHING = RowId.of(new TableId("", ""), List.of());

    /**
     * A living row.
     *
     * @param meaning what it stands for, as a fingerprint
     * @param inserts where it was inserted, the first of each site; empty when other sites may have had a row with this id before
     */
    record Row(RowKey key, RowId meaning, VersionVector inserts) {
        /** Whether a site that has seen this has the row. */
        boolean isKnown(VersionVector seen) {
            return inserts.isEmpty()
                    || inserts.sites().stream().anyMatch(site -> seen.contains(site, inserts.at(site)));
        }

        private Row insertedAt(SiteId site, Position position) {
            return inserts.sites().contains(site) ? this : new Row(key, meaning, inserts.with(site, position));
        }
    }

    private final Map<RowId, Row> rows = new HashMap<>();
    private final Map<RowId, RowKey> holders = new HashMap<>();
    private int sweepAt = SWEEP_ROWS_MIN;

    /** Empty for a row that is deleted or unknown. */
    Optional<Row> row(RowId id) {
        return Optional.ofNullable(rows.get(id));
    }

    /** The living row that stands for the same as this image. */
    Optional<Row> holder(RekeyRules.Rule rule, Image image) {
        RowId meaning = meaning(rule, image);
        RowKey key = meaning.equals(NOTHING) ? null : holders.get(meaning);
        return key == null ? Optional.empty() : row(key.id());
    }

    static boolean isSame(Row row, RekeyRules.Rule rule, Image image) {
        return !row.meaning.equals(NOTHING) && row.meaning.equals(meaning(rule, image));
    }

    private static RowId meaning(RekeyRules.Rule rule, Image image) {
        List<String> values = new ArrayList<>();
        for (int column : rule.naturalKey()) {
            if (!(image.cell(column) instanceof Cell.Value value)) {
                return NOTHING;
            }
            values.add(value.text());
        }
        return values.isEmpty() ? NOTHING : RowId.of(rule.table().id(), values);
    }

    /**
     * A change of the row was taken.
     *
     * @param now   what the row is with it; null when it is deleted. What is left out is as it was
     * @param first whether no change of a row with this id has been taken before
     */
    void put(RekeyRules.Rule rule, Change change, SiteId site, Position position, @Nullable Image now, boolean first) {
        RowKey key = change.key();
        Row before = rows.remove(key.id());
        if (before != null) {
            holders.remove(before.meaning, key);
        }
        if (now == null) {
            return;
        }
        boolean whole =
                rule.naturalKey().stream().allMatch(column -> now.cell(column).isKnown());
        RowId meaning = whole || before == null ? meaning(rule, now) : before.meaning;
        Row row = new Row(key, meaning, before == null ? VersionVector.EMPTY : before.inserts);
        if (change.operation() == Operation.INSERT && (first || !row.inserts.isEmpty())) {
            row = row.insertedAt(site, position);
        }
        rows.put(key.id(), row);
        if (!meaning.equals(NOTHING)) {
            holders.put(meaning, key);
        }
    }

    /** From time to time forgets the rows that are not in the window any more. */
    void sweep(Predicate<RowId> inWindow) {
        if (rows.size() < sweepAt) {
            return;
        }
        rows.keySet().removeIf(row -> !inWindow.test(row));
        holders.values().removeIf(key -> !rows.containsKey(key.id()));
        sweepAt = Math.max(SWEEP_ROWS_MIN, 2 * rows.size());
    }
}
