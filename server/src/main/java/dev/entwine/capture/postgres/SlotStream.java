package dev.entwine.capture.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;

/** Starts the stream of messages from a slot. */
final class SlotStream {
    /** How often the server is told where we are; half of the second that {@code LogReader.acknowledge} allows. */
    static final int STATUS_MILLIS = 500;

    /** How long the server may need to notice that the slot's former reader is gone. */
    private static final Duration FREE_MAX = Duration.ofSeconds(10);

    private static final int LOOK_MILLIS = 50;

    /** The first version that can leave out what was written under a replication origin. */
    private static final int MAJOR_WITH_ORIGIN_FILTER = 16;

    private static final String OBJECT_IN_USE = "55006";

    private SlotStream() {}

    /** Creates a slot that goes with the connection. */
    static void createTemporary(Connection connection, String slot) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE_REPLICATION_SLOT " + quoted(slot) + " TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
        }
    }

    /** Waits for a while for a slot that another reader still has. */
    static PGReplicationStream start(Connection connection, String slot, String publication) throws SQLException {
        long deadline = System.nanoTime() + FREE_MAX.toNanos();
        while (true) {
            try {
                return startNow(connection, slot, publication);
            } catch (SQLException e) {
                if (!OBJECT_IN_USE.equals(e.getSQLState()) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                pause(e);
            }
        }
    }

    private static void pause(SQLException inUse) throws SQLException {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw inUse;
        }
    }

    private static PGReplicationStream startNow(Connection connection, String slot, String publication)
            throws SQLException {
        // Without automatic flush the driver reports as flushed what it is told to, and nothing else.
        ChainedLogicalStreamBuilder builder = connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withAutomaticFlush(false)
                .withStatusInterval(STATUS_MILLIS, TimeUnit.MILLISECONDS)
                .withSlotName(slot)
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", quoted(publication))
                .withSlotOption("messages", "true");
        if (connection.getMetaData().getDatabaseMajorVersion() >= MAJOR_WITH_ORIGIN_FILTER) {
            builder.withSlotOption("origin", "none");
        }
        return builder.start();
    }

    /** As an identifier, inside of what the driver puts into single quotes. */
    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"").replace("'", "''") + '"';
    }
}
