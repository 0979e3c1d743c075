package dev.entwine.demo;

import dev.entwine.db.Endpoint;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.SiteId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Two real servers on free loopback ports, east and west, each with the same shop. Gone when closed. */
public final class DemoServers implements AutoCloseable {
    private static final String DATABASE = "shop";

    private final Map<SiteId, PostgresServer> servers = new LinkedHashMap<>();
    private final Path configuration;

    private DemoServers() throws IOException {
        configuration = Files.createTempFile("entwine-demo-", ".yaml");
    }

    /** Starts and fills both; takes a few seconds, the first time longer. */
    public static DemoServers start() throws IOException, SQLException {
        DemoServers demo = new DemoServers();
        try {
            for (SiteId site : List.of(new SiteId("east"), new SiteId("west"))) {
                PostgresServer server = PostgresServer.start();
                demo.servers.put(site, server);
                server.createDatabase(DATABASE);
                try (Connection connection = server.connect(DATABASE)) {
                    Shop.create(connection);
                }
            }
            Files.writeString(demo.configuration, demo.yaml());
            return demo;
        } catch (IOException | SQLException | RuntimeException e) {
            demo.close();
            throw e;
        }
    }

    private String yaml() {
        StringBuilder yaml = new StringBuilder("sites:\n");
        servers.forEach((site, server) -> yaml.append("  ")
                .append(site)
                .append(":\n    url: ")
                .append(server.url(DATABASE))
                .append("\n    user: ")
                .append(PostgresServer.SUPERUSER)
                .append("\n    password: \"")
                .append(server.password())
                .append("\"\n"));
        return yaml.append("tables:\n  - match: shop.*\n    on_conflict: latest\n")
                .toString();
    }

    /** A file as users write it, with which every command works while the demo runs. */
    public Path configuration() {
        return configuration;
    }

    public List<SiteId> sites() {
        return List.copyOf(servers.keySet());
    }

    /** A connection as an application has it. */
    static Connection connect(Endpoint endpoint) throws SQLException {
        return DriverManager.getConnection(endpoint.url(), endpoint.user(), endpoint.password());
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(configuration);
        IOException failure = null;
        for (PostgresServer server : servers.values()) {
            try {
                server.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
