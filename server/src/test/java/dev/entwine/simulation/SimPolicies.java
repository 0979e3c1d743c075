package dev.entwine.simulation;

import dev.entwine.merge.CellOrder;
import dev.entwine.merge.Columns;
import dev.entwine.merge.Contender;
import dev.entwine.merge.DeleteRule;
import dev.entwine.merge.Outcome;
import dev.entwine.merge.Policy;
import dev.entwine.merge.RowPolicy;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The simulation's modes: a policy each, and what it takes to judge it. */
final class SimPolicies {
    private static final CellOrder NUMBERS = CellOrder.ascending(CellOrder.Kind.NUMBERS);
    private static final Columns COUNTED = columns(List.of(), List.of(SimTable.COUNTER));
    /** Tag and counter move together. */
    private static final List<List<Integer>> GROUPS =
            List.of(List.of(SimTable.TAG, SimTable.COUNTER), List.of(SimTable.BIG));

    private SimPolicies() {}

    private static Columns columns(List<List<Integer>> groups, List<Integer> sums) {
        return new Columns(SimTable.TABLE.columns(), groups, sums, Map.of(), Map.of(), false);
    }

    static Policy of(String mode, List<SiteId> precedence) {
        return switch (mode) {
            case "latest",
                    "unique",
                    "unique_null",
                    "parent",
                    "child",
                    "cut",
                    "unique_parent",
                    "rekey",
                    "natural",
                    "whole",
                    "whole_unique",
                    "whole_parent" -> RowPolicy.latest(precedence);
            case "earliest" -> RowPolicy.earliest(precedence);
            case "precedence" -> RowPolicy.precedence(precedence);
            case "greatest" -> RowPolicy.greatest(SimTable.COUNTER, NUMBERS, precedence);
            case "update_wins" -> RowPolicy.earliest(precedence).onDelete(DeleteRule.UPDATE_WINS);
            case "delete_wins" -> RowPolicy.latest(precedence).onDelete(DeleteRule.DELETE_WINS);
            case "later_delete" -> RowPolicy.precedence(precedence).onDelete(DeleteRule.LATEST);
            case "manual" -> RowPolicy.latest(precedence).named("manual").leavingOpen();
            case "merge" -> RowPolicy.latest(precedence).with(columns(GROUPS, List.of()));
            case "delta" -> RowPolicy.latest(precedence).with(COUNTED);
            case "counted" ->
                RowPolicy.latest(precedence).onDelete(DeleteRule.UPDATE_WINS).with(COUNTED);
            case "custom" -> new HashPolicy();
            default -> throw new IllegalArgumentException(mode);
        };
    }

    static boolean needFullIdentity(String mode) {
        return merges(mode) || mode.equals("greatest") || mode.startsWith("whole");
    }

    /** Whether differences are added up. */
    static boolean counts(String mode) {
        return mode.equals("delta") || mode.equals("counted");
    }

    /** Whether a row may end as something that nobody wrote as a whole. */
    static boolean merges(String mode) {
        return counts(mode) || mode.equals("merge");
    }

    /** Columns that must come from one version. */
    static List<List<Integer>> groups(String mode) {
        return mode.equals("merge") ? GROUPS : List.of();
    }

    /** Chooses by a hash of versions in the order of arrival: harder than any real rule. */
    private record HashPolicy() implements Policy {
        @Override
        public String name() {
            return "hash";
        }

        @Override
        public Outcome decide(List<Contender> heads, @Nullable Image base) {
            Contender result = heads.getFirst();
            for (Contender arriving : heads.subList(1, heads.size())) {
                int hash =
                        (result.site().name() + result.position() + arriving.site() + arriving.position()).hashCode();
                result = Math.floorMod(hash * 31, 7) % 2 == 0 ? result : arriving;
            }
            return new Outcome(result, Map.of(), false);
        }
    }
}
