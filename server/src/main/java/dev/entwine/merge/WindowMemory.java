package dev.entwine.merge;

import java.nio.ByteBuffer;

/** Where the window keeps its rows that are not in conflict, of which there may be more than the heap holds. */
public interface WindowMemory {
    /** On the heap, without a bound. */
    WindowMemory HEAP = new WindowMemory() {
        @Override
        public ByteBuffer take(int bytes) {
            return ByteBuffer.allocate(bytes);
        }

        @Override
        public void giveBack(ByteBuffer block) {
            // the collector sees to it
        }
    };

    /** A block that holds zeros only; all blocks that are asked for have the same size. */
    ByteBuffer take(int bytes);

    /** The block will not be used any more. */
    void giveBack(ByteBuffer block);
}
