package dev.entwine.merge;

import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the window that are not in conflict, as numbers in pages. A directory leads from the leading bits of a fingerprint to
 * its page; a page that is full is split in two, two halves that have become nearly empty are joined (extendible hashing: Fagin,
 * Nievergelt, Pippenger, Strong, 1979). So the heap holds a reference for each page, wherever the pages' blocks are.
 */
final class RowPages {
    /** Fingerprints are spread evenly, so that pages of two thousand rows never come near. */
    private static final int DEPTH_MAX = 30;

    /** Two pages become one that has room for at least as many rows again. */
    private static final int JOINED_ROWS_MAX = RowPage.ROWS_MAX / 3;

    private final SiteId[] sites;
    private final WindowMemory memory;
    private RowPage[] directory;
    private int depth;
    private int size;

    RowPages(List<SiteId> sites, WindowMemory memory) {
        this.sites = sites.stream().sorted().toArray(SiteId[]::new);
        this.memory = memory;
        this.directory = new RowPage[] {page(0)};
    }

    int size() {
        return size;
    }

    @Nullable
    WindowRow get(RowId id) {
        RowPage page = directory[index(id.high())];
        int slot = page.find(id);
        if (slot < 0) {
            return null;
        }
        VersionVector vector = VersionVector.EMPTY;
        for (int i = 0; i < sites.length; i++) {
            vector = vector.with(sites[i], new Position(page.position(slot, i)));
        }
        return WindowRow.stored(id, vector, page.ticket(slot), page.pending(slot), this);
    }

    void put(WindowRow row) {
        RowPage page = directory[index(row.id().high())];
        int slot = page.find(row.id());
        if (slot < 0) {
            page = roomFor(row.id());
            slot = page.add(row.id(), row.ticket());
            size++;
        }
        page.set(slot, row.ticket(), row.pending());
        VersionVector vector = row.vector();
        int named = 0;
        for (int i = 0; i < sites.length; i++) {
            Position position = vector.at(sites[i]);
            named += position.equals(Position.NONE) ? 0 : 1;
            page.setPosition(slot, i, position.value());
        }
        if (named != vector.sites().size()) {
            throw new IllegalStateException(
                    "row " + row.id() + " at " + vector + " names a site that is not one of " + Arrays.toString(sites));
        }
    }

    void remove(RowId id) {
        RowPage page = directory[index(id.high())];
        int slot = page.find(id);
        if (slot < 0) {
            throw new IllegalStateException("row " + id + " is not in the window");
        }
        page.remove(slot);
        size--;
        joinIfSparse(page, id.high());
    }

    private RowPage page(int bits) {
        return new RowPage(memory.take(RowPage.bytes(sites.length)), sites.length, bits);
    }

    private int index(long high) {
        return depth == 0 ? 0 : (int) (high >>> (Long.SIZE - depth));
    }

    private RowPage roomFor(RowId id) {
        while (directory[index(id.high())].isFull()) {
            split(directory[index(id.high())], id.high());
        }
        return directory[index(id.high())];
    }

    private void split(RowPage full, long high) {
        if (full.depth() == depth) {
            grow();
        }
        int bits = full.depth() + 1;
        RowPage zeros = page(bits);
        RowPage ones = page(bits);
        for (int slot = 0; slot < RowPage.SLOTS; slot++) {
            if (!full.isFree(slot)) {
                boolean one = (full.high(slot) >>> (Long.SIZE - bits) & 1) == 1;
                (one ? ones : zeros).move(full, slot);
            }
        }
        long prefix = bits == 1 ? 0 : high >>> (Long.SIZE - bits + 1);
        assign(prefix << 1, bits, zeros);
        assign(prefix << 1 | 1, bits, ones);
        memory.giveBack(full.block());
    }

    private void grow() {
        if (depth == DEPTH_MAX) {
            throw new IllegalStateException("the fingerprints of " + size + " rows are not spread evenly");
        }
        RowPage[] twice = new RowPage[directory.length * 2];
        for (int i = 0; i < twice.length; i++) {
            twice[i] = directory[i / 2];
        }
        directory = twice;
        depth++;
    }

    /** Lets all entries of the directory that begin with these bits lead to the page. */
    private void assign(long prefix, int bits, RowPage page) {
        int from = (int) (prefix << (depth - bits));
        Arrays.fill(directory, from, from + (1 << (depth - bits)), page);
    }

    private void joinIfSparse(RowPage page, long high) {
        int bits = page.depth();
        if (bits == 0 || page.rows() > JOINED_ROWS_MAX) {
            return;
        }
        long prefix = high >>> (Long.SIZE - bits);
        RowPage other = directory[(int) ((prefix ^ 1) << (depth - bits))];
        if (other.depth() != bits || page.rows() + other.rows() > JOINED_ROWS_MAX) {
            return;
        }
        for (int slot = 0; slot < RowPage.SLOTS; slot++) {
            if (!other.isFree(slot)) {
                page.move(other, slot);
            }
        }
        page.setDepth(bits - 1);
        assign(prefix >>> 1, bits - 1, page);
        memory.giveBack(other.block());
    }
}
