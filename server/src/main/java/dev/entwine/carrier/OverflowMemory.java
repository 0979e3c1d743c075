package dev.entwine.carrier;

import dev.entwine.merge.WindowMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;

/**
 * The window's blocks: on the heap up to a bound, beyond it in mapped files, which the operating system keeps in memory as long as it
 * has some to spare. Not thread-safe: owned by whoever owns the merger. A file that cannot be written ends the engine ({@link
 * UncheckedIOException}); nothing is lost by that, the slots still hold it.
 */
final class OverflowMemory implements WindowMemory {
    /** Small enough that a file soon goes again, and so large that there are few. */
    static final int FILE_BYTES = 16 << 20;

    /** A file and which of its blocks are free; the file goes when all are. */
    private static final class Region {
        final Path file;
        final Deque<ByteBuffer> free = new ArrayDeque<>();
        int used;

        Region(Path file) {
            this.file = file;
        }
    }

    private final Path directory;
    private final long heapBytesMax;
    /** The block's region, by the block itself. */
    private final IdentityHashMap<ByteBuffer, Region> regions = new IdentityHashMap<>();
    /** Regions with a free block. */
    private final Deque<Region> open = new ArrayDeque<>();

    private long heapBytes;
    private long fileBytes;
    private long files;

    /** @param directory where files are made, and deleted when nobody needs them */
    OverflowMemory(Path directory, long heapBytesMax) {
        this.directory = directory;
        this.heapBytesMax = heapBytesMax;
    }

    @Override
    public ByteBuffer take(int bytes) {
        if (heapBytes + bytes <= heapBytesMax || bytes > FILE_BYTES) {
            heapBytes += bytes;
            return ByteBuffer.allocate(bytes);
        }
        if (open.isEmpty()) {
            open.add(map(bytes));
        }
        Region region = open.getFirst();
        ByteBuffer block = region.free.removeFirst();
        region.used++;
        if (region.free.isEmpty()) {
            open.remove(region);
        }
        regions.put(block, region);
        return block;
    }

    private Region map(int bytes) {
        Region region = new Region(directory.resolve("window-" + files++));
        try (FileChannel channel = FileChannel.open(
                region.file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(FILE_BYTES); // a full disk must show here, not at a later access
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            ByteBuffer all = channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES);
            for (int at = 0; at + bytes <= FILE_BYTES; at += bytes) {
                region.free.addLast(all.slice(at, bytes));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the window cannot overflow to " + directory, e);
        }
        fileBytes += FILE_BYTES;
        return region;
    }

    @Override
    public void giveBack(ByteBuffer block) {
        Region region = regions.remove(block);
        if (region == null) {
            heapBytes -= block.capacity();
            return;
        }
        if (region.free.isEmpty()) {
            open.addLast(region);
        }
        block.put(0, new byte[block.capacity()]);
        region.free.addLast(block);
        if (--region.used == 0) {
            delete(region);
        }
    }

    private void delete(Region region) {
        open.remove(region);
        fileBytes -= FILE_BYTES;
        try {
            Files.delete(region.file);
        } catch (IOException e) {
            throw new UncheckedIOException("overflow file " + region.file + " cannot be deleted", e);
        }
    }

    long heapBytes() {
        return heapBytes;
    }

    /** The length of all files. */
    long fileBytes() {
        return fileBytes;
    }
}
