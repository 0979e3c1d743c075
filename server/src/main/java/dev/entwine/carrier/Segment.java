package dev.entwine.carrier;

import dev.entwine.merge.Item;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of items, in memory or in a file of its own. The file holds the items, and then for each of them where it begins, and where
 * the last one ends; of all that nothing stays on the heap, nor does the file stay open.
 */
final class Segment {
    private final long first;
    private List<Item> items = new ArrayList<>();
    private int count;
    private long bytes;
    private boolean inMemory = true;

    Segment(long first) {
        this.first = first;
    }

    long first() {
        return first;
    }

    /** The ticket after the last item's. */
    long end() {
        return first + count;
    }

    int count() {
        return count;
    }

    /** In memory an estimate; in a file its length. */
    long bytes() {
        return bytes;
    }

    boolean isInMemory() {
        return inMemory;
    }

    void add(Item item, long itemBytes) {
        items.add(item);
        count++;
        bytes += itemBytes;
    }

    /** An item of a segment in memory. */
    Item item(long ticket) {
        return items.get((int) (ticket - first));
    }

    private Path file(Path directory) {
        return directory.resolve(first + ".items");
    }

    /** Reads one item from the file, for the codec. */
    DataInputStream read(long ticket, Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(file(directory), StandardOpenOption.READ)) {
            ByteBuffer places = ByteBuffer.wrap(read(channel, placeOf(ticket), 2 * Integer.BYTES));
            int from = places.getInt();
            byte[] item = read(channel, from, places.getInt() - from);
            return new DataInputStream(new ByteArrayInputStream(item));
        }
    }

    /** The whole file, for {@link #read(long, byte[])}. */
    byte[] load(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(file(directory), StandardOpenOption.READ)) {
            return read(channel, 0, Math.toIntExact(bytes));
        }
    }

    /** Reads one item from the file's content. */
    DataInputStream read(long ticket, byte[] loaded) {
        ByteBuffer places = ByteBuffer.wrap(loaded, Math.toIntExact(placeOf(ticket)), 2 * Integer.BYTES);
        int from = places.getInt();
        return new DataInputStream(new ByteArrayInputStream(loaded, from, places.getInt() - from));
    }

    /** Where the file says where the item begins. */
    private long placeOf(long ticket) {
        return bytes - (count + 1 - (ticket - first)) * Integer.BYTES;
    }

    private byte[] read(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(new byte[length]);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new IOException("the overflow file of items " + first + " to " + (end() - 1)
                        + " ends before byte " + (at + length));
            }
        }
        return buffer.array();
    }

    /** Moves the items from memory to a file. */
    void spill(Path directory, ItemCodec codec) throws IOException {
        int[] begins = new int[count + 1];
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                Files.newOutputStream(file(directory), StandardOpenOption.CREATE_NEW), 1 << 16))) {
            for (int i = 0; i < count; i++) {
                begins[i] = out.size();
                codec.write(items.get(i), out);
                if (out.size() == Integer.MAX_VALUE) {
                    throw new IOException("items " + first + " to " + (end() - 1) + " take more than 2 GiB");
                }
            }
            begins[count] = out.size();
            for (int begin : begins) {
                out.writeInt(begin);
            }
        }
        bytes = begins[count] + (long) begins.length * Integer.BYTES;
        items = List.of();
        inMemory = false;
    }

    void discard(Path directory) throws IOException {
        items = List.of();
        if (!inMemory) {
            Files.deleteIfExists(file(directory));
        }
    }
}
