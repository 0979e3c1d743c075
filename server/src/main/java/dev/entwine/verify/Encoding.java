package dev.entwine.verify;

import dev.entwine.db.Identifiers;
import dev.entwine.verify.Shape.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * How a row becomes a number of 64 bits inside the server. Rows of different texts get different numbers, up to chance; equal rows
 * get equal numbers at all sites. Both kinds tell apart what the server's own equality does not: 1.0 from 1.00, minus zero from zero.
 * Expressions are for a table with the alias {@code t}. Stateless.
 */
enum Encoding {
    /** The server's own hash functions; only where all sites' functions agree. Several times as fast. */
    NATIVE,
    /** A digest of all values' texts, in UTF-8: the same in every version and on every machine. */
    TEXT;

    /** Values of the types that are hashed natively; servers that give the same number for it have the same functions. */
    static final String PROBE = """
        SELECT hash_record_extended(ROW(true, 7::int2, -8, 9876543210, 'Gr\u00fc\u00dfe'::text, 'x'::char(3), 'n'::name,
                 '5f1c'::bytea, '3f2504e0-4f89-41d3-9a0c-0305e82c3301'::uuid, '10.1.0.0/16'::inet, '08:00:2b:01:02:03'::macaddr,
                 1.50, -2.5::float4, 1e300::float8, '2021-02-03'::date, '2021-02-03 04:05:06.789'::timestamp,
                 '2021-02-03 04:05:06.789Z'::timestamptz, '04:05:06'::time, '1 mon 2 days'::interval, '[3,9)'::int4range,
                 26::oid), 42)::text || ' ' || hashint8extended(9876543210, 0) || ' ' || hashint4extended(7, 9876543210)
               || ' ' || hashint2extended(7::int2, 1) || ' ' || hashfloat4extended(-2.5::float4, 1) || ' '
               || hashfloat8extended(1e300, 1) || ' ' || hash_numeric_extended(1.50, 1) || ' '
               || uuid_hash_extended('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 0) || ' '
               || hashtextextended('Gr\u00fc\u00dfe' COLLATE "C", 0) || ' ' || current_setting('server_encoding')
        """;

    /** What constants are for; no two are the same. */
    private static final int SEED = 0;

    private static final int NULL = 1;
    private static final int REST = 2;
    private static final int OTHERS = 3;
    private static final int USES = 4;

