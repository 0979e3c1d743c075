package dev.entwine.merge;

import dev.entwine.model.Image;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides what concurrent versions of a row become. */
public interface Policy {
    /** As it is written in the configuration and in the journal. */
    String name();

    /**
     * Which of these versions stands.
     *
     * @param heads at least two, none of which had seen another; the one that arrived last comes last. So that the outcome does not
     *              depend on the order of arrival, a policy must not heed their order
     * @param base  the row that they began with, if the policy's {@link #columns} keep it; null when there was none
     */
    Outcome decide(List<Contender> heads, @Nullable Image base);

    /** The same, where repairs give way to whatever had not seen them. */
    default Outcome choose(List<Contender> heads, @Nullable Image base) {
        List<Contender> changes =
                heads.stream().filter(version -> !version.repair()).toList();
        return switch (changes.size()) {
            case 0 -> decide(heads, base);
            case 1 -> Outcome.decided(changes.getFirst());
            default -> decide(changes, base);
        };
    }

    /** Which of two rows keeps what a constraint gives to one alone: as if they were versions of one row. Neither is a delete. */
    default Contender preferred(Contender one, Contender other) {
        return choose(List.of(one, other), null).standing();
    }

    /** Why the one version stands and not the other, in words. */
    default String reason(Contender stood, Contender lost) {
        return name() + " chose the version of site " + stood.site();
    }

    /** The columns that are not taken from the version that stands. */
    default Columns columns() {
        return Columns.NONE;
    }

    /** Whether a conflict must stop the engine before anything of it is taken. */
    default boolean halts() {
        return false;
    }
}
