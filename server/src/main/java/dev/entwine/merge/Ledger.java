package dev.entwine.merge;

import dev.entwine.model.Image;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What concurrent changes have made of the columns that are merged by themselves, kept as long as a row is in conflict. Each change
 * goes in once, and their order makes no difference.
 *
 * @param image the row as it would be if no delete had taken it away; null before the first version
 * @param marks who set a group of columns, or an element of a set, last; nobody since the sites agreed where there is none
 * @param base  the row before the versions that had not seen each other; null when there was none
 */
public record Ledger(
        @Nullable Image image,
        Map<String, Mark> marks,
        @Nullable Image base) {
    static Ledger from(@Nullable Image base) {
        return new Ledger(null, Map.of(), base);
    }

    public Ledger {
        marks = Map.copyOf(marks);
    }
}
