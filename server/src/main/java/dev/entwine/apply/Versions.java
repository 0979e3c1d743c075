package dev.entwine.apply;

import dev.entwine.merge.Overwritten;
import dev.entwine.merge.TransactionSnapshot;
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
    private @Nullable TransactionSnapshot ended;

    /** @param own the number of the apply transaction itself, which may overwrite what it has written before */
    Versions(int own) {
        this.own = own;
    }

    /** Another apply transaction begins. */
    void begin(int number) {
        take();
        own = number;
    }

    /** Writes begin. */
    void writing() {
        ended = null;
    }

    /** @param snapshot as the server prints it, taken behind the writes */
    void ended(String snapshot) {
        ended = TransactionSnapshot.parse(snapshot).whileRunning(own);
    }

    /** Which transactions had ended after the last writes, their own one not among them; null when the server was not asked. */
    @Nullable
    TransactionSnapshot ended() {
        return ended;
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
