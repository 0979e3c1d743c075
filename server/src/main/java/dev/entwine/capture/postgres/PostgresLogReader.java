package dev.entwine.capture.postgres;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * Reads a PostgreSQL server's log from a slot. Whoever asks for the next entry receives and decodes it himself: to hand it from one
 * thread to another costs milliseconds where the processors are busy. While nobody asks, a thread of its own reads ahead, bounded in
 * bytes, and reports the acknowledged position to the server.
 */
public final class PostgresLogReader implements LogReader {
    /** While nobody takes entries, so that the server does not take us for dead (by default it does so after 60 s). */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(2);

    /** Without a question, before the reader's own thread takes over. */
    private static final Duration LEFT_ALONE = Duration.ofMillis(100);

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
    /** Held by the thread that reads the stream, with which the decoder is shared. */
    private final ReentrantLock reading = new ReentrantLock();

    /** Somebody waits in {@link #next}. */
    private volatile boolean asked;

    private volatile long answeredNanos = System.nanoTime();
    private final Thread thread;
    private Position acknowledged = Position.NONE;

    private PostgresLogReader(
            Endpoint endpoint, String slot, Source source, Map<TableId, Table> tables, Position tablesAsOf) {
        this.endpoint = endpoint;
        this.slot = slot;
        connection = source.connection;
        stream = source.stream;
        watch = source.watch;
        decoder = new PgOutputDecoder(endpoint.site(), tables, tablesAsOf);
        // Not a virtual thread: decoding a long transaction computes without a pause and would hold up all the others.
        thread = Thread.ofPlatform().name("capture-" + endpoint.site()).daemon().unstarted(this::readAhead);
    }

    /** What is open at the server. */
    private record Source(Connection connection, PGReplicationStream stream, ShutdownWatch watch) {}

    /**
     * Begins to read at the slot's confirmed position.
     *
     * @param tables     every table of the publication
     * @param tablesAsOf a place in the log before the tables were looked at; rows from before it may lack columns that were
     *                   added since, rows from behind it may not
     * @throws SQLException unreachable, refused, no such slot, or another reader has the slot and keeps it
     */
    public static PostgresLogReader open(
            Endpoint endpoint, String slot, String publication, Map<TableId, Table> tables, Position tablesAsOf)
            throws SQLException {
        Connection connection = Sessions.open(endpoint, Sessions.Purpose.CAPTURE);
        try {
            PGReplicationStream stream = SlotStream.start(connection, slot, publication);
            Source source = new Source(connection, stream, ShutdownWatch.open(endpoint));
            PostgresLogReader reader = new PostgresLogReader(endpoint, slot, source, tables, tablesAsOf);
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

    private void readAhead() {
        try {
            while (!handover.hasEnded()) {
                if (isLeftAlone()) {
                    readUntilAsked();
                }
                Thread.sleep(LEFT_ALONE);
            }
        } catch (SQLException | UnreadableLogException | InterruptedException | RuntimeException | Error e) {
            endBecause(e);
        }
    }

    private boolean isLeftAlone() {
        return !asked && System.nanoTime() - answeredNanos > LEFT_ALONE.toNanos();
    }

    private void readUntilAsked() throws SQLException, UnreadableLogException, InterruptedException {
        reading.lockInterruptibly();
        try {
            while (!asked) {
                LogEntry entry = read();
                if (entry != null) {
                    hand(entry);
                }
            }
        } finally {
            reading.unlock();
        }
    }

    /** Null: nothing, or nothing whole, has come within a millisecond. */
    private @Nullable LogEntry read() throws SQLException, UnreadableLogException {
        // The driver's read() sleeps through its own status interval when nothing arrives, so that nothing would be
        // acknowledged. This one waits for at most a millisecond inside the driver, and reports when it is time to.
        ByteBuffer message = stream.readPending();
        return message == null ? null : decoder.decode(message);
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
        Optional<LogEntry> readBefore = handover.poll();
        if (readBefore.isPresent() || !reading.tryLock()) {
            return readBefore;
        }
        try {
            Optional<LogEntry> waiting = handover.poll();
            return waiting.isPresent() || handover.hasEnded() ? waiting : readWhatIsHere();
        } catch (SQLException | UnreadableLogException | RuntimeException | Error e) {
            endBecause(e);
            return Optional.empty();
        } finally {
            reading.unlock();
        }
    }

    private Optional<LogEntry> readWhatIsHere() throws SQLException, UnreadableLogException {
        while (true) {
            ByteBuffer message = stream.readPending();
            if (message == null) {
                return Optional.empty();
            }
            LogEntry entry = decoder.decode(message);
            if (entry != null) {
                return Optional.of(entry);
            }
        }
    }

    @Override
    public LogEntry next() throws SQLException, UnreadableLogException {
        try {
            asked = true;
            LogEntry entry = nextOrEnd();
            if (entry != null) {
                return entry;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for the log of " + endpoint, CONNECTION_CLOSED, e);
        } finally {
            answeredNanos = System.nanoTime();
            asked = false;
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

    private @Nullable LogEntry nextOrEnd() throws InterruptedException {
        Optional<LogEntry> readBefore = handover.poll();
        return readBefore.isPresent() ? readBefore.get() : readHere();
    }

    /** Null: there will be no further entry. */
    private @Nullable LogEntry readHere() throws InterruptedException {
        reading.lockInterruptibly();
        try {
            LogEntry entry = handover.poll().orElse(null);
            while (entry == null && !handover.hasEnded()) {
                entry = read();
                if (entry == null && Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return entry;
        } catch (SQLException | UnreadableLogException | RuntimeException | Error e) {
            endBecause(e);
            return null;
        } finally {
            reading.unlock();
        }
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
