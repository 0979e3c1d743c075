package dev.entwine.apply;

import dev.entwine.model.RowKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key of a synchronized table.
 *
 * @param columns       the child's columns, by index
 * @param parentName    the parent's name, quoted, with its schema
 * @param partitioned   whether the parent's rows lie in its partitions; another table's heirs hold none that can be referred to
 * @param parentColumns the parent's columns, quoted, in the same order
 * @param operators     by which the parent's column is compared with the child's
 * @param parent        the parent, if it is synchronized
 * @param parentKey     where in {@code columns} the columns stand that refer to those of the parent's key, in key order; empty when
 *                      they refer to something else
 */
record Reference(
        TargetTable child,
        String name,
        List<Integer> columns,
        String parentName,
        boolean partitioned,
        List<String> parentColumns,
        List<String> operators,
        @Nullable TargetTable parent,
        List<Integer> parentKey) {
    Reference {
        columns = List.copyOf(columns);
        parentColumns = List.copyOf(parentColumns);
        operators = List.copyOf(operators);
        parentKey = List.copyOf(parentKey);
    }

    /**
     * Parameters: one text array for each of the columns. Returns the ordinals of those whose parent is not there, and locks the parents
     * that are, so that whoever deletes one waits and then finds the child.
     */
    String parentsNotThere() {
        return "SELECT v.n FROM " + Parameters.MANY.rows(columns.size()) + " WHERE " + someNotThere()
                + "NOT EXISTS (SELECT FROM " + parents() + " p WHERE "
                + String.join(" AND ", matches("p", parentColumns)) + " FOR KEY SHARE)";
    }

    /**
     * Looking all parents up by one scan of the index, and counting them, costs the server two thirds of looking up each; mostly all
     * are there, and nothing else is left to do. A value of an array's type cannot be an element of an array.
     */
    private String someNotThere() {
        String type = child.type(columns.getFirst());
        if (columns.size() > 1 || type.endsWith("]")) {
            return "";
        }
        return "(SELECT count(*) FROM (SELECT FROM " + parents() + " p WHERE p." + parentColumns.getFirst()
                + operators.getFirst() + "ANY ($1::text[]::" + type
                + "[]) FOR KEY SHARE) there) < cardinality($1) AND ";
    }

    private String parents() {
        return partitioned ? parentName : "ONLY " + parentName;
    }

    /** Whether it refers to the key of a synchronized table. */
    boolean isToKey() {
        return parent != null && !parentKey.isEmpty();
    }

    /** Whom a row with these values refers to. */
    RowKey parentKey(List<String> values) {
        TargetTable target = Objects.requireNonNull(parent);
        List<String> key = new ArrayList<>(parentKey.size());
        for (int i = 0; i < parentKey.size(); i++) {
            key.add(target.keyText(target.table().key().get(i), values.get(parentKey.get(i))));
        }
        return new RowKey(target.table().id(), key);
    }

    /** Parameters: one text array for each of the columns, and how many to return at most. Returns ordinals of children, their keys, and the columns. */
    String childrenThere() {
        List<String> childColumns = columns.stream().map(child::column).toList();
        return "SELECT v.n, " + child.keyTexts("t") + ", " + child.texts("t", columns) + " FROM "
                + Parameters.MANY.rows(columns.size()) + " JOIN "
                + child.name() + " t ON " + String.join(" AND ", matches("t", childColumns)) + " LIMIT $"
                + (columns.size() + 1);
    }

    private List<String> matches(String alias, List<String> names) {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String operator = alias.equals("p") ? operators.get(i) : " = ";
            conditions.add(alias + "." + names.get(i) + operator + "v.c" + i + "::" + child.type(columns.get(i)));
        }
        return conditions;
    }
}
