package dev.entwine.apply;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A constraint by which a value belongs to one row alone: a unique index that is not the key, or an exclusion constraint. Compared is
 * as the server does it, by the index's own expressions, operators and collations.
 *
 * @param columns     those that the constraint is about, by index
 * @param expressions what is compared, in terms of the table's columns
 * @param comparisons for each of these the collation, if any, and the operator
 * @param predicate   which rows it is about; null for all
 * @param nullsEqual  whether NULL claims like a value
 */
record Claim(
        TargetTable target,
        String name,
        List<Integer> columns,
        List<String> expressions,
        List<String> comparisons,
        @Nullable String predicate,
        boolean nullsEqual) {
    Claim {
        columns = List.copyOf(columns);
        expressions = List.copyOf(expressions);
        comparisons = List.copyOf(comparisons);
    }

    /** The columns whose values have to be given, the key's first. */
    List<Integer> given() {
        List<Integer> given = new ArrayList<>(target.table().key());
        columns.stream().filter(column -> !given.contains(column)).forEach(given::add);
        return given;
    }

    /**
     * Parameters: one text array for each given column. Returns the ordinal of a row that is to be written and the key of one that is
     * there and claims the same, which it locks.
     */
    String rivals() {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < expressions.size(); i++) {
            conditions.add(condition("(" + expressions.get(i) + ")", i, "w.entwine_e" + i));
        }
        if (predicate != null) {
            conditions.add("(" + predicate + ")");
        }
        return claimants() + "SELECT w.entwine_n, " + target.keyTexts("t") + " FROM entwine_new w JOIN " + target.name()
                + " t ON " + String.join(" AND ", conditions) + " FOR UPDATE OF t";
    }

    /** Parameters: one text array for each given column. Returns the ordinals of two rows that are to be written and claim the same. */
    String pairs() {
        List<String> conditions = new ArrayList<>(List.of("w.entwine_n < o.entwine_n"));
        for (int i = 0; i < expressions.size(); i++) {
            conditions.add(condition("w.entwine_e" + i, i, "o.entwine_e" + i));
        }
        return claimants() + "SELECT w.entwine_n, o.entwine_n FROM entwine_new w JOIN entwine_new o ON "
                + String.join(" AND ", conditions);
    }

    private String condition(String left, int index, String right) {
        String same = left + comparisons.get(index) + right;
        return nullsEqual ? "(" + same + " OR (" + left + " IS NULL AND " + right + " IS NULL))" : same;
    }

    private String claimants() {
        List<Integer> given = given();
        List<String> columnsOfRow = new ArrayList<>(List.of("v.n AS entwine_n"));
        for (int i = 0; i < given.size(); i++) {
            columnsOfRow.add("v.c" + i + "::" + target.type(given.get(i)) + " AS " + target.column(given.get(i)));
        }
        List<String> claimed = new ArrayList<>(List.of("r.entwine_n"));
        for (int i = 0; i < expressions.size(); i++) {
            claimed.add("(" + expressions.get(i) + ") AS entwine_e" + i);
        }
        return "WITH entwine_new AS MATERIALIZED (SELECT " + String.join(", ", claimed) + " FROM (SELECT "
                + String.join(", ", columnsOfRow) + " FROM " + Parameters.MANY.rows(given.size()) + ") r"
                + (predicate == null ? "" : " WHERE (" + predicate + ")") + ") ";
    }
}
