package dev.entwine.testkit.witness;

import java.util.Optional;
import java.util.Set;

/**
 * What a transaction made of a row, from its first to its last statement.
 *
 * @param before  what stood there when the transaction came; empty: nothing
 * @param after   what it left; empty: nothing
 * @param leftOut columns with large values that stayed as they were, and that the log therefore does not hold
 */
public record Effect(RowId row, Optional<Image> before, Optional<Image> after, Set<String> leftOut) {
    public Effect {
        leftOut = Set.copyOf(leftOut);
    }

    public Effect(RowId row, Optional<Image> before, Optional<Image> after) {
        this(row, before, after, Set.of());
    }

    public boolean isDelete() {
        return after.isEmpty();
    }

    public Effect withAfter(Optional<Image> other) {
        return new Effect(row, before, other, leftOut);
    }
}
