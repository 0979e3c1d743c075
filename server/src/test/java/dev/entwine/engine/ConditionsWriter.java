package dev.entwine.engine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * An application of {@code examples/ccdb} at one site: looks ids up by their texts, makes those that are missing, and writes objects
 * with them. What is accepted it remembers by the texts. Owned by one thread; what it remembers is shared.
 */
final class ConditionsWriter implements Runnable {
    /** What a statement that breaks a constraint, or is in another one's way, ends with. */
    private static final Set<String> REFUSALS = Set.of("23", "40", "55");

    /** The texts that an application chooses among: those with these numbers. */
    record Texts(int first, int count) {
        static final Texts FEW = new Texts(0, 300);

        int any(Random random) {
            return first + random.nextInt(count);
        }
    }

    private final Sites sites;
    private final String site;
    private final int number;
    private final int transactions;
    private final Random random;
    private final Map<String, String> objects;
    private final Texts texts;
    private final List<String> mine = new ArrayList<>();

    /** @param objects what each object that was accepted means, by its id */
    ConditionsWriter(
            Sites sites,
            String site,
            int number,
            long seed,
            int transactions,
            Map<String, String> objects,
            Texts texts) {
        this.sites = sites;
        this.site = site;
        this.number = number;
        this.transactions = transactions;
        this.random = new Random(seed + number);
        this.objects = objects;
        this.texts = texts;
    }

    @Override
    public void run() {
        try (Connection connection = sites.connect(site)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < transactions; i++) {
                try {
                    transaction(connection, i);
                } catch (SQLException e) {
                    connection.rollback();
                    if (!REFUSALS.contains(String.valueOf(e.getSQLState()).substring(0, 2))) {
                        throw e;
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("writer " + number + " at " + site, e);
        }
    }

    private void transaction(Connection connection, int i) throws SQLException {
        String path = "/" + texts.any(random);
        int id = id(connection, "path", "path", path);
        if (!mine.isEmpty() && random.nextInt(4) == 0) {
            String object = mine.get(random.nextInt(mine.size()));
            boolean deletes = random.nextInt(3) == 0;
            try (PreparedStatement change = connection.prepareStatement(
                    deletes
                            ? "DELETE FROM object WHERE id = ?::uuid"
                            : "UPDATE object SET path = ? WHERE id = ?::uuid")) {
                if (!deletes) {
                    change.setInt(1, id);
                }
                change.setString(deletes ? 1 : 2, object);
                change.executeUpdate();
            }
            connection.commit();
            if (deletes) {
                objects.remove(object);
                mine.remove(object);
            } else {
                objects.computeIfPresent(object, (key, meaning) -> path + meaning.substring(meaning.indexOf(' ')));
            }
            return;
        }
        Set<String> words = new TreeSet<>();
        List<String> keys = new ArrayList<>();
        for (int n = random.nextInt(4); n > 0; n--) {
            String word = "k" + texts.any(random);
            if (words.add(word)) {
                keys.add(Integer.toString(id(connection, "metadata_key", "name", word)));
            }
        }
        String object = "%08x-0000-0000-0000-%012x".formatted(number, i);
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO object (id, path, validity, size, metadata) VALUES (?::uuid, ?,"
                        + " '[2026-01-01,2026-02-01)', 1, coalesce(hstore(?::text[], array_fill('v'::text,"
                        + " ARRAY[cardinality(?::text[])])), ''))")) {
            insert.setString(1, object);
            insert.setInt(2, id);
            insert.setArray(3, connection.createArrayOf("text", keys.toArray()));
            insert.setArray(4, connection.createArrayOf("text", keys.toArray()));
            insert.executeUpdate();
        }
        connection.commit();
        mine.add(object);
        objects.put(object, path + " " + words.stream().collect(Collectors.joining(",")));
    }

    /** Holds the row until the end of the transaction, as a foreign key does: then it keeps its id as long as it is being used. */
    private static int id(Connection connection, String table, String column, String text) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO " + table + " (" + column + ") VALUES (?) ON CONFLICT DO NOTHING");
                PreparedStatement select = connection.prepareStatement(
                        "SELECT id FROM " + table + " WHERE " + column + " = ? FOR KEY SHARE")) {
            select.setString(1, text);
            insert.setString(1, text);
            for (int tries = 0; tries < 3; tries++) {
                try (ResultSet row = select.executeQuery()) {
                    if (row.next()) {
                        return row.getInt(1);
                    }
                }
                insert.executeUpdate();
            }
        }
        throw new SQLException("the row comes and goes", "40001");
    }
}
