package dev.entwine.apply;

import dev.entwine.merge.Overwritten;
import dev.entwine.model.RowId;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers what the statements of one apply transaction have overwritten. Owned by its target's thread. */
final class Versions {
    private final Set<Integer> writers = new HashSet<>();
    private final Set<RowId> unlocked = new HashSet<>();
    private int own;
    private boolean blind;

    /** @param own the number of the apply transaction itself, which may overwrite what it has written before */
    Versions(int own) {
        this.own = own;
    }

    /** Another apply transaction begins. */
    void begin(int number) {
        take();
        own = number;
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

    /** A row that was to be deleted was not there. */
    void unlocked(RowId row) {
        unlocked.add(row);
        blind = true;
    }

    /** So many rows were not there to be updated or overwritten. */
    void absent(int rows) {
        blind |= rows > 0;
    }

    /** Of what was written since this was last asked. */
    Overwritten take() {
        Overwritten result = new Overwritten(writers, blind, unlocked);
        writers.clear();
        unlocked.clear();
        blind = false;
        return result;
    }
}
