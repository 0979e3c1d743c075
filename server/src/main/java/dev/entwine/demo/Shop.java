package dev.entwine.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;

/** The sample: customers, products and orders; small enough that two writers meet on the same rows. */
final class Shop {
    static final int CUSTOMERS = 200;
    static final int PRODUCTS = 100;
    /** The first customers, of whom only {@link Regulars} changes anything: what is decided about them stands for a while. */
    static final int REGULARS = 20;

    private static final String SCHEMA = """
        CREATE SCHEMA shop;
        CREATE TABLE shop.customer (id int PRIMARY KEY, name text NOT NULL, city text, phone text, updated_at timestamptz);
        CREATE TABLE shop.product (id int PRIMARY KEY, name text NOT NULL, price numeric(10, 2) NOT NULL, stock int NOT NULL);
        CREATE TABLE shop.purchase (id uuid PRIMARY KEY, customer int NOT NULL, placed_at timestamptz NOT NULL, state text NOT NULL,
                                    note jsonb);
        CREATE TABLE shop.purchase_line (purchase uuid, line int, product int NOT NULL, quantity int NOT NULL,
                                         price numeric(10, 2) NOT NULL, PRIMARY KEY (purchase, line));
        ALTER TABLE shop.customer REPLICA IDENTITY FULL;
        ALTER TABLE shop.product REPLICA IDENTITY FULL;
        INSERT INTO shop.customer SELECT i, 'Customer ' || i, 'Bergen', NULL, '2026-01-01T00:00:00Z' FROM generate_series(1, %d) i;
        INSERT INTO shop.product SELECT i, 'Product ' || i, i * 1.25, 1000 FROM generate_series(1, %d) i;
        """.formatted(CUSTOMERS, PRODUCTS);

    /** One of so many is cancelled. */
    private static final int OLDEST = 30;

    static final String[] CITIES = {"Bergen", "Trondheim", "Oslo", "Tromsø", "Stavanger"};

    private Shop() {}

    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SCHEMA);
        }
    }

    /** One thing that happens in a shop, as one transaction; how many rows it changed. */
    static int trade(Connection connection, SplittableRandom random, String site) throws SQLException {
        int dice = random.nextInt(100);
        if (dice < 35) {
            return update(
                    connection,
                    "UPDATE shop.customer SET city = ?, phone = ?, updated_at = clock_timestamp() WHERE id = ?",
                    CITIES[random.nextInt(CITIES.length)],
                    site + " " + random.nextInt(10_000),
                    1 + REGULARS + random.nextInt(CUSTOMERS - REGULARS));
        }
        if (dice < 55) {
            return update(
                    connection,
                    "UPDATE shop.product SET price = price + ?, stock = stock - 1 WHERE id = ?",
                    new java.math.BigDecimal(random.nextInt(5)).movePointLeft(2),
                    1 + random.nextInt(PRODUCTS));
        }
        return dice < 90 ? order(connection, random, site) : cancel(connection, random.nextInt(OLDEST));
    }

    private static int order(Connection connection, SplittableRandom random, String site) throws SQLException {
        java.util.UUID id = new java.util.UUID(random.nextLong(), random.nextLong());
        connection.setAutoCommit(false);
        try {
            int rows = update(
                    connection,
                    "INSERT INTO shop.purchase VALUES (?, ?, clock_timestamp(), 'placed', jsonb_build_object('at',"
                            + " ?::text))",
                    id,
                    1 + random.nextInt(CUSTOMERS),
                    site);
            int lines = 1 + random.nextInt(3);
            for (int line = 1; line <= lines; line++) {
                rows += update(
                        connection,
                        "INSERT INTO shop.purchase_line SELECT ?, ?, id, ?, price FROM shop.product WHERE id = ?",
                        id,
                        line,
                        1 + random.nextInt(9),
                        1 + random.nextInt(PRODUCTS));
            }
            connection.commit();
            return rows;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static int cancel(Connection connection, int nth) throws SQLException {
        return update(
                connection,
                "WITH old AS (DELETE FROM shop.purchase WHERE id = (SELECT id FROM shop.purchase ORDER BY placed_at"
                        + " OFFSET ? LIMIT 1) RETURNING id) DELETE FROM shop.purchase_line WHERE purchase IN (SELECT id"
                        + " FROM old)",
                nth);
    }

    private static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }
}
