package dev.entwine.engine;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** One open session at each site, for thousands of small statements; each commits by itself. Used by one thread. */
final class Applications implements AutoCloseable {
    private final Map<String, Connection> connections = new HashMap<>();

    Applications(Sites sites) throws SQLException {
        for (String site : sites.names()) {
            connections.put(site, sites.connect(site));
        }
    }

    void execute(String site, String sql) throws SQLException {
        try (Statement statement = at(site).createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row; {@code null} as a word where there is none. */
    String value(String site, String sql) throws SQLException {
        try (Statement statement = at(site).createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "null";
        }
    }

    private Connection at(String site) {
        Connection connection = connections.get(site);
        if (connection == null) {
            throw new IllegalArgumentException("no site " + site);
        }
        return connection;
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections.values()) {
            connection.close();
        }
    }
}
