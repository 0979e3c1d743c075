package dev.entwine.bench;

import java.io.IOException;
import java.sql.SQLException;

/** What keeps one database of the pair in step while it is open. */
interface Contender extends AutoCloseable {
    /** Processor seconds so far of its own processes outside the servers. */
    double ownSeconds();

    @Override
    void close() throws IOException, SQLException;
}
