package dev.entwine.bench;

import java.io.IOException;
import java.sql.SQLException;

/** What keeps one database of the pair in step while it is open. */
interface Contender extends AutoCloseable {
    /** What is ready and does not run yet: what is committed from now on waits for it. */
    interface Stopped {
        /** Returns when it says that it runs. */
        Contender start() throws IOException, SQLException, InterruptedException;
    }

    /** Processor seconds so far of its own processes outside the servers. */
    double ownSeconds();

    /** The most memory, in bytes, that its own processes outside the servers have had resident. */
    long peakBytes() throws IOException;

    /** @throws IOException it has ended by itself; carries what it said */
    void requireRunning() throws IOException;

    /** Ends it, and takes its slots and origins from the servers, which have room for few. */
    @Override
    void close() throws IOException, SQLException;
}
