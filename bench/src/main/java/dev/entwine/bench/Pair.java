package dev.entwine.bench;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.testkit.Workload;
import dev.entwine.testkit.WorkloadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Two servers with fsync; each round gets a database of its own at both, with the same content. Owned by the main thread. */
final class Pair implements AutoCloseable {
    static final List<String> SITES = List.of("east", "west");

    /** Opens a connection as an application has it. */
    interface Connector {
        Connection connect() throws SQLException;
    }

    private static final String RELEASE = """
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database();
        SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname = 'entwine_' || current_database();
        """;
    private static final String OBJECT_IN_USE = "55006";
    private static final long RELEASE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final Map<String, PostgresServer> servers = new LinkedHashMap<>();

    static Pair start() throws IOException {
        return start(Map.of());
    }

    /** @param settings of both servers, beside those that every embedded one gets */
    static Pair start(Map<String, String> settings) throws IOException {
        PostgresOptions options = PostgresOptions.DEFAULTS.withFsync();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            options = options.withSetting(setting.getKey(), setting.getValue());
        }
        Pair pair = new Pair();
        try {
            for (String site : SITES) {
                pair.servers.put(site, PostgresServer.start(PostgresBinaries.bundled(), options));
            }
            return pair;
        } catch (IOException | RuntimeException e) {
            pair.close();
            throw e;
        }
    }

    static String other(String site) {
        return SITES.get(1 - SITES.indexOf(site));
    }

    PostgresServer server(String site) {
        PostgresServer server = servers.get(site);
        if (server == null) {
            throw new IllegalArgumentException("no site " + site);
        }
        return server;
    }

    /**
     * Creates a database with the workload's tables in a schema for each site, and the table of probes.
     *
     * @param database a new name
     */
    void create(String database, WorkloadOptions load) throws SQLException, IOException {
        for (String site : SITES) {
            server(site).createDatabase(database);
            server(site).execute(database, Arrivals.TABLES);
            for (String schema : SITES) {
                server(site).execute(database, "CREATE SCHEMA " + schema);
                try (Connection connection = connector(site, database, schema).connect()) {
                    Workload.createSchema(connection);
                    Workload.fill(connection, load, SITES);
                }
            }
        }
    }

    /**
     * Creates a database with the same content at both sites: copies of one that nobody is connected to. Everything that the servers
     * have in memory is on disk afterwards.
     *
     * @param database a new name
     * @param template an existing one
     */
    void copy(String database, String template) throws SQLException {
        for (String site : SITES) {
            server(site)
                    .execute(
                            "postgres",
                            "CREATE DATABASE " + database + " TEMPLATE " + template + " STRATEGY file_copy");
        }
    }

    /** Takes what a replication that has ended has left at the servers: slots and origins of a database. */
    void release(String database) throws SQLException {
        long deadline = System.nanoTime() + RELEASE_NANOS_MAX;
        for (String site : SITES) {
            while (true) {
                try {
                    server(site).execute(database, RELEASE);
                    break;
                } catch (SQLException e) {
                    // The server may not have noticed yet that its client is gone.
                    if (!OBJECT_IN_USE.equals(e.getSQLState()) || System.nanoTime() > deadline) {
                        throw e;
                    }
                }
            }
        }
    }

    /** Drops a database at both sites; its slots and subscriptions are gone already. */
    void drop(String database) throws SQLException {
        for (String site : SITES) {
            server(site).execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
        }
    }

    /** @param schema where unqualified names of tables are looked for first */
    Connector connector(String site, String database, String schema) {
        String url = server(site).url(database) + "?currentSchema=" + schema + ",public";
        return () -> DriverManager.getConnection(
                url, PostgresServer.SUPERUSER, server(site).password());
    }

    /** Processor seconds so far of the server processes at both sites that serve the replication of a database. */
    double serverSeconds(String database) throws SQLException, IOException {
        double seconds = 0;
        for (String site : SITES) {
            try (Connection connection = server(site).connect(database);
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT pid FROM pg_stat_activity WHERE datname = '" + database
                                    + "' AND (application_name = 'entwine' OR backend_type = 'walsender'"
                                    + " OR backend_type LIKE 'logical replication%')")) {
                while (row.next()) {
                    seconds += processorSeconds(row.getLong(1));
                }
            }
        }
        return seconds;
    }

    /** From the 14th and 15th field of the kernel's line about the process, counted behind its name in parentheses. */
    static double processorSeconds(long pid) throws IOException {
        String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** The same on every Linux for x86-64. */
    private static final double TICKS_PER_SECOND = 100;

    @Override
    public void close() throws IOException {
        for (PostgresServer server : servers.values()) {
            server.close();
        }
    }
}
