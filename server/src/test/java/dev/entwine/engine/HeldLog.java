package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.PGConnection;

/**
 * Keeps an engine from reading one site's log for as long as this is open, and from nothing else: a slot has one reader, and this is
 * it. It reads nothing and acknowledges nothing. Unlike a line that is cut, it lets an engine start meanwhile.
 */
final class HeldLog implements AutoCloseable {
    private static final String READER =
            "SELECT active_pid FROM pg_replication_slots WHERE database = current_database()";

    private final Sites sites;
    private final String site;
    private final Connection connection;
    private final String reader;

    /** The site must have no engine. */
    HeldLog(Sites sites, String site) throws SQLException {
        this.sites = sites;
        this.site = site;
        Properties properties = new Properties();
        properties.setProperty("user", PostgresServer.SUPERUSER);
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "14");
        properties.setProperty("options", "-c wal_sender_timeout=0"); // for nobody answers the server here
        connection = DriverManager.getConnection(sites.server(site).url(Sites.DATABASE), properties);
        connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withAutomaticFlush(false)
                .withSlotName(sites.value(
                        site, "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"))
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", "entwine")
                .start();
        reader = sites.value(site, READER);
        assertThat(reader).as("reader of the log of " + site).isNotEqualTo("null");
    }

    String site() {
        return site;
    }

    /** From now on an engine can have it; until now none had. */
    @Override
    public void close() throws SQLException {
        String readerNow = sites.value(site, READER);
        connection.close();
        assertThat(readerNow)
                .as("reader of the log of " + site + " all the while")
                .isEqualTo(reader);
    }
}