    /**
     * Of the whole row: each column's hash with a seed of its own, added up and hashed once more. The last step is what keeps rows
     * apart: without it the same change in many rows would move all their numbers alike, and now and then the moves of two
     * rows cancel each other out where numbers are added up.
     */
    String row(Shape shape) {
        if (this == TEXT) {
            return digest(texts(shape.columns()));
        }
        List<String> hashes = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            Column column = shape.columns().get(i);
            hash(column, i).ifPresentOrElse(hashes::add, () -> others.add(nativeValue(column)));
            rest(column, i).ifPresent(hashes::add);
        }
        if (!others.isEmpty()) {
            String any = constant(OTHERS, shape.columns().size());
            hashes.add("hash_record_extended(ROW(" + String.join(", ", others) + "), " + any + ")");
        }
        return "hashint4extended(0, " + sum(hashes) + ")";
    }

    /** Nested no deeper than the server's parser can follow for as many columns as a table can have. */
    private static String sum(List<String> terms) {
        int half = terms.size() / 2;
        return half == 0
                ? terms.getFirst()
                : "(" + sum(terms.subList(0, half)) + " # " + sum(terms.subList(half, terms.size())) + ")";
    }

    /** Any number, by position alone: what else the sites' columns may differ in must not change it. */
    private static String constant(int use, int position) {
        return "'" + new SplittableRandom(position * (long) USES + use).nextLong() + "'::bigint";
    }

    /** Of the key; equal keys have equal numbers, whatever their texts. */
    String key(Shape shape) {
        List<Column> key = shape.keyColumns();
        if (this == TEXT) {
            return digest(key.stream().map(Encoding::keyText).toList());
        }
        String whole = "hash_record_extended(ROW("
                + key.stream().map(Encoding::nativeKey).collect(Collectors.joining(", ")) + "), 0)";
        String name = name(key.getFirst());
        return switch (key.size() == 1 && key.getFirst().isBuiltIn()
                ? (int) key.getFirst().oid()
                : 0) {
            case 20 -> "hashint8extended(" + name + ", 0)";
            case 21, 23 -> "hashint4extended(" + name + "::int4, 0)";
            case 25, 1043 -> "hashtextextended(" + name + "::text COLLATE \"C\", 0)";
            case 2950 -> "uuid_hash_extended(" + name + ", 0)";
            default -> whole;
        };
    }

    private static String digest(List<String> texts) {
        return "('x' || left(md5(convert_to(ROW(" + String.join(", ", texts)
                + ")::text, 'UTF8')), 16))::bit(64)::bigint";
    }

    /** A text that says everything of a row, NULL and empty being different. */
    static String whole(Shape shape) {
        return "md5(convert_to(ROW(" + String.join(", ", texts(shape.columns())) + ")::text, 'UTF8'))";
    }

    /** As the types print them, which is not always what a cast to text gives; NULL stays NULL. */
    static List<String> texts(List<Column> columns) {
        return columns.stream().map(Encoding::printed).toList();
    }

    static String name(Column column) {
        return "t." + Identifiers.quote(column.name());
    }

    /** A composite value whose parts are all NULL {@code IS NULL}, and is not the same as no value. */
    private static String printed(Column column) {
        return "CASE WHEN " + name(column) + " IS DISTINCT FROM NULL THEN format('%s', " + name(column) + ") END";
    }

    /** By a function that can be called without making a row of the value, which costs more than the hash. */
    private static Optional<String> hash(Column column, int position) {
        String name = name(column);
        String seed = ", " + constant(SEED, position) + ")";
        Optional<String> hash = switch (builtIn(column)) {
            case 16 -> Optional.of("hashint4extended(" + name + "::int4" + seed);
            // As the seed all its 64 bits count; the type's own function folds them to 32.
            case 20 -> Optional.of("hashint4extended(" + position + ", " + name + ")");
            case 21 -> Optional.of("hashint2extended(" + name + seed);
            case 23 -> Optional.of("hashint4extended(" + name + seed);
            case 700 -> Optional.of("hashfloat4extended(" + name + seed);
            case 701 -> Optional.of("hashfloat8extended(" + name + seed);
            case 1700 -> Optional.of("hash_numeric_extended(" + name + seed);
            case 2950 -> Optional.of("uuid_hash_extended(" + name + seed);
            default ->
                hasNativeValue(column)
                        ? Optional.empty()
                        : Optional.of("hashtextextended((" + nativeValue(column) + ") COLLATE \"C\"" + seed);
        };
        return column.notNull() ? hash : hash.map(call -> "coalesce(" + call + ", " + constant(NULL, position) + ")");
    }

    /** What a value's native hash leaves out, for it takes equal values for the same whatever their texts. */
    private static Optional<String> rest(Column column, int position) {
        String name = name(column);
        String seed = ", " + constant(REST, position) + ")";
        return switch (builtIn(column)) {
            case 700, 701 ->
                Optional.of(
                        "CASE WHEN " + name + " = 0 THEN hashtextextended(" + name + "::text" + seed + " ELSE 0 END");
            case 1700 ->
                column.modifier() >= 0
                        ? Optional.empty()
                        : Optional.of("coalesce(hashint4extended(scale(" + name + ")" + seed + ", 0)");
            default -> Optional.empty();
        };
    }

    /** The type's number, 0 where it is not one of the server's own. */
    private static int builtIn(Column column) {
        return column.isBuiltIn() ? (int) column.oid() : 0;
    }

    /** Whether the server's hash of the value, or of the bytes that it is sent as, tells any two texts apart. */
    private static boolean hasNativeValue(Column column) {
        return switch (builtIn(column)) {
            // numbers, bool, uuid
            case 16, 20, 21, 23, 26, 700, 701, 1700, 2950 -> true;
            // dates and times
            case 1082, 1083, 1114, 1184 -> true;
            // bytea, "char", name, network addresses, ranges of int4 and dates
            case 17, 18, 19, 650, 774, 829, 869, 3904, 3912 -> true;
            case 1042 -> column.modifier() > 0 && column.deterministic();
            default -> false;
        };
    }

    private static String nativeValue(Column column) {
        String name = name(column);
        return switch (builtIn(column)) {
            // times, whose hash folds 64 bits to 32
            case 1083 -> "time_send(" + name + ")";
            case 1114 -> "timestamp_send(" + name + ")";
            case 1184 -> "timestamptz_send(" + name + ")";
            case 0 -> printed(column);
            case 1042 -> hasNativeValue(column) ? name : printed(column);
            default -> hasNativeValue(column) ? name : name + "::text";
        };
    }

    /** The server's equality of keys is what counts. */
    private static String nativeKey(Column column) {
        return switch (builtIn(column)) {
            case 1042, 1186 -> name(column);
            case 0 -> keyText(column);
            case 25, 1043 -> name(column) + "::text COLLATE \"C\"";
            default -> nativeValue(column);
        };
    }

    /** Equal keys have equal texts. */
    private static String keyText(Column column) {
        String name = name(column);
        return switch (column.keyText()) {
            case EXACT -> printed(column);
            case NUMERIC -> "trim_scale(" + name + ")::text";
            case FLOAT -> "CASE WHEN " + name + " = 0 THEN '0' ELSE " + name + "::text END";
            case BLANK_PADDED -> name + "::text";
            case INTERVAL -> "justify_interval(" + name + ")::text";
            case CASELESS -> "lower(" + name + "::text)";
        };
    }
}
