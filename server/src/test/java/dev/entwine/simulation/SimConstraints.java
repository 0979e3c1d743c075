package dev.entwine.simulation;

import dev.entwine.merge.Clash;
import dev.entwine.merge.ConstraintRule;
import dev.entwine.merge.ConstraintRule.OnClaim;
import dev.entwine.merge.ConstraintRule.OnOrphan;
import dev.entwine.merge.RekeyRules;
import dev.entwine.merge.ScopeRules;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the fake databases of a mode hold: whether the counter is a value that only one row may have, and whether it refers to another
 * row by its id. NULL claims nothing and refers to nothing. And what is decided together.
 */
record SimConstraints(boolean unique, boolean referring, ConstraintRule rule, RekeyRules rekeying, ScopeRules scoping) {
    static final SimConstraints NONE = new SimConstraints(false, false, ConstraintRule.DEFAULT);

    private SimConstraints(boolean unique, boolean referring, ConstraintRule rule) {
        this(unique, referring, rule, RekeyRules.NONE, ScopeRules.NONE);
    }

    static SimConstraints of(String mode) {
        return switch (mode) {
            case "unique" -> new SimConstraints(true, false, ConstraintRule.DEFAULT);
            case "unique_null" ->
                new SimConstraints(true, false, rule(OnClaim.SET_NULL, SimTable.COUNTER, OnOrphan.RESTORE_PARENT));
            case "parent" -> new SimConstraints(false, true, ConstraintRule.DEFAULT);
            case "child" -> new SimConstraints(false, true, rule(OnClaim.QUARANTINE, -1, OnOrphan.QUARANTINE_CHILD));
            case "cut" -> new SimConstraints(false, true, rule(OnClaim.QUARANTINE, -1, OnOrphan.SET_NULL));
            case "unique_parent" -> new SimConstraints(true, true, ConstraintRule.DEFAULT);
            case "rekey" -> rekeying(true);
            case "natural" -> rekeying(false);
            case "whole" -> NONE.together();
            case "whole_unique" -> of("unique").together();
            case "whole_parent" -> of("parent").together();
            default -> NONE;
        };
    }

    /** The counter says what a row stands for, and its id does not. */
    private static SimConstraints rekeying(boolean onSameId) {
        RekeyRules.Rule rule = new RekeyRules.Rule(SimTable.TABLE, List.of(SimTable.COUNTER), onSameId);
        return new SimConstraints(
                true,
                false,
                ConstraintRule.DEFAULT,
                new RekeyRules(Map.of(SimTable.TABLE.id(), rule), Map.of()),
                ScopeRules.NONE);
    }

    /** The same where a transaction wins or loses whole. */
    private SimConstraints together() {
        return new SimConstraints(
                unique, referring, rule, rekeying, new ScopeRules(Set.of(SimTable.TABLE.id()), Map.of()));
    }

    private static ConstraintRule rule(OnClaim claim, int column, OnOrphan orphan) {
        return new ConstraintRule(claim, column, Integer.MAX_VALUE, orphan);
    }

    /** Whether a row gives its id up for another one that was inserted with it elsewhere. */
    boolean movesOnSameId() {
        return rekeying.rules().values().stream().anyMatch(RekeyRules.Rule::onSameId);
    }

    boolean any() {
        return unique || referring;
    }

    /** What a row claims or refers to; null for nothing, and where the log left it out. */
    static @Nullable String value(@Nullable Image image) {
        return image != null && image.cell(SimTable.COUNTER) instanceof Cell.Value value ? value.text() : null;
    }

    /** What does not hold of these rows, as far as one of the written ones is concerned. */
    List<Clash> broken(Map<RowKey, SimSite.Held> committed, Map<RowKey, SimSite.Held> written) {
        Map<RowKey, SimSite.Held> all = new LinkedHashMap<>(committed);
        all.putAll(written);
        List<Clash> clashes = new ArrayList<>();
        if (unique) {
            addClaimed(all, written.keySet(), clashes);
        }
        if (referring) {
            addOrphaned(all, written.keySet(), clashes);
        }
        return clashes;
    }

    /** The same when rows are written one by one, each as soon as nothing is in its way: what is in the way of those that are left. */
    List<Clash> brokenOneByOne(Map<RowKey, SimSite.Held> committed, Map<RowKey, SimSite.Held> written) {
        Map<RowKey, SimSite.Held> done = new LinkedHashMap<>();
        Map<RowKey, List<Clash>> refused = new LinkedHashMap<>();
        int before;
        do {
            before = done.size();
            refused.clear();
            for (Map.Entry<RowKey, SimSite.Held> row : written.entrySet()) {
                if (!done.containsKey(row.getKey())) {
                    done.put(row.getKey(), row.getValue());
                    List<Clash> clashes = broken(committed, done).stream()
                            .filter(clash -> rows(List.of(clash)).contains(row.getKey()))
                            .toList();
                    if (!clashes.isEmpty()) {
                        done.remove(row.getKey());
                        refused.put(row.getKey(), clashes);
                    }
                }
            }
        } while (done.size() > before && done.size() < written.size());
        return refused.values().stream().flatMap(List::stream).toList();
    }

    private static void addClaimed(Map<RowKey, SimSite.Held> all, Set<RowKey> written, List<Clash> clashes) {
        Map<String, List<RowKey>> claims = new HashMap<>();
        all.forEach((key, row) -> {
            String value = value(row.image());
            if (value != null) {
                claims.computeIfAbsent(value, none -> new ArrayList<>()).add(key);
            }
        });
        for (List<RowKey> keys : claims.values()) {
            for (int i = 0; i < keys.size(); i++) {
                for (int j = i + 1; j < keys.size(); j++) {
                    if (written.contains(keys.get(i)) || written.contains(keys.get(j))) {
                        clashes.add(
                                new Clash.Claimed("u", List.of(SimTable.COUNTER), row(keys.get(i)), row(keys.get(j))));
                    }
                }
            }
        }
    }

    private static void addOrphaned(Map<RowKey, SimSite.Held> all, Set<RowKey> written, List<Clash> clashes) {
        all.forEach((key, row) -> {
            String value = value(row.image());
            if (value != null) {
                RowKey parent = SimTable.key(Integer.parseInt(value));
                SimSite.Held there = all.get(parent);
                if ((there == null || there.image() == null) && (written.contains(key) || written.contains(parent))) {
                    clashes.add(
                            new Clash.Orphaned("f", List.of(SimTable.COUNTER), List.of(value), row(key), row(parent)));
                }
            }
        });
    }

    private static Clash.Row row(RowKey key) {
        return new Clash.Row(SimTable.TABLE, key);
    }

    /** The rows that a transaction which has written these locks beside them, so that they stay. */
    Set<RowKey> shared(Map<RowKey, SimSite.Held> written) {
        Set<RowKey> parents = new HashSet<>();
        if (referring) {
            written.values().forEach(row -> {
                String value = value(row.image());
                if (value != null) {
                    parents.add(SimTable.key(Integer.parseInt(value)));
                }
            });
        }
        return parents;
    }

    /** All rows that clashes are about. */
    static Set<RowKey> rows(List<Clash> clashes) {
        Set<RowKey> rows = new HashSet<>();
        for (Clash clash : clashes) {
            clash.rows().forEach(row -> rows.add(row.key()));
        }
        return rows;
    }
}
