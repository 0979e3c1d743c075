package dev.entwine.engine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes at random to one site: rows with two unique keys, chains of parents and children, a check, a sum. What the database refuses
 * is rolled back and forgotten; of what it accepts each version has a tag of its own, and it is remembered which tag replaced which.
 * Owned by one thread; what it remembers is shared.
 */
final class StormWriter implements Runnable {
    static final String SCHEMA = """
        CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, nick text UNIQUE, tag text,
                             low int DEFAULT 0, high int DEFAULT 9, CHECK (low <= high));
        CREATE TABLE basket (id int PRIMARY KEY, person int REFERENCES person ON DELETE CASCADE, code text UNIQUE,
                             slot int UNIQUE, tag text);
        CREATE TABLE item (id int PRIMARY KEY, basket int NOT NULL REFERENCES basket ON DELETE CASCADE, tag text);
        CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
        ALTER TABLE person REPLICA IDENTITY FULL;
        ALTER TABLE account REPLICA IDENTITY FULL;
        INSERT INTO account SELECT i, 0 FROM generate_series(1, 20) i;
        """;

    static final String RULES = """
          - match: public.person
            on_conflict: merge
          - match: public.basket
            on_unique: null(slot)
          - match: public.account
            columns: {balance: sum}
          - match: public.*
        """;

    static final List<String> TABLES = List.of("person", "basket", "item", "account");
    private static final int KEYS = 60;
    private static final int VALUES = 40;
    /** What a statement that breaks a constraint, or is in another one's way, ends with. */
    private static final Set<String> REFUSALS = Set.of("23", "40", "55");

    /** What all writers of a test have seen accepted. */
    static final class Memory {
        /** Each tag that was accepted, with the table and id of its row. */
        final Map<String, String> written = new ConcurrentHashMap<>();
        /** Tags whose version somebody who saw it replaced or deleted. */
        final Set<String> replaced = ConcurrentHashMap.newKeySet();

        /** What was added to each account. */
        final Map<Integer, Long> added = new ConcurrentHashMap<>();

        /** For the search when a sum is wrong: who added what, in the order in which it was accepted. */
        final Map<Integer, String> additions = new ConcurrentHashMap<>();

        final AtomicLong transactions = new AtomicLong();
    }

    private final Sites sites;
    private final String site;
    private final long seed;
    private final Random random;
    private final Memory memory;
    private final int transactions;
    private long tags;

    /** @param seed no two writers of a test have the same */
    StormWriter(Sites sites, String site, long seed, Memory memory, int transactions) {
        this.sites = sites;
        this.site = site;
        this.seed = seed;
        this.random = new Random(seed);
        this.memory = memory;
        this.transactions = transactions;
    }

    @Override
    public void run() {
        try (Connection connection = sites.connect(site)) {
            connection.setAutoCommit(false);
            int accepted = 0;
            while (accepted < transactions) {
                accepted += transaction(connection) ? 1 : 0;
            }
        } catch (SQLException e) {
            throw new IllegalStateException("writer of site " + site, e);
        }
    }

