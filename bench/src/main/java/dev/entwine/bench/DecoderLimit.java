package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * How fast a server's decoder brings a backlog forth when everything is thrown away at once. An estimate of what can be reached, no
 * bound: how a reader reads changes what the decoder does in a second. Speaks the replication protocol by itself and looks at nothing but each message's head, for the
 * driver takes longer for a small message than the decoder.
 */
final class DecoderLimit implements AutoCloseable {
    private static final String SLOT = "bench_limit";
    private static final int PROTOCOL = 3 << 16;
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int RECEIVE_BYTES = 128 * 1024;
    private static final int LENGTH_BYTES = 4;
    private static final int HEAD_BYTES = 1 + Long.BYTES;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    /**
     * Lets a little come together before it reads: a reader that sleeps in front of an empty socket costs the sender a wake-up for each
     * of its small messages.
     */
    private static final class Gulps extends FilterInputStream {
        private static final long PAUSE_NANOS = 1_000_000;

        Gulps(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (available() < RECEIVE_BYTES / 2) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            return super.read(bytes, offset, length);
        }
    }

    private DecoderLimit(int port) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE_BYTES);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(new Gulps(socket.getInputStream()), BUFFER_BYTES));
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** A slot that keeps what is written from now on; the database has the publication of {@link OwnReplication}. */
    static void prepare(Pair pair, String site, String database) throws SQLException {
        pair.server(site).execute(database, "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
    }

    /** Reads the slot. Seconds between the first messages from these two positions on. */
    static double seconds(PostgresServer server, String database, long begin, long end) throws IOException {
        try (DecoderLimit stream = new DecoderLimit(server.port())) {
            stream.open(database);
            long from = stream.reach(begin);
            return (stream.reach(end) - from) / 1e9;
        }
    }

    private void open(String database) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (DataOutputStream message = new DataOutputStream(text)) {
            message.writeInt(PROTOCOL);
            for (String word :
                    new String[] {"user", PostgresServer.SUPERUSER, "database", database, "replication", "database", ""
                    }) {
                write(message, word);
            }
        }
        out.writeInt(LENGTH_BYTES + text.size());
        text.writeTo(out);
        await('Z');
        send(
                'Q',
                "START_REPLICATION SLOT " + SLOT + " LOGICAL 0/0 (proto_version '1', origin 'none', publication_names '"
                        + OwnReplication.PUBLICATION + "')");
        await('W');
    }

    private static void write(DataOutputStream message, String text) throws IOException {
        message.write(text.getBytes(StandardCharsets.UTF_8));
        message.write(0);
    }

    private void send(char type, String text) throws IOException {
        out.write(type);
        out.writeInt(LENGTH_BYTES + text.length() + 1);
        write(out, text);
    }

    /** Skips messages up to one of this type. */
    private void await(char type) throws IOException {
        char found;
        do {
            found = (char) in.readByte();
            int length = in.readInt() - LENGTH_BYTES;
            if (found == 'E') {
                throw new IOException(
                        "the server refuses to stream: " + new String(in.readNBytes(length), StandardCharsets.UTF_8));
            }
            in.skipNBytes(length);
        } while (found != type);
    }

    /** When a message came that lies at or behind a position. */
    private long reach(long position) throws IOException {
        long last = 0;
        while (last < position) {
            if (in.readByte() != 'd') {
                throw new IOException("the server has ended the stream before position " + position);
            }
            int length = in.readInt() - LENGTH_BYTES;
            char kind = (char) in.readByte();
            long at = in.readLong();
            if (kind == 'w') {
                last = Math.max(last, at);
                in.skipNBytes(length - HEAD_BYTES);
            } else {
                in.skipNBytes(length - HEAD_BYTES - 1);
                answer(in.readBoolean());
            }
        }
        return System.nanoTime();
    }

    /** The server ends a stream that never tells how far it has got; nothing is acknowledged. */
    private void answer(boolean asked) throws IOException {
        if (!asked) {
            return;
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (DataOutputStream message = new DataOutputStream(text)) {
            message.write('r');
            for (int i = 0; i < 4; i++) {
                message.writeLong(0); // written, flushed, applied, time
            }
            message.write(0);
        }
        out.write('d');
        out.writeInt(LENGTH_BYTES + text.size());
        text.writeTo(out);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
