package dev.entwine.testkit;

import java.time.LocalDateTime;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One table of the workload.
 *
 * @param keyOf the key's texts for the row with a number; every number has a row of its own
 */
record WorkloadTable(String name, List<Typed> keyColumns, LongFunction<List<String>> keyOf, List<Value> values) {
    static final String COUNTER = "counter";

    private static final LocalDateTime FIRST_READING = LocalDateTime.of(2026, 1, 1, 0, 0);

    /** A column and its type. */
    record Typed(String name, String type) {
        String parameter() {
            return "CAST(? AS " + type + ")";
        }
    }

    /** A column that is no key, and what is written into it. */
    record Value(Typed column, Function<RandomGenerator, String> text) {}

    /** Those whose rows any site may write; the counters are apart. */
    static final List<WorkloadTable> SHARED = List.of(
            new WorkloadTable(
                    "item",
                    List.of(new Typed("id", "bigint")),
                    n -> List.of(Long.toString(n)),
                    List.of(
                            value("name", "text", random -> words(random, 3)),
                            value(
                                    "price",
                                    "numeric",
                                    random -> random.nextInt(100_000) + "." + (10 + random.nextInt(90))),
                            value("stock", "integer", random -> Integer.toString(random.nextInt())),
                            value("active", "boolean", random -> Boolean.toString(random.nextBoolean())),
                            value(
                                    "created",
                                    "timestamptz",
                                    random -> FIRST_READING.plusNanos(micros(random)) + "+02"))),
            new WorkloadTable(
                    "customer",
                    List.of(new Typed("id", "uuid")),
                    n -> List.of(new UUID(n * 0x9E3779B97F4A7C15L, n).toString()),
                    List.of(
                            value("name", "varchar", random -> words(random, 2) + " Ünïcødé 😀"),
                            value(
                                    "born",
                                    "date",
                                    random -> FIRST_READING
                                            .toLocalDate()
                                            .minusDays(random.nextInt(30_000))
                                            .toString()),
                            value(
                                    "settings",
                                    "jsonb",
                                    random -> "{\"a\": " + random.nextInt() + ", \"b\": [null, \"x\"]}"),
                            value("photo", "bytea", random -> "\\x" + hex(random, 1 + random.nextInt(40))),
                            value("code", "char(8)", random -> words(random, 1)))),
            new WorkloadTable(
                    "booking",
                    List.of(new Typed("office", "char(4)"), new Typed("number", "integer")),
                    n -> List.of("o" + n % 7, Long.toString(n)),
                    List.of(
                            value(
                                    "during",
                                    "tstzrange",
                                    random -> "[2026-01-01 00:00:00+00,2026-02-0" + (1 + random.nextInt(9))
                                            + " 00:00:00+00)"),
                            value("note", "text", WorkloadTable::note),
                            value("labels", "text[]", random -> "{" + words(random, 1) + ",NULL,\"a,b\"}"))),
            new WorkloadTable(
                    "reading",
                    List.of(new Typed("sensor", "text"), new Typed("at", "timestamp")),
                    n -> List.of("sensor " + n % 5, FIRST_READING.plusSeconds(n).toString()),
                    List.of(
                            value("value", "double precision", random -> Double.toString(random.nextDouble())),
                            value("quality", "real", random -> Float.toString(random.nextFloat())),
                            value("grade", "smallint", random -> Integer.toString(random.nextInt(-100, 100))),
                            value("source", "inet", random -> "10.0." + random.nextInt(256) + ".1/24"))),
            new WorkloadTable(
                    "account",
                    List.of(new Typed("id", "integer")),
                    n -> List.of(Long.toString(n)),
                    List.of(
                            value("balance", "bigint", random -> Long.toString(random.nextLong())),
                            value(
                                    "waits",
                                    "interval",
                                    random -> random.nextInt(20) + " mons " + random.nextInt(99) + " days"),
                            value("opens", "time", random -> "0" + random.nextInt(10) + ":30:00"),
                            value("document", "json", random -> "{\"x\":  " + random.nextInt() + "}"))));

    /** Its only value is counted up by the writer. */
    static final List<Typed> COUNTER_KEY = List.of(new Typed("site", "text"), new Typed("id", "integer"));

    private static Value value(String name, String type, Function<RandomGenerator, String> text) {
        return new Value(new Typed(name, type), text);
    }

    private static String words(RandomGenerator random, int count) {
        return Stream.generate(() -> Integer.toString(random.nextInt(36 * 36 * 36), 36))
                .limit(count)
                .collect(Collectors.joining(" "));
    }

    /** Now and then so large that it is stored out of line. */
    private static String note(RandomGenerator random) {
        return random.nextInt(10) == 0 ? hex(random, 4_000) : words(random, 8);
    }

    private static String hex(RandomGenerator random, int bytes) {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        return HexFormat.of().formatHex(content);
    }

    private static long micros(RandomGenerator random) {
        return random.nextLong(1_000_000_000_000L) * 1_000;
    }

    static String condition(List<Typed> key) {
        return key.stream()
                .map(column -> column.name() + " = " + column.parameter())
                .collect(Collectors.joining(" AND "));
    }
}
