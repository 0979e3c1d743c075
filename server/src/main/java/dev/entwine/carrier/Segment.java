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
import org.jspecify.annotations.Nullable;

/** A run of items, in memory or in a file of its own. */
final class Segment {
    private final long first;
    private List<Item> items = new ArrayList<>();
    private int count;
    private long bytes;
    private @Nullable Path file;
    private @Nullable FileChannel channel;
    /** Where in the file each item begins, and after the last one its end. */
    private long[] offsets = new long[0];

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
        return file == null;
    }

    void add(Item item, long itemBytes) {
        items.add(item);
        count++;
        bytes += itemBytes;
    }

    Item read(long ticket, ItemCodec codec) throws IOException {
        int index = (int) (ticket - first);
        if (channel == null) {
            return items.get(index);
        }
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(offsets[index + 1] - offsets[index]));
        long at = offsets[index];
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new IOException("overflow file " + file + " ends before item " + ticket);
            }
        }
        return codec.read(new DataInputStream(new ByteArrayInputStream(buffer.array())));
    }

    /** Moves the items from memory to a file. */
    void spill(Path target, ItemCodec codec) throws IOException {
        long[] begins = new long[count + 1];
        try (DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(target, StandardOpenOption.CREATE_NEW), 1 << 16))) {
            for (int i = 0; i < count; i++) {
                begins[i] = out.size();
                codec.write(items.get(i), out);
                if (out.size() == Integer.MAX_VALUE) {
                    throw new IOException("items " + first + " to " + end() + " take more than 2 GiB");
                }
            }
            begins[count] = out.size();
        }
        channel = FileChannel.open(target, StandardOpenOption.READ);
        file = target;
        offsets = begins;
        bytes = begins[count];
        items = List.of();
    }

    void discard() throws IOException {
        items = List.of();
        if (channel != null) {
            channel.close();
        }
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
