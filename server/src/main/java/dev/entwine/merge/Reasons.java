package dev.entwine.merge;

import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
import dev.entwine.model.Image;
import dev.entwine.model.Table;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a conflict was decided as it was: one line for people, without values of the row. */
final class Reasons {
    private Reasons() {}

    static String of(Policy policy, Table table, Outcome outcome, Verdict verdict, Contender a, Contender b) {
        if (!outcome.failure().isEmpty()) {
            return outcome.failure().lines().findFirst().orElse("") + "; the later version stands meanwhile";
        }
        if (a.repair() != b.repair()) {
            return "a repair gives way to a change that had not seen it";
        }
        return switch (verdict) {
            case Choice choice -> policy.reason(choice == Choice.MERGED ? a : b, choice == Choice.MERGED ? b : a);
            case Combined combined -> byColumn(table, combined.image(), a, b);
        };
    }

    static String byTime(Contender stood, Contender lost) {
        return stood.stamp().equals(lost.stamp())
                ? "committed at the same time " + stood.stamp() + ", and site " + stood.site() + " comes first"
                : "committed at " + stood.stamp() + ", the other at " + lost.stamp();
    }

    private static String byColumn(Table table, Image result, Contender a, Contender b) {
        List<String> ofA = new ArrayList<>();
        List<String> ofB = new ArrayList<>();
        List<String> ofNeither = new ArrayList<>();
        for (int i = 0; i < result.size(); i++) {
            boolean asA = isAs(a.image(), result, i);
            boolean asB = isAs(b.image(), result, i);
            List<String> where = asA ? ofA : asB ? ofB : ofNeither;
            if (!(asA && asB)) {
                where.add(table.columns().get(i));
            }
        }
        List<String> parts = new ArrayList<>();
        add(parts, ofA, "as at " + a.site());
        add(parts, ofB, "as at " + b.site());
        add(parts, ofNeither, "of both");
        return "merged by column: " + String.join("; ", parts);
    }

    private static boolean isAs(@Nullable Image image, Image result, int column) {
        return image != null && image.cell(column).equals(result.cell(column));
    }

    private static void add(List<String> parts, List<String> columns, String how) {
        if (!columns.isEmpty()) {
            parts.add(String.join(", ", columns) + " " + how);
        }
    }
}
