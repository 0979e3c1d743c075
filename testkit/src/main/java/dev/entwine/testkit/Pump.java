package dev.entwine.testkit;

import dev.entwine.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * One direction of one connection: a thread that receives and a thread that sends, with a bounded queue between them, so that a
 * delay does not limit the throughput.
 */
final class Pump {
    private static final int CHUNK_BYTES_MAX = 16 * 1024;

    /** At most 1 MiB is under way in each direction; then the sender has to wait, as on a real line. */
    private static final int CHUNKS_MAX = 64;

    /** What was received at once. Without bytes: the sender has closed. */
    private static final class Chunk {
        private final byte[] bytes;
        private final long receivedNanos = System.nanoTime();

        Chunk(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean isEnd() {
            return bytes.length == 0;
        }
    }

    private final Faults faults;
    private final Direction direction;
    private final Socket from;
    private final Socket to;
    private final Link link;
    private final BlockingQueue<Chunk> underWay = new ArrayBlockingQueue<>(CHUNKS_MAX);

    Pump(Faults faults, Direction direction, Socket from, Socket to, Link link) {
        this.faults = faults;
        this.direction = direction;
        this.from = from;
        this.to = to;
        this.link = link;
    }

    void receive() throws InterruptedException {
        try {
            InputStream input = from.getInputStream();
            byte[] buffer = new byte[CHUNK_BYTES_MAX];
            for (int n = input.read(buffer); n > 0; n = input.read(buffer)) {
                underWay.put(new Chunk(Arrays.copyOf(buffer, n)));
            }
        } catch (IOException e) {
            // A reset ends the direction just as a close does.
        }
        if (faults.of(direction) instanceof Fault.Stall) {
            link.cut();
        }
        underWay.put(new Chunk(new byte[0]));
    }

    void send() throws InterruptedException {
        try {
            while (true) {
                Chunk chunk = underWay.take();
                boolean passed = pass(chunk);
                if (chunk.isEnd() && passed) {
                    to.shutdownOutput();
                    return;
                }
            }
        } catch (IOException e) {
            link.cut();
        }
    }

    /** Returns when the chunk has left the queue in whatever way; false: the fault in force has swallowed it. */
    private boolean pass(Chunk chunk) throws IOException, InterruptedException {
        while (true) {
            Fault fault = faults.of(direction);
            switch (fault) {
                case Fault.Delay delay -> {
                    long due = chunk.receivedNanos + delay.by().toNanos() - System.nanoTime();
                    if (due <= 0) {
                        to.getOutputStream().write(chunk.bytes);
                        return true;
                    }
                    faults.awaitOtherThan(fault, direction, due);
                }
                case Fault.Cut cut -> {
                    return passUntilCut(chunk, cut);
                }
                case Fault.Drop drop -> {
                    link.taint();
                    return false;
                }
                case Fault.Stall stall
                when chunk.isEnd() -> {
                    return true;
                }
                case Fault.Stall stall -> faults.awaitOtherThan(fault, direction);
                case Fault.Silence silence -> faults.awaitOtherThan(fault, direction);
            }
        }
    }

    private boolean passUntilCut(Chunk chunk, Fault.Cut cut) throws IOException {
        long left = cut.bytesLeft().getAndAdd(-chunk.bytes.length);
        if (chunk.isEnd() || left > chunk.bytes.length) {
            to.getOutputStream().write(chunk.bytes);
            return true;
        }
        to.getOutputStream().write(chunk.bytes, 0, (int) Math.max(0, left));
        throw new IOException("the bytes before the cut are used up");
    }
}
