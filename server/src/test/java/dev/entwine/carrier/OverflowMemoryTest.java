package dev.entwine.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OverflowMemoryTest {
    private static final int BLOCK = 5_000_000;
    private static final int ON_HEAP = 2;
    private static final int IN_FILE = OverflowMemory.FILE_BYTES / BLOCK;

    @TempDir
    Path folder;

    private final List<ByteBuffer> blocks = new ArrayList<>();

    private long files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.count();
        }
    }

    private OverflowMemory filled(int count) {
        OverflowMemory memory = new OverflowMemory(folder, (long) ON_HEAP * BLOCK);
        for (int i = 0; i < count; i++) {
            ByteBuffer block = memory.take(BLOCK);
            block.put(0, (byte) i).put(BLOCK - 1, (byte) i);
            blocks.add(block);
        }
        return memory;
    }

    @Test
    void what_the_bound_lets_in_stays_on_the_heap_and_the_rest_goes_to_files() throws IOException {
        OverflowMemory memory = filled(ON_HEAP + IN_FILE + 1);
        assertThat(memory.heapBytes()).isEqualTo((long) ON_HEAP * BLOCK);
        assertThat(memory.fileBytes()).isEqualTo(2L * OverflowMemory.FILE_BYTES);
        assertThat(files()).isEqualTo(2);
        for (int i = 0; i < blocks.size(); i++) {
            assertThat(blocks.get(i).get(0)).isEqualTo((byte) i);
            assertThat(blocks.get(i).get(BLOCK - 1)).isEqualTo((byte) i);
        }
    }

    @Test
    void a_block_that_comes_again_holds_zeros() {
        OverflowMemory memory = filled(ON_HEAP + 2);
        memory.giveBack(blocks.get(ON_HEAP + 1));
        for (int i = 0; i < IN_FILE - 1; i++) {
            ByteBuffer block = memory.take(BLOCK);
            assertThat(block.get(0)).isZero();
            assertThat(block.get(BLOCK - 1)).isZero();
        }
        assertThat(memory.fileBytes()).as("all of one file").isEqualTo(OverflowMemory.FILE_BYTES);
    }

    @Test
    void a_file_goes_with_its_last_block() throws IOException {
        OverflowMemory memory = filled(ON_HEAP + IN_FILE + 1);
        memory.giveBack(blocks.getLast());
        assertThat(files()).isEqualTo(1);
        blocks.subList(0, blocks.size() - 1).forEach(memory::giveBack);
        assertThat(files()).isZero();
        assertThat(memory.heapBytes() + memory.fileBytes()).isZero();
    }
}
