package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RowPagesTest {
    private static final SiteId EAST = new SiteId("east");
    private static final SiteId WEST = new SiteId("west");
    private static final int ROWS = 60_000;

    private int blocks;

    private final WindowMemory counted = new WindowMemory() {
        @Override
        public ByteBuffer take(int bytes) {
            blocks++;
            return WindowMemory.HEAP.take(bytes);
        }

        @Override
        public void giveBack(ByteBuffer block) {
            blocks--;
        }
    };

    private final RowPages pages = new RowPages(List.of(WEST, EAST), counted);
    private final Map<RowId, String> expected = new HashMap<>();

    private void put(RowId id, long ticket, int pending, VersionVector vector) {
        pages.put(WindowRow.stored(id, vector, ticket, pending, pages));
        expected.put(id, ticket + " " + pending + " " + vector);
    }

    private void requireAsExpected() {
        assertThat(pages.size()).isEqualTo(expected.size());
        expected.forEach((id, text) -> {
            WindowRow row = pages.get(id);
            assertThat(row == null ? "nothing" : row.ticket() + " " + row.pending() + " " + row.vector())
                    .isEqualTo(text);
        });
    }

    /** Runs of keys of which many begin in the same slot, so that searches pass over others and removals move them. */
    private static RowId id(Random random) {
        return new RowId(random.nextLong(), random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(600));
    }

    @Test
    void rows_are_what_they_were_put_as_while_pages_split_and_join() {
        Random random = new Random(11);
        for (int step = 0; step < 4 * ROWS; step++) {
            boolean growing = step / ROWS % 2 == 0;
            if (growing ? random.nextInt(4) > 0 : random.nextInt(4) == 0) {
                VersionVector vector = VersionVector.of(EAST, new Position(random.nextInt(3)))
                        .with(WEST, new Position(random.nextLong()));
                put(id(random), random.nextLong() >>> 1, random.nextInt(1_000_000), vector);
            } else if (!expected.isEmpty()) {
                RowId any = expected.keySet().iterator().next();
                pages.remove(any);
                expected.remove(any);
                assertThat(pages.get(any)).isNull();
            }
            if (step % (ROWS / 2) == 0) {
                requireAsExpected();
            }
        }
        requireAsExpected();
    }

    @Test
    void memory_follows_the_number_of_rows_up_and_down() {
        Random random = new Random(12);
        for (int i = 0; i < ROWS; i++) {
            put(new RowId(random.nextLong(), random.nextLong()), i, 1, VersionVector.of(EAST, new Position(1)));
        }
        assertThat((long) blocks * RowPage.bytes(2) / ROWS).as("bytes a row").isLessThan(130);
        List.copyOf(expected.keySet()).forEach(pages::remove);
        assertThat(pages.size()).isZero();
        assertThat(blocks).isEqualTo(1);
    }

    @Test
    void a_row_that_is_not_there_cannot_be_removed() {
        assertThat(pages.get(new RowId(1, 2))).isNull();
        assertThatThrownBy(() -> pages.remove(new RowId(1, 2))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_vector_of_an_unknown_site_is_refused() {
        VersionVector strange = VersionVector.of(new SiteId("north"), new Position(5));
        assertThatThrownBy(() -> put(new RowId(1, 2), 0, 0, strange))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("north");
    }
}
