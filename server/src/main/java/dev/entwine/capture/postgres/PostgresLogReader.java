package dev.entwine.capture.postgres;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.db.TablesAsOf;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * Reads a PostgreSQL server's log from a slot. A thread of its own receives and decodes ahead of {@link #next}, bounded in bytes,
 * and reports the acknowledged position to the server also while nobody asks for entries.
 */
public final class PostgresLogReader implements LogReader {
    /** While nobody takes entries, so that the server does not take us for dead (by default it does so after 60 s). */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(2);

    private static final int END_MILLIS_MAX = 5_000;
    private static final String CONNECTION_FAILURE = "08006";
    private static final String CONNECTION_CLOSED = "08003";

    private final Endpoint endpoint;
    private final String slot;
    private final Connection connection;
    private final PGReplicationStream stream;
    private final ShutdownWatch watch;
    private final PgOutputDecoder decoder;
    private final Handover handover = new Handover();
    private final Thread thread;
    private Position acknowledged = Position.NONE;

    private PostgresLogReader(Endpoint endpoint, String slot, Source source, TablesAsOf tables) {
        this.endpoint = endpoint;
        this.slot = slot;
        connection = source.connection;
        stream = source.stream;
        watch = source.watch;
        decoder = new PgOutputDecoder(endpoint.site(), tables);
        // Not a virtual thread: decoding a long transaction computes without a pause and would hold up all the others.
        thread = Thread.ofPlatform().name("capture-" + endpoint.site()).daemon().unstarted(this::readAll);
    }

    /** What is open at the server. */
    private record Source(Connection connection, PGReplicationStream stream, ShutdownWatch watch) {}

    /**
     * Begins to read at the slot's confirmed position.
     *
     * @param tables every table of the publication
     * @throws SQLException unreachable, refused, no such slot, or another reader has the slot and keeps it
     */
    public static PostgresLogReader open(Endpoint endpoint, String slot, String publication, TablesAsOf tables)
            throws SQLException {
        return open(endpoint, slot, publication, tables, false);
    }

    /** The same from a slot that begins now and goes with the reader. Waits for the transactions that are open. */
    public static PostgresLogReader fromNow(Endpoint endpoint, String slot, String publication, TablesAsOf tables)
            throws SQLException {
        return open(endpoint, slot, publication, tables, true);
    }

    private static PostgresLogReader open(
            Endpoint endpoint, String slot, String publication, TablesAsOf tables, boolean temporary)
            throws SQLException {
        Connection connection = Sessions.open(endpoint, Sessions.Purpose.CAPTURE);
        try {
            if (temporary) {
                SlotStream.createTemporary(connection, slot);
            }
            PGReplicationStream stream = SlotStream.start(connection, slot, publication);
            Source source = new Source(connection, stream, ShutdownWatch.open(endpoint));
            PostgresLogReader reader = new PostgresLogReader(endpoint, slot, source, tables);
            reader.start();
            return reader;
        } catch (SQLException | RuntimeException e) {
            connection.abort(Runnable::run);
            throw e;
        }
    }

    private void start() {
        thread.start();
        watch.start(this::endBecause);
    }

    private void readAll() {
        try {
            while (true) {
                // The driver's read() sleeps through its own status interval when nothing arrives, so that nothing
                // would be
                // acknowledged. This one waits for at most a millisecond inside the driver, and reports when it is time
                // to.
                ByteBuffer message = stream.readPending();
                LogEntry entry = message == null ? null : decoder.decode(message);
                if (entry != null) {
                    hand(entry);
                }
            }
        } catch (SQLException | UnreadableLogException | InterruptedException | RuntimeException | Error e) {
            endBecause(e);
        }
    }

    private void hand(LogEntry entry) throws InterruptedException, SQLException {
        Position told = acknowledged();
        long toldNanos = System.nanoTime();
        while (!handover.offer(entry, SlotStream.STATUS_MILLIS)) {
            Position now = acknowledged();
            if (now.isAfter(told) || System.nanoTime() - toldNanos > SIGN_OF_LIFE.toNanos()) {
                stream.forceUpdateStatus();
                told = now;
                toldNanos = System.nanoTime();
            }
        }
    }

    /** May be called several times and by any thread: the first reason counts. */
    private void endBecause(Throwable reason) {
        handover.end(reason);
        try {
            connection.abort(Runnable::run);
            watch.close();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public Optional<LogEntry> poll() {
        return handover.poll();
    }

    @Override
    public LogEntry next() throws SQLException, UnreadableLogException {
        try {
            LogEntry entry = handover.take();
            if (entry != null) {
                return entry;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for the log of " + endpoint, CONNECTION_CLOSED, e);
        }
        Throwable reason = handover.reason();
        if (reason instanceof UnreadableLogException unreadable) {
            throw unreadable;
        }
        if (reason instanceof Error error) {
            throw error;
        }
        String state = reason instanceof SQLException sql ? sql.getSQLState() : CONNECTION_FAILURE;
        throw new SQLException(
                "reading the log of " + endpoint + " from slot " + slot + " ended: " + reason, state, reason);
    }

    @Override
    public synchronized void acknowledge(Position position) {
        if (position.isAfter(acknowledged)) {
            acknowledged = position;
            LogSequenceNumber number = LogSequenceNumber.valueOf(position.value());
            stream.setAppliedLSN(number);
            stream.setFlushedLSN(number);
        }
    }

    private synchronized Position acknowledged() {
        return acknowledged;
    }

    @Override
    public void close() throws SQLException {
        handover.discard(new SQLException("the reader was closed", CONNECTION_CLOSED));
        connection.abort(Runnable::run);
        watch.close();
        thread.interrupt();
        try {
            thread.join(END_MILLIS_MAX);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new SQLException(
                    thread.getName() + " did not end within " + END_MILLIS_MAX + " ms", CONNECTION_FAILURE);
        }
    }
}