    /** Whether the database accepted it, and it changed something. */
    private boolean transaction(Connection connection) throws SQLException {
        Map<String, String> written = new ConcurrentHashMap<>();
        Set<String> replaced = ConcurrentHashMap.newKeySet();
        Map<Integer, Long> added = new HashMap<>();
        try {
            for (int i = random.nextInt(3); i >= 0; i--) {
                change(connection, written, replaced, added);
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            if (!REFUSALS.contains(String.valueOf(e.getSQLState()).substring(0, 2))) {
                throw e;
            }
            return false;
        }
        if (written.isEmpty() && replaced.isEmpty() && added.isEmpty()) {
            return false;
        }
        memory.written.putAll(written);
        memory.replaced.addAll(replaced);
        added.forEach((account, amount) -> {
            memory.added.merge(account, amount, Long::sum);
            memory.additions.merge(account, site + " +" + amount, (before, now) -> before + " " + now);
        });
        memory.transactions.incrementAndGet();
        return true;
    }

    private void change(
            Connection connection, Map<String, String> written, Set<String> replaced, Map<Integer, Long> added)
            throws SQLException {
        int id = 1 + random.nextInt(KEYS);
        String value = "v" + random.nextInt(VALUES);
        String tag = site + "-" + ++tags + "-" + seed;
        switch (random.nextInt(10)) {
            case 0, 1 -> {
                int account = 1 + id % 20;
                int amount = 1 + random.nextInt(9);
                String sql = "UPDATE account SET balance = balance + " + amount + " WHERE id = " + account;
                try (Statement statement = connection.createStatement()) {
                    if (statement.executeUpdate(sql) != 1) { // nobody ever deletes one
                        throw new IllegalStateException("site " + site + " does not find account " + account);
                    }
                }
                added.merge(account, (long) amount, Long::sum);
            }
            case 2, 3 ->
                put(
                        connection,
                        "person",
                        "email, nick",
                        "'" + value + "', " + number(value),
                        id,
                        tag,
                        written,
                        replaced);
            case 4 ->
                put(connection, "person", "low, high", id % 7 + ", " + (id % 7 + id % 3), id, tag, written, replaced);
            case 5, 6 -> {
                String columns = random.nextBoolean() ? "person, code, slot" : "code, slot, person";
                String cells = columns.startsWith("person")
                        ? random.nextInt(KEYS) + ", '" + value + "', " + random.nextInt(VALUES)
                        : "'" + value + "', " + random.nextInt(VALUES) + ", " + random.nextInt(KEYS);
                put(connection, "basket", columns, cells, id, tag, written, replaced);
            }
            case 7 -> put(connection, "item", "basket", "" + random.nextInt(KEYS), id, tag, written, replaced);
            case 8 -> delete(connection, TABLES.get(random.nextInt(3)), id, replaced);
            default -> swap(connection, id, 1 + random.nextInt(KEYS), tag, written, replaced);
        }
    }

    /** NULL as well, now and then. */
    private String number(String value) {
        return random.nextInt(4) == 0 ? "NULL" : "'" + value + random.nextInt(3) + "'";
    }

    private void put(
            Connection connection,
            String table,
            String columns,
            String cells,
            int id,
            String tag,
            Map<String, String> written,
            Set<String> replaced)
            throws SQLException {
        StringBuilder sets = new StringBuilder("tag = EXCLUDED.tag");
        for (String column : columns.split(", ", -1)) {
            sets.append(", ").append(column).append(" = EXCLUDED.").append(column);
        }
        replaced.addAll(tags(
                connection,
                "INSERT INTO " + table + " (id, tag, " + columns + ") VALUES (" + id + ", '" + tag + "', " + cells
                        + ") ON CONFLICT (id) DO UPDATE SET " + sets + " RETURNING old.tag"));
        written.put(tag, table + " " + id);
    }

    /** With everything that goes with it; parents are locked first, so that no child comes meanwhile. */
    private static void delete(Connection connection, String table, int id, Set<String> replaced) throws SQLException {
        String person = "SELECT id FROM person WHERE id = " + id;
        String basket = table.equals("person")
                ? "SELECT id FROM basket WHERE person IN (" + person + ")"
                : "SELECT id FROM basket WHERE id = " + id;
        String item = table.equals("item")
                ? "SELECT id FROM item WHERE id = " + id
                : "SELECT id FROM item WHERE basket IN (" + basket + ")";
        Set<String> top = tags(connection, "SELECT tag FROM " + table + " WHERE id = " + id + " FOR UPDATE");
        if (top.isEmpty()) {
            return; // it might come before the delete
        }
        replaced.addAll(top);
        if (!table.equals("item")) {
            replaced.addAll(tags(connection, "SELECT tag FROM basket WHERE id IN (" + basket + ") FOR UPDATE"));
        }
        replaced.addAll(tags(connection, "SELECT tag FROM item WHERE id IN (" + item + ") FOR UPDATE"));
        execute(connection, "DELETE FROM " + table + " WHERE id = " + id);
    }

    /** Two persons exchange their addresses. */
    private static void swap(
            Connection connection, int one, int other, String tag, Map<String, String> written, Set<String> replaced)
            throws SQLException {
        String both = "(" + one + ", " + other + ")";
        Set<String> before = tags(connection, "SELECT tag FROM person WHERE id IN " + both + " ORDER BY id FOR UPDATE");
        if (before.size() < 2) {
            return;
        }
        execute(
                connection,
                "CREATE TEMP TABLE IF NOT EXISTS was (id int, email text); DELETE FROM was;"
                        + " INSERT INTO was SELECT id, email FROM person WHERE id IN " + both
                        + "; UPDATE person SET email = NULL WHERE id IN " + both
                        + "; UPDATE person p SET tag = '" + tag
                        + "-' || p.id, email = (SELECT email FROM was WHERE id <> p.id)"
                        + " WHERE id IN " + both);
        replaced.addAll(before);
        written.put(tag + "-" + one, "person " + one);
        written.put(tag + "-" + other, "person " + other);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Set<String> tags(Connection connection, String sql) throws SQLException {
        Set<String> tags = ConcurrentHashMap.newKeySet();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String tag = row.getString(1);
                if (tag != null) {
                    tags.add(tag);
                }
            }
        }
        return tags;
    }
}
