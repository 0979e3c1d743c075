package dev.entwine.apply;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a statement is given the values of its rows, as texts. Stateless. */
enum Parameters {
    /** One row: a text for each column. The server needs about two thirds of the time that it needs for an array of one. */
    ONE {
        @Override
        String rows(int columns) {
            return "(VALUES (" + list(1, "$%d::text", columns) + ", 1)) AS v(" + list(0, "c%d", columns) + ", n)";
        }

        @Override
        String literal(List<@Nullable String> values) {
            return Script.textOrNull(values.getFirst());
        }
    },

    /** Any number of rows: an array of texts for each column. */
    MANY {
        @Override
        String rows(int columns) {
            return "unnest(" + list(1, "$%d::text[]", columns) + ") WITH ORDINALITY AS v(" + list(0, "c%d", columns)
                    + ", n)";
        }

        @Override
        String literal(List<@Nullable String> values) {
            return Script.array(values);
        }
    };

    static Parameters of(int rows) {
        return rows == 1 ? ONE : MANY;
    }

    /** What stands behind FROM: {@code v}, with the columns {@code c0}, {@code c1} and so on, and each row's ordinal {@code n}. */
    abstract String rows(int columns);

    /** The values of one column, one for each row. */
    abstract String literal(List<@Nullable String> values);

    private static String list(int first, String each, int columns) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            all.add(each.formatted(first + i));
        }
        return String.join(", ", all);
    }
}
