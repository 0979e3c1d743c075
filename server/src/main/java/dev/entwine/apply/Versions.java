package dev.entwine.apply;

import dev.entwine.merge.Overwritten;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers what the statements of one apply transaction have overwritten. Owned by its target's thread. */
final class Versions {
    private final Set<Integer> writers = new HashSet<>();
    private final int own;
    private boolean blind;

    /** @param own the number of the apply transaction itself, which may overwrite what it has written before */
    Versions(int own) {
        this.own = own;
    }

    /** @param writer as the server prints an {@code xid}; null when it does not tell */
    void overwrote(@Nullable String writer) {
        if (writer == null) {
            blind = true;
            return;
        }
        int number = Integer.parseUnsignedInt(writer);
        if (number != own) {
            writers.add(number);
        }
    }

    /** So many rows were not there. */
    void absent(int rows) {
        blind |= rows > 0;
    }

    /** Of what was written since this was last asked. */
    Overwritten take() {
        Overwritten result = new Overwritten(writers, blind);
        writers.clear();
        blind = false;
        return result;
    }
}
