package dev.entwine.carrier;

import dev.entwine.merge.Item;
import dev.entwine.merge.Outbox;
import dev.entwine.merge.WindowMemory;
import dev.entwine.model.RowId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All items in the merger's order, the newest in memory up to a bound, the older ones in local files until nobody needs them. Not
 * thread-safe: owned by whoever owns the merger. A file that cannot be written or read ends the engine ({@link
 * UncheckedIOException}); nothing is lost by that, the slots still hold it.
 */
public final class Spool implements Outbox, AutoCloseable {
    /** Small enough that spilling and discarding go in small steps. */
    private static final int SEGMENT_ITEMS_MAX = 1024;

    private static final long SEGMENT_BYTES_MAX = 4L << 20;
    private static final long TOUCH_BYTES = 160;

    /** Of what may stay in memory, the share of the window's rows. */
    private static final long WINDOW_SHARE = 8;

    /** Each target reads the files in order, and now and then a row that meets a conflict is looked up. */
    private static final int LOADED_MAX = 4;

    private final ItemCodec codec;
    private final Path directory;
    private final long memoryBytesMax;
    private final OverflowMemory window;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    /** What was read of files from their first item on, the latest last. */
    private final Map<Segment, byte[]> loaded = new LinkedHashMap<>(8, 0.75f, true);

    private Segment newest = new Segment(0);
    private long memoryBytes;
    private long fileBytes;

    /**
     * @param parent         where this engine's own folder for overflow files is made, and deleted on {@link #close}
     * @param memoryBytesMax an estimate of what items and the window's rows in memory may take; one segment of up to 4 MiB is
     *                       always kept, and while files are read four more
     */
    public Spool(Path parent, long memoryBytesMax, Map<TableId, Table> tables) throws IOException {
        Files.createDirectories(parent);
        this.directory = Files.createTempDirectory(parent, "entwine-spool-");
        long windowBytesMax = memoryBytesMax / WINDOW_SHARE;
        this.window = new OverflowMemory(directory, windowBytesMax);
        this.memoryBytesMax = memoryBytesMax - windowBytesMax;
        this.codec = new ItemCodec(tables);
        segments.put(0L, newest);
    }

    /** For the window's rows; its files count with the others. */
    public WindowMemory windowMemory() {
        return window;
    }

    @Override
    public long nextTicket() {
        return newest.end();
    }

    @Override
    public void append(Item item) {
        long bytes = bytes(item);
        if (newest.count() >= SEGMENT_ITEMS_MAX || (newest.bytes() + bytes > SEGMENT_BYTES_MAX && newest.count() > 0)) {
            newest = new Segment(newest.end());
            segments.put(newest.first(), newest);
        }
        newest.add(item, bytes);
        memoryBytes += bytes;
        spillDownTo(memoryBytesMax);
    }

    private static long bytes(Item item) {
        return switch (item) {
            case Item.Touch touch -> TOUCH_BYTES;
            case Item.Transaction transaction -> {
                long sum = TOUCH_BYTES;
                for (Item.Delivery delivery : transaction.deliveries()) {
                    sum += TOUCH_BYTES + delivery.change().bytes();
                }
                yield sum;
            }
        };
    }

    private void spillDownTo(long bytesMax) {
        if (memoryBytes <= bytesMax) {
            return;
        }
        for (Segment segment : segments.values()) {
            if (memoryBytes <= bytesMax || segment == newest) {
                return;
            }
            if (segment.isInMemory()) {
                memoryBytes -= segment.bytes();
                try {
                    segment.spill(directory, codec);
                } catch (IOException e) {
                    throw new UncheckedIOException("queues cannot overflow to " + directory, e);
                }
                fileBytes += segment.bytes();
            }
        }
    }

    @Override
    public Item read(long ticket) {
        Segment segment = segment(ticket);
        try {
            return segment.isInMemory() ? segment.item(ticket) : codec.read(readFile(segment, ticket));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public Item.Transaction read(long ticket, RowId row) {
        Segment segment = segment(ticket);
        try {
            return segment.isInMemory() ? Outbox.super.read(ticket, row) : codec.read(readFile(segment, ticket), row);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException("queues cannot be read back from " + directory, e);
    }

    private Segment segment(long ticket) {
        Map.Entry<Long, Segment> found = segments.floorEntry(ticket);
        if (found == null || ticket >= found.getValue().end()) {
            throw new IllegalStateException("item " + ticket + " is not kept; kept are "
                    + (segments.isEmpty() ? "none" : segments.firstKey() + " to " + (nextTicket() - 1)));
        }
        return found.getValue();
    }

    private DataInputStream readFile(Segment segment, long ticket) throws IOException {
        byte[] content = loaded(segment, ticket);
        return content == null ? segment.read(ticket, directory) : segment.read(ticket, content);
    }

    /** Who begins with the first item will want the others too; null: to be read alone. */
    private byte @Nullable [] loaded(Segment segment, long ticket) throws IOException {
        byte[] content = loaded.get(segment);
        if (content == null && ticket == segment.first() && segment.bytes() <= SEGMENT_BYTES_MAX) {
            content = segment.load(directory);
            loaded.put(segment, content);
            if (loaded.size() > LOADED_MAX) {
                loaded.remove(loaded.keySet().iterator().next());
            }
        }
        return content;
    }

    /** Nobody needs an item with a lesser ticket any more. */
    public void discardBefore(long ticket) {
        while (segments.size() > 1 && segments.firstEntry().getValue().end() <= ticket) {
            Segment oldest = segments.pollFirstEntry().getValue();
            if (oldest.isInMemory()) {
                memoryBytes -= oldest.bytes();
            } else {
                fileBytes -= oldest.bytes();
            }
            try {
                loaded.remove(oldest);
                oldest.discard(directory);
            } catch (IOException e) {
                throw new UncheckedIOException("overflow file in " + directory + " cannot be deleted", e);
            }
        }
    }

    /** An estimate of what the items and the window's rows in memory take. */
    public long memoryBytes() {
        return memoryBytes + window.heapBytes();
    }

    /** The length of all overflow files. */
    public long fileBytes() {
        return fileBytes + window.fileBytes();
    }

    @Override
    public void close() throws IOException {
        for (Segment segment : segments.values()) {
            segment.discard(directory);
        }
        try (Stream<Path> left = Files.list(directory)) {
            for (Path file : left.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
