package dev.entwine.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A line between clients and a server that can be made to fail. Clients connect to {@link #port} of 127.0.0.1. Faults are set for
 * each direction, replace one another, and apply to the connections that are open as well as to new ones, until {@link #heal}.
 * Any thread may call anything.
 */
public final class FaultProxy implements AutoCloseable {
    /** Which way bytes travel. */
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    private static final int CONNECT_MILLIS_MAX = 5_000;

    private final InetSocketAddress target;
    private final ServerSocket listener;
    private final Faults faults = new Faults();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    /** Counts calls of {@link #cutAll}, so that it reaches a connection that was being made meanwhile. */
    private final AtomicInteger cuts = new AtomicInteger();

    private volatile boolean refusing;

    private FaultProxy(InetSocketAddress target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
    }

    /**
     * Listens on a free port.
     *
     * @throws IOException no port is free
     */
    public static FaultProxy to(String host, int port) throws IOException {
        ServerSocket listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        FaultProxy proxy = new FaultProxy(new InetSocketAddress(host, port), listener);
        Thread.ofVirtual().name("fault-proxy-accept").start(proxy::acceptAll);
        return proxy;
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().name("fault-proxy-connect").start(() -> connect(client));
            } catch (IOException e) {
                // Either closed, which ends the loop, or one client that went away while it was being accepted.
            }
        }
    }

    private void connect(Socket client) {
        int cutsBefore = cuts.get();
        Socket server = new Socket();
        try {
            if (refusing) {
                throw new IOException("refused");
            }
            server.connect(target, CONNECT_MILLIS_MAX);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            Link.reset(client);
            Link.reset(server);
            return;
        }
        open(client, server, cutsBefore);
    }

    private void open(Socket client, Socket server, int cutsBefore) {
        Link[] self = new Link[1];
        Link link = new Link(faults, client, server, () -> links.remove(self[0]));
        self[0] = link;
        links.add(link);
        link.start();
        if (cuts.get() != cutsBefore) {
            link.cut();
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** How many connections are open, on either side. */
    public int connections() {
        return links.size();
    }

    /** Bytes arrive later by this; throughput is not limited. */
    public void delay(Direction direction, Duration by) {
        faults.set(direction, new Fault.Delay(by));
    }

    /** Nothing arrives any more; the connection stays open and what is sent waits. A close is seen by the other side. */
    public void stall(Direction direction) {
        faults.set(direction, new Fault.Stall());
    }

    /** What is sent is lost, as behind a broken firewall. Connections that lost something are reset by {@link #heal}. */
    public void drop(Direction direction) {
        faults.set(direction, new Fault.Drop());
    }

    /** After this many more bytes in the direction, counted over all connections, each connection that sends more is reset. */
    public void cutAfter(Direction direction, long bytes) {
        faults.set(direction, new Fault.Cut(new AtomicLong(bytes)));
    }

    /** Both ends believe the connection to be open whatever the other one does: nothing passes, not even a close. */
    public void halfOpen() {
        for (Direction direction : Direction.values()) {
            faults.set(direction, new Fault.Silence());
        }
    }

    /** New connections are reset as soon as they are made; open ones go on. */
    public void refuse() {
        refusing = true;
    }

    /** Resets every connection that is open now. */
    public void cutAll() {
        cuts.incrementAndGet();
        links.forEach(Link::cut);
    }

    /** Takes every fault away; what waited is sent on. */
    public void heal() {
        links.stream().filter(Link::isTainted).forEach(Link::cut);
        refusing = false;
        for (Direction direction : Direction.values()) {
            faults.set(direction, Fault.NONE);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cutAll();
    }

    @Override
    public String toString() {
        return "proxy on port " + port() + " to " + target;
    }
}
