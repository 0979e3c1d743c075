package dev.entwine.bench;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The backlogs that are measured. All random choices come from a fixed seed, so every round gets the same. */
final class Backlogs {
    private static final int WARM_UP_CHANGES = 100_000;
    private static final int WIDE_COLUMNS = 50;
    private static final int LARGE_BYTES = 100_000;
    private static final int HASH_CHARACTERS = 32;

    private static final String TABLE =
            "CREATE TABLE item (id bigint PRIMARY KEY, a int, b text, c timestamptz, d numeric);";

    private final int divisor;
    private final int warmUp;

    private Backlogs(int divisor, int warmUp) {
        this.divisor = divisor;
        this.warmUp = warmUp;
    }

    /** @param divisor of the counts and of the rows that are there before; what warms up is not divided */
    static List<Backlog> all(int divisor) {
        return new Backlogs(divisor, WARM_UP_CHANGES).list();
    }

    /** As small as a test wants it: a warm-up of a hundred changes. */
    static List<Backlog> tiny(int divisor) {
        return new Backlogs(divisor, 100).list();
    }

    private List<Backlog> list() {
        return List.of(
                inserts("backlog-inserts", "single-row inserts", 1, 200_000),
                updates("backlog-updates", "single-row updates of random rows", 1_000_000 / divisor, 600_000),
                inserts("backlog-10", "transactions of 10 inserted rows", 10, 50_000),
                inserts("backlog-1000", "transactions of 1,000 inserted rows", 1_000, 1_000),
                deletes(),
                wide(),
                large(),
                updates("backlog-hot", "single-row updates of 1,000 rows", 1_000, 600_000),
                updates("size-10k", "single-row updates of random rows, 10,000 rows", 10_000, 200_000),
                updates("size-100k", "single-row updates of random rows, 100,000 rows", 100_000, 200_000),
                updates("size-1m", "single-row updates of random rows, 1,000,000 rows", 1_000_000, 200_000));
    }

    private Backlog inserts(String name, String what, int perTransaction, int transactions) {
        String values = values("(i - 1) * %d + g".formatted(perTransaction));
        String body = perTransaction == 1
                ? "INSERT INTO item VALUES (" + values("i") + ")"
                : "INSERT INTO item SELECT " + values + " FROM generate_series(1, " + perTransaction + ") g";
        return backlog(name, what, TABLE, body, perTransaction, transactions);
    }

    private Backlog updates(String name, String what, int rows, int transactions) {
        // A volatile function in the condition itself would be asked for every row of the table.
        String body = "key := 1 + floor(random() * " + rows + ")::int;"
                + " UPDATE item SET a = i, c = clock_timestamp(), d = d + 1 WHERE id = key";
        return backlog(name, what, filled(rows), body, 1, transactions);
    }

    private Backlog deletes() {
        int transactions = 200_000;
        int rows = warmUp + transactions / divisor;
        return backlog(
                "backlog-deletes",
                "single-row deletes",
                filled(rows),
                "DELETE FROM item WHERE id = i",
                1,
                transactions);
    }

    private Backlog wide() {
        String columns = IntStream.range(1, WIDE_COLUMNS)
                .mapToObj(i -> "c" + i + (i % 2 == 0 ? " int" : " text"))
                .collect(Collectors.joining(", "));
        String values = IntStream.range(1, WIDE_COLUMNS)
                .mapToObj(i -> i % 2 == 0 ? "i + " + i : "'text ' || i + " + i)
                .collect(Collectors.joining(", "));
        return backlog(
                "backlog-wide",
                "single-row inserts of 50 columns",
                "CREATE TABLE item (id bigint PRIMARY KEY, " + columns + ");",
                "INSERT INTO item VALUES (i, " + values + ")",
                1,
                50_000,
                WARM_UP_CHANGES / 5);
    }

    private Backlog large() {
        String text = "large text := (SELECT string_agg(md5(g::text), '') FROM generate_series(1, "
                + LARGE_BYTES / HASH_CHARACTERS + ") g);";
        int changes = Math.max(20, 4_000 / divisor);
        return new Backlog(
                "backlog-large",
                "single-row inserts of 100 kB",
                "CREATE TABLE item (id bigint PRIMARY KEY, b text);",
                text,
                "INSERT INTO item VALUES (i, i || large)",
                1,
                Math.min(warmUp, 1_000),
                changes);
    }

    private Backlog backlog(
            String name, String what, String create, String body, int perTransaction, int transactions) {
        return backlog(name, what, create, body, perTransaction, transactions, WARM_UP_CHANGES);
    }

    private Backlog backlog(
            String name, String what, String create, String body, int perTransaction, int transactions, int warmUpMax) {
        int before = Math.max(1, Math.min(warmUp, warmUpMax) / perTransaction);
        return new Backlog(
                name,
                what,
                create,
                "seeded text := setseed(0.25); key bigint;",
                body,
                perTransaction,
                before,
                Math.max(1, transactions / divisor));
    }

    /** Makes the table, with rows from 1 on. */
    static String filled(int rows) {
        return TABLE + "INSERT INTO item SELECT " + values("g") + " FROM generate_series(1, " + rows + ") g;";
    }

    /** A row of some 150 bytes. */
    private static String values(String key) {
        return "%1$s, %1$s, repeat(md5((%1$s)::text), 3) || 'four', timestamptz '2026-01-01 00:00Z' + (%1$s) * interval '1 s', (%1$s) * 0.01"
                .formatted(key);
    }
}
