package dev.entwine.carrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.merge.Item;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.Revision;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolTest {
    private static final Table TABLE =
            new Table(new TableId("public", "Ünusual \"name\""), List.of("id", "a", "b", "c", "d"), List.of(0));
    private static final SiteId EAST = new SiteId("east");
    /** What is always kept in memory, whatever the bound. */
    private static final long SEGMENT_BYTES_MAX = 4L << 20;

    @TempDir
    Path folder;

    private Spool spool(long memoryBytesMax) throws IOException {
        return new Spool(folder, memoryBytesMax, Map.of(TABLE.id(), TABLE));
    }

    private static RowKey key(String text) {
        return new RowKey(TABLE.id(), List.of(text));
    }

    private static Item.Transaction transaction(int number, Cell value) {
        RowKey key = key("k" + number);
        Image before = Image.of(
                Cell.text("k" + number),
                Cell.Absence.NOT_SENT,
                Cell.Absence.NOT_SENT,
                Cell.Absence.NOT_SENT,
                Cell.Absence.NULL);
        Image after =
                Image.of(Cell.text("k" + number), Cell.Absence.NULL, Cell.Absence.UNCHANGED, Cell.text(""), value);
        VersionVector vector =
                VersionVector.of(EAST, new Position(number + 1L)).with(new SiteId("west"), new Position(-1));
        VersionVector later = vector.with(EAST, new Position(number + 2L));
        return new Item.Transaction(
                EAST,
                new Position(-number - 1L),
                new Stamp(number - 5L),
                number * 7_000_000_000L,
                List.of(
                        new Item.Delivery(new Change(TABLE, key, Operation.UPDATE, before, after), vector, 7),
                        new Item.Delivery(
                                new Change(TABLE, key("d" + number), Operation.DELETE, before, null), vector, 8),
                        new Item.Delivery(
                                new Change(TABLE, key("i" + number), Operation.INSERT, null, after), later, -1)),
                List.of(TABLE.id()),
                number % 2 == 0
                        ? List.of()
                        : List.of(new Revision(
                                "946d", Revision.Kind.KEEP, Optional.of(EAST), number, EAST, number, "ann@host as e")));
    }

    private static Cell randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return Cell.value(bytes);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void fill(Spool spool, List<Item> items) {
        for (Item item : items) {
            assertThat(spool.nextTicket()).isEqualTo(items.indexOf(item));
            spool.append(item);
        }
    }

    private static List<Item> variety() {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            items.add(transaction(i, randomBytes(i % 4 == 3 ? 0 : 300_000 + i)));
            items.add(new Item.Touch(EAST, new RowKey(TABLE.id(), List.of("touched " + i, ""))));
        }
        return items;
    }

    @Test
    void items_come_back_by_their_tickets_from_memory() throws IOException {
        try (Spool spool = spool(Long.MAX_VALUE)) {
            List<Item> items = variety();
            fill(spool, items);
            for (int i = 0; i < items.size(); i++) {
                assertThat(spool.read(i)).isSameAs(items.get(i));
            }
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void items_come_back_byte_for_byte_from_files_in_any_order() throws IOException {
        try (Spool spool = spool(0)) {
            List<Item> items = variety();
            fill(spool, items);
            assertThat(files()).as("overflow files").hasSizeGreaterThan(2);
            assertThat(spool.fileBytes())
                    .isEqualTo(files().stream().mapToLong(SpoolTest::size).sum());
            for (int i = items.size() - 1; i >= 0; i--) {
                assertThat(spool.read(i)).isEqualTo(items.get(i));
            }
        }
    }

    @Test
    void one_row_of_a_transaction_comes_back_alone_from_memory_and_from_files() throws IOException {
        for (long memory : new long[] {0, 1L << 30}) {
            try (Spool spool = spool(memory)) {
                List<Item> items = variety();
                fill(spool, items);
                int among = 0;
                for (int i = 0; i < items.size(); i++) {
                    if (items.get(i) instanceof Item.Transaction whole) {
                        among = Math.max(among, whole.deliveries().size());
                        for (Item.Delivery delivery : whole.deliveries()) {
                            Item.Transaction alone =
                                    spool.read(i, delivery.change().key().id());
                            assertThat(alone.deliveries()).containsExactly(delivery);
                            assertThat(List.of(alone.source(), alone.position(), alone.stamp(), alone.notes()))
                                    .isEqualTo(List.of(whole.source(), whole.position(), whole.stamp(), whole.notes()));
                            assertThat(alone.truncated()).isEqualTo(whole.truncated());
                            assertThat(alone.transaction()).isEqualTo(whole.transaction());
                        }
                        assertThat(spool.read(i, new RowId(1, 2)).deliveries()).isEmpty();
                    }
                }
                assertThat(among).as("rows of the largest transaction").isGreaterThan(2);
            }
        }
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    @Test
    void memory_stays_within_its_bound_and_the_newest_segment() throws IOException {
        long bound = 8L << 20;
        try (Spool spool = spool(bound)) {
            for (int i = 0; i < 200; i++) {
                spool.append(transaction(i, randomBytes(100_000)));
                assertThat(spool.memoryBytes()).isBetween(1L, bound + SEGMENT_BYTES_MAX);
            }
            assertThat(spool.fileBytes()).isGreaterThan(20L << 20);
        }
    }

    @Test
    void discarding_deletes_the_files_of_whole_segments_and_nothing_that_is_needed() throws IOException {
        try (Spool spool = spool(0)) {
            List<Item> items = variety();
            fill(spool, items);
            int filesBefore = files().size();
            spool.discardBefore(40);
            assertThat(files()).isNotEmpty().hasSizeLessThan(filesBefore);
            for (int i = 40; i < items.size(); i++) {
                assertThat(spool.read(i)).isEqualTo(items.get(i));
            }
            assertThatThrownBy(() -> spool.read(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("item 0");
            spool.discardBefore(items.size());
            assertThat(files()).isEmpty();
            assertThat(spool.fileBytes()).isZero();
        }
    }

    @Test
    void an_item_that_is_not_there_yet_cannot_be_read() throws IOException {
        try (Spool spool = spool(0)) {
            spool.append(variety().getFirst());
            assertThatThrownBy(() -> spool.read(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("item 1");
        }
    }

    @Test
    void closing_leaves_nothing() throws IOException {
        Spool spool = spool(0);
        fill(spool, variety());
        spool.close();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }
}
