package dev.entwine.testkit;

import dev.entwine.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** One connection through the proxy. Any thread may cut it. */
final class Link {
    private final Socket client;
    private final Socket server;
    private final List<Thread> threads;
    private final CountDownLatch sending = new CountDownLatch(2);
    private volatile boolean tainted;

    /** A direction's thread, which ends quietly when the link is cut. */
    private interface Work {
        void run() throws InterruptedException;
    }

    Link(Faults faults, Socket client, Socket server, Runnable atEnd) {
        this.client = client;
        this.server = server;
        Pump toServer = new Pump(faults, Direction.TO_SERVER, client, server, this);
        Pump toClient = new Pump(faults, Direction.TO_CLIENT, server, client, this);
        threads = Stream.<Work>of(
                        toServer::receive,
                        toClient::receive,
                        () -> sendAndCount(toServer),
                        () -> sendAndCount(toClient),
                        () -> awaitEnd(atEnd))
                .map(work -> Thread.ofVirtual().name("fault-proxy-link").unstarted(() -> quietly(work)))
                .toList();
    }

    void start() {
        threads.forEach(Thread::start);
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendAndCount(Pump pump) throws InterruptedException {
        try {
            pump.send();
        } finally {
            sending.countDown();
        }
    }

    private void awaitEnd(Runnable atEnd) {
        try {
            sending.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(client);
            close(server);
            atEnd.run();
        }
    }

    /** Bytes have been lost in the middle: the connection must never be used again once others pass. */
    void taint() {
        tainted = true;
    }

    boolean isTainted() {
        return tainted;
    }

    /** Resets both sides at once. */
    void cut() {
        reset(client);
        reset(server);
        threads.forEach(Thread::interrupt);
    }

    static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already; closing again does no harm.
        }
        close(socket);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nobody is left to tell, and the descriptor is released in any case.
        }
    }
}
