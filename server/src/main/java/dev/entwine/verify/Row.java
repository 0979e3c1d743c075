package dev.entwine.verify;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A row in text form; ordered by its key alone.
 *
 * @param values in the order of the table's columns; empty for NULL
 */
record Row(List<String> key, List<Optional<String>> values) implements Comparable<Row> {
    Row {
        key = List.copyOf(key);
        values = List.copyOf(values);
    }

    /** As the server orders {@code convert_to(..., 'UTF8')}; the order of Java's own strings is another one. */
    @Override
    public int compareTo(Row other) {
        for (int i = 0; i < key.size(); i++) {
            int order = Arrays.compareUnsigned(
                    key.get(i).getBytes(StandardCharsets.UTF_8),
                    other.key.get(i).getBytes(StandardCharsets.UTF_8));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
