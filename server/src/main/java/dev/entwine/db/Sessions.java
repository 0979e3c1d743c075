package dev.entwine.db;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Properties;

/**
 * Opens connections whose session settings do not depend on what the server, the database or the role has been given: text forms
 * of values stay the same everywhere and for ever, and no time limit of the user's ends the engine's work. Stateless.
 */
public final class Sessions {
    /** What a connection is for; decides its protocol and its limits. */
    public enum Purpose {
        /** Streams the log. */
        CAPTURE,
        /** Writes rows: must give way to applications, and must not outlive a stopped engine. */
        APPLY,
        /** Short statements of the engine and of commands. */
        CONTROL,
        /** Reads whole tables. */
        COPY
    }

    private static final List<String> PINNED = List.of(
            "DateStyle = 'ISO, YMD'",
            "IntervalStyle = 'postgres'",
            "TimeZone = 'UTC'",
            "extra_float_digits = 1",
            "bytea_output = 'hex'",
            "xmlbinary = 'base64'",
            "xmloption = 'content'",
            "lc_monetary = 'C'",
            "quote_all_identifiers = off",
            "search_path = pg_catalog",
            "row_security = off",
            "statement_timeout = 0",
            "idle_session_timeout = 0",
            "default_transaction_isolation = 'read committed'",
            "default_transaction_read_only = off",
            "default_transaction_deferrable = off",
            "standard_conforming_strings = on",
            "check_function_bodies = off");

    /**
     * An apply session waits for an application's lock for less than {@code deadlock_timeout} (1 s by default), so that the engine,
     * never the application, is the one that gives way; and the server itself ends a transaction that a frozen engine left open.
     */
    private static final List<String> APPLYING = List.of(
            "session_replication_role = replica",
            "synchronous_commit = off",
            "lock_timeout = '500ms'",
            "idle_in_transaction_session_timeout = '5s'",
            "enable_hashjoin = off",
            "enable_mergejoin = off",
            "enable_seqscan = off",
            "plan_cache_mode = force_generic_plan");

    /** The first version with {@code transaction_timeout}. */
    private static final int MAJOR_WITH_TRANSACTION_TIMEOUT = 17;

    private static final List<String> UNLIMITED =
            List.of("lock_timeout = 0", "idle_in_transaction_session_timeout = 0");

    private Sessions() {}

    /** For connections whose work is done: one that cannot be closed is gone already. */
    public static void closeAll(Collection<Connection> connections) {
        connections.forEach(Sessions::close);
    }

    private static boolean close(Connection connection) {
        try {
            connection.close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /**
     * Opens a connection in auto-commit mode.
     *
     * @throws SQLException as the driver gives it: unreachable, refused, wrong password, or a setting that the role may not set
     */
    public static Connection open(Endpoint endpoint, Purpose purpose) throws SQLException {
        Connection connection = DriverManager.getConnection(endpoint.url(), properties(endpoint, purpose));
        try {
            pin(connection, purpose);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Properties properties(Endpoint endpoint, Purpose purpose) {
        Properties properties = new Properties();
        properties.setProperty("user", endpoint.user());
        properties.setProperty("password", endpoint.password());
        endpoint.tls().addTo(properties);
        properties.setProperty("ApplicationName", "entwine");
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("loginTimeout", "15");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("assumeMinServerVersion", "14");
        // The role's own limits may be shorter than what it takes to send the settings that lift them.
        properties.setProperty("options", "-c statement_timeout=0 -c idle_session_timeout=0");
        if (purpose == Purpose.APPLY) {
            properties.setProperty("preferQueryMode", "extendedForPrepared"); // other statements go in one message
        }
        if (purpose == Purpose.CAPTURE) {
            properties.setProperty("replication", "database");
            properties.setProperty("preferQueryMode", "simple");
        }
        return properties;
    }

    private static void pin(Connection connection, Purpose purpose) throws SQLException {
        StringBuilder sql = new StringBuilder();
        PINNED.forEach(setting -> sql.append("SET ").append(setting).append(';'));
        List<String> limits = purpose == Purpose.APPLY ? APPLYING : UNLIMITED;
        limits.forEach(setting -> sql.append("SET ").append(setting).append(';'));
        if (connection.getMetaData().getDatabaseMajorVersion() >= MAJOR_WITH_TRANSACTION_TIMEOUT) {
            sql.append("SET transaction_timeout = 0;");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql.toString());
        }
    }
}
