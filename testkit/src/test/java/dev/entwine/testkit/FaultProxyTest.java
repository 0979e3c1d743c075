package dev.entwine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FaultProxyTest {
    private static final int READ_MILLIS_MAX = 5_000;
    private static final int SILENCE_MILLIS = 200;

    private ServerSocket server;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        proxy = FaultProxy.to("127.0.0.1", server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
    }

    /** Both ends of one connection through the proxy. */
    private record Ends(Socket client, Socket server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private Ends connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(READ_MILLIS_MAX);
        Socket accepted = server.accept();
        accepted.setSoTimeout(READ_MILLIS_MAX);
        return new Ends(client, accepted);
    }

    private static void send(Socket from, int... bytes) throws IOException {
        for (int value : bytes) {
            from.getOutputStream().write(value);
        }
    }

    private static int receive(Socket at) throws IOException {
        return at.getInputStream().read();
    }

    private static void assertSilent(Socket at) throws IOException {
        at.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> receive(at)).isInstanceOf(SocketTimeoutException.class);
        at.setSoTimeout(READ_MILLIS_MAX);
    }

    @Test
    void bytes_and_closes_pass_both_ways() throws IOException {
        try (Ends ends = connect()) {
            send(ends.client, 1);
            assertThat(receive(ends.server)).isEqualTo(1);
            send(ends.server, 2);
            assertThat(receive(ends.client)).isEqualTo(2);
            ends.client.close();
            assertThat(receive(ends.server)).isEqualTo(-1);
        }
    }

    @Test
    void a_delay_shifts_bytes_without_limiting_throughput() throws IOException {
        try (Ends ends = connect()) {
            proxy.delay(Direction.TO_SERVER, Duration.ofMillis(300));
            long sent = System.nanoTime();
            ends.client.getOutputStream().write(new byte[400_000]);
            assertThat(ends.server.getInputStream().readNBytes(400_000)).hasSize(400_000);
            assertThat(Duration.ofNanos(System.nanoTime() - sent))
                    .isBetween(Duration.ofMillis(299), Duration.ofMillis(3_000));
            send(ends.server, 7);
            assertThat(receive(ends.client)).isEqualTo(7);
        }
    }

    @Test
    void a_stall_keeps_bytes_until_healed() throws IOException {
        try (Ends ends = connect()) {
            proxy.stall(Direction.TO_SERVER);
            send(ends.client, 1, 2);
            assertSilent(ends.server);
            send(ends.server, 7);
            assertThat(receive(ends.client)).isEqualTo(7);
            proxy.heal();
            assertThat(receive(ends.server)).isEqualTo(1);
            assertThat(receive(ends.server)).isEqualTo(2);
        }
    }

    @Test
    void a_stalled_line_makes_a_fast_sender_wait() throws Exception {
        try (Ends ends = connect()) {
            proxy.stall(Direction.TO_SERVER);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> sendZeros(ends.client, 50_000_000));
            assertThatThrownBy(() -> sending.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
            proxy.heal();
            ends.server.getInputStream().skipNBytes(50_000_000);
            sending.get(1, TimeUnit.SECONDS);
        }
    }

    private static void sendZeros(Socket from, int bytes) {
        try {
            from.getOutputStream().write(new byte[bytes]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_close_passes_a_stalled_line() throws IOException {
        try (Ends ends = connect()) {
            proxy.stall(Direction.TO_SERVER);
            send(ends.client, 1);
            ends.client.close();
            assertThatThrownBy(() -> assertThat(receive(ends.server)).isNotEqualTo(-1))
                    .isInstanceOfAny(SocketException.class, AssertionError.class);
        }
    }

    @Test
    void a_half_open_connection_hides_a_close() throws IOException {
        try (Ends ends = connect()) {
            proxy.halfOpen();
            ends.client.close();
            assertSilent(ends.server);
            send(ends.server, 1);
            assertSilent(ends.server);
            proxy.heal();
            assertThatThrownBy(() -> assertThat(receive(ends.server)).isNotEqualTo(-1))
                    .isInstanceOfAny(SocketException.class, AssertionError.class);
        }
    }

    @Test
    void a_drop_loses_one_direction_and_healing_resets_who_lost_something() throws IOException {
        try (Ends ends = connect();
                Ends idle = connect()) {
            proxy.drop(Direction.TO_SERVER);
            send(ends.client, 1);
            assertSilent(ends.server);
            send(ends.server, 2);
            assertThat(receive(ends.client)).isEqualTo(2);
            proxy.heal();
            assertThatThrownBy(() -> receive(ends.server)).isInstanceOf(SocketException.class);
            send(idle.client, 3);
            assertThat(receive(idle.server)).isEqualTo(3);
        }
    }

    @Test
    void a_cut_resets_after_the_given_number_of_bytes() throws IOException {
        try (Ends ends = connect()) {
            proxy.cutAfter(Direction.TO_CLIENT, 5);
            ends.server.getOutputStream().write(new byte[] {1, 2, 3, 4, 5, 6, 7});
            InputStream input = ends.client.getInputStream();
            assertThat(input.readNBytes(5)).containsExactly(1, 2, 3, 4, 5);
            assertThatThrownBy(input::read).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void refusing_resets_new_connections_and_spares_open_ones() throws IOException {
        try (Ends ends = connect()) {
            proxy.refuse();
            try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                refused.setSoTimeout(READ_MILLIS_MAX);
                assertThatThrownBy(() -> receive(refused)).isInstanceOf(SocketException.class);
            }
            send(ends.client, 1);
            assertThat(receive(ends.server)).isEqualTo(1);
            proxy.heal();
            connect().close();
        }
    }

    @Test
    void cutting_all_resets_every_open_connection() throws IOException {
        try (Ends first = connect();
                Ends second = connect()) {
            proxy.cutAll();
            for (Socket end : new Socket[] {first.client, first.server, second.client, second.server}) {
                assertThatThrownBy(() -> receive(end)).isInstanceOf(SocketException.class);
            }
            try (Ends third = connect()) {
                send(third.client, 1);
                assertThat(receive(third.server)).isEqualTo(1);
            }
        }
    }
}
