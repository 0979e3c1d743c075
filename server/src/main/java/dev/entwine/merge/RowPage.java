package dev.entwine.merge;

import dev.entwine.model.RowId;
import java.nio.ByteBuffer;

/**
 * Some rows of the window as numbers in one block: a table with open addressing and linear probing (Knuth, The Art of Computer
 * Programming, volume 3, section 6.4). A slot holds the row's fingerprint, its ticket plus one, how often it is awaited, and one
 * position for each site; one whose ticket reads 0 is free.
 */
final class RowPage {
    static final int SLOTS = 2048;
    /** Beyond that a search takes long. */
    static final int ROWS_MAX = SLOTS * 17 / 20;

    private static final int LOW = 8;
    private static final int TICKET = 16;
    private static final int PENDING = 24;
    private static final int POSITIONS = 32;

    private final ByteBuffer block;
    private final int slotBytes;
    /** How many leading bits of their fingerprints all rows of this page have in common. */
    private int depth;

    private int rows;

    RowPage(ByteBuffer block, int sites, int depth) {
        this.block = block;
        this.slotBytes = slotBytes(sites);
        this.depth = depth;
    }

    private static int slotBytes(int sites) {
        return POSITIONS + sites * Long.BYTES;
    }

    static int bytes(int sites) {
        return SLOTS * slotBytes(sites);
    }

    ByteBuffer block() {
        return block;
    }

    int rows() {
        return rows;
    }

    int depth() {
        return depth;
    }

    void setDepth(int bits) {
        depth = bits;
    }

    boolean isFull() {
        return rows >= ROWS_MAX;
    }

    /** The slot that holds the row, or a negative number. */
    int find(RowId id) {
        int slot = home(id.low());
        while (!isFree(slot)) {
            if (high(slot) == id.high() && low(slot) == id.low()) {
                return slot;
            }
            slot = next(slot);
        }
        return -1;
    }

    /** Takes a slot for a row that is not here yet; there must be room. */
    int add(RowId id, long ticket) {
        int slot = home(id.low());
        while (!isFree(slot)) {
            slot = next(slot);
        }
        block.putLong(at(slot), id.high());
        block.putLong(at(slot) + LOW, id.low());
        set(slot, ticket, 0);
        rows++;
        return slot;
    }

    void set(int slot, long ticket, int pending) {
        block.putLong(at(slot) + TICKET, ticket + 1);
        block.putInt(at(slot) + PENDING, pending);
    }

    void setPosition(int slot, int site, long position) {
        block.putLong(at(slot) + POSITIONS + site * Long.BYTES, position);
    }

    long ticket(int slot) {
        return block.getLong(at(slot) + TICKET) - 1;
    }

    int pending(int slot) {
        return block.getInt(at(slot) + PENDING);
    }

    long position(int slot, int site) {
        return block.getLong(at(slot) + POSITIONS + site * Long.BYTES);
    }

    long high(int slot) {
        return block.getLong(at(slot));
    }

    private long low(int slot) {
        return block.getLong(at(slot) + LOW);
    }

    boolean isFree(int slot) {
        return block.getLong(at(slot) + TICKET) == 0;
    }

    /** Frees the slot, and moves those behind it that would not be found any more. */
    void remove(int slot) {
        int gap = slot;
        for (int other = next(gap); !isFree(other); other = next(other)) {
            int wanted = home(low(other));
            if (distance(wanted, other) >= distance(gap, other)) {
                copy(block, at(other), at(gap));
                gap = other;
            }
        }
        block.putLong(at(gap) + TICKET, 0);
        rows--;
    }

    /** Takes over a row from another page. */
    void move(RowPage from, int slot) {
        int free = home(from.low(slot));
        while (!isFree(free)) {
            free = next(free);
        }
        copy(from.block, from.at(slot), at(free));
        rows++;
    }

    private void copy(ByteBuffer from, int source, int target) {
        block.put(target, from, source, slotBytes);
    }

    private int at(int slot) {
        return slot * slotBytes;
    }

    private static int home(long low) {
        return (int) low & (SLOTS - 1);
    }

    private static int next(int slot) {
        return (slot + 1) & (SLOTS - 1);
    }

    private static int distance(int from, int to) {
        return (to - from) & (SLOTS - 1);
    }
}
