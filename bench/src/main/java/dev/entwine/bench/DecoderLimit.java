package dev.entwine.bench;

import dev.entwine.embedded.PostgresServer;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.PGReplicationStream;

/**
 * How fast a server's decoder brings a backlog forth when everything is thrown away at once: nothing that reads the server's log in this
 * way can be faster on this machine.
 */
final class DecoderLimit {
    private static final String SLOT = "bench_limit";

    private DecoderLimit() {}

    /** A slot that keeps what is written from now on; the database has the publication of {@link OwnReplication}. */
    static void prepare(Pair pair, String site, String database) throws SQLException {
        pair.server(site).execute(database, "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
    }

    /** Reads the slot. Seconds between the first messages from these two positions on. */
    static double seconds(PostgresServer server, String database, long begin, long end) throws SQLException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, PostgresServer.SUPERUSER);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        try (Connection connection = DriverManager.getConnection(server.url(database), properties);
                PGReplicationStream stream = open(connection)) {
            long from = reach(stream, begin);
            return (reach(stream, end) - from) / 1e9;
        }
    }

    private static PGReplicationStream open(Connection connection) throws SQLException {
        return connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(SLOT)
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", OwnReplication.PUBLICATION)
                .withSlotOption("origin", "none")
                .start();
    }

    /** When a message came that lies at or behind a position; the last one there is lies right before it. */
    private static long reach(PGReplicationStream stream, long position) throws SQLException {
        long last = 0;
        while (last < position) {
            @Nullable ByteBuffer message = stream.read();
            if (message != null) {
                last = stream.getLastReceiveLSN().asLong();
            }
        }
        return System.nanoTime();
    }
}
