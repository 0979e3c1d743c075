package dev.entwine.verify;

import dev.entwine.db.Identifiers;
import dev.entwine.verify.Shape.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A share of a table: the rows whose keys come after one key, up to another one and with it, by the order of the key's own index at
 * each site. Ranges that follow each other, from {@link #ALL}'s beginning to its end, hold every row, even where the sites do not order
 * their keys alike: see the package's DESIGN.md.
 *
 * @param after   empty at the table's beginning
 * @param through empty at its end
 */
record KeyRange(Optional<List<String>> after, Optional<List<String>> through) {
    static final KeyRange ALL = new KeyRange(Optional.empty(), Optional.empty());

    boolean isAll() {
        return after.isEmpty() && through.isEmpty();
    }

    KeyRange upTo(Optional<List<String>> key) {
        return new KeyRange(after, key);
    }

    /** For a table with the alias {@code t}. */
    String condition(Shape shape) {
        List<String> both = new ArrayList<>();
        after.ifPresent(key -> both.add(names(shape) + " > " + values(shape, key)));
        through.ifPresent(key -> both.add(names(shape) + " <= " + values(shape, key)));
        return both.isEmpty() ? "true" : String.join(" AND ", both);
    }

    private static String names(Shape shape) {
        return "ROW("
                + String.join(
                        ", ", shape.keyColumns().stream().map(Encoding::name).toList()) + ")";
    }

    static String values(Shape shape, List<String> key) {
        List<Column> columns = shape.keyColumns();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            values.add(Identifiers.literal(key.get(i)) + "::" + columns.get(i).type());
        }
        return "ROW(" + String.join(", ", values) + ")";
    }
}
