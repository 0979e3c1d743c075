package dev.entwine.capture;

import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Reads one site's log, from the place that was last acknowledged. Owned by one thread, except for {@link #acknowledge} and
 * {@link #close}, which any thread may call.
 */
public interface LogReader extends AutoCloseable {
    /**
     * Waits for the next committed transaction. Positions grow from call to call.
     *
     * @throws SQLException            the connection or the server is gone, or the reader was closed: open another one
     * @throws UnreadableLogException  the log holds something that must not be skipped: nothing after it may be acknowledged
     */
    LogEntry next() throws SQLException, UnreadableLogException;

    /** The next committed transaction, if it is here already; empty otherwise, and when there will be none. */
    Optional<LogEntry> poll();

    /**
     * Lets the server forget every transaction before the given position; one that commits at it will be read again after a
     * restart. Sent to the server within a second, and never anything beyond it; a position that lies before an acknowledged one
     * changes nothing. What was acknowledged less than a second before {@link #close} may be read again. A server that crashes, and a
     * PostgreSQL before 17 that is restarted, may take the slot back to a position that was acknowledged earlier.
     */
    void acknowledge(Position position);

    /** Makes {@link #next} throw at once, also where another thread is waiting in it. */
    @Override
    void close() throws SQLException;
}
