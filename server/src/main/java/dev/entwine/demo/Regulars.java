package dev.entwine.demo;

import dev.entwine.db.Endpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Customers of long standing who are served at two sites at the same time: one changes the address, the other the telephone number, and
 * neither knows of the other. Used by one thread.
 */
final class Regulars implements AutoCloseable {
    private final List<Connection> connections = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(7);
    private int served;

    Regulars(List<Endpoint> endpoints) throws SQLException {
        for (Endpoint endpoint : endpoints) {
            Connection connection = DemoServers.connect(endpoint);
            connections.add(connection);
            connection.setAutoCommit(false);
        }
    }

    /** Both are open before either is committed. */
    void serve() throws SQLException {
        int customer = 1 + served++ % Shop.REGULARS;
        int moving = random.nextInt(2);
        for (int site = 0; site < connections.size(); site++) {
            boolean moves = (moving + site) % 2 == 0;
            String sql = "UPDATE shop.customer SET " + (moves ? "city" : "phone")
                    + " = ?, updated_at = clock_timestamp() WHERE id = ?";
            try (PreparedStatement statement = connections.get(site).prepareStatement(sql)) {
                statement.setString(
                        1,
                        moves
                                ? Shop.CITIES[1 + random.nextInt(Shop.CITIES.length - 1)]
                                : "+47 " + (20_000_000 + random.nextInt(79_999_999)));
                statement.setInt(2, customer);
                statement.executeUpdate();
            }
        }
        for (Connection connection : random.nextBoolean() ? connections : connections.reversed()) {
            connection.commit();
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
    }
}
