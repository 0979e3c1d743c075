package dev.entwine.verify;

import dev.entwine.db.Identifiers;
import dev.entwine.verify.Shape.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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
                 26::oid), 42)::text || ' ' || hashint8extended(9876543210, 0) || ' ' || hashint4extended(7, 0)
               || ' ' || uuid_hash_extended('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 0) || ' '
               || hashtextextended('Gr\u00fc\u00dfe' COLLATE "C", 0) || ' ' || current_setting('server_encoding')
        """;

    /** Shifts keep what several columns add to the seed apart from each other. */
    private static final int SHIFTS = 31;

    /**
     * Of the whole row. The native hash of a row is a sum of its columns' hashes, so the same change in many rows moves all their
     * numbers alike, and now and then the moves of two rows cancel each other out where numbers are added up. So each
     * row's columns are hashed with its key as the seed.
     */
    String row(Shape shape) {
        if (this == TEXT) {
            return digest(texts(shape.columns()));
        }
        List<String> values = new ArrayList<>();
        List<String> seeds = new ArrayList<>(List.of(key(shape)));
        for (int i = 0; i < shape.columns().size(); i++) {
            Column column = shape.columns().get(i);
            values.add(nativeValue(column));
            seed(column, i % SHIFTS).ifPresent(seeds::add);
        }
        return "hash_record_extended(ROW(" + String.join(", ", values) + "), " + String.join(" # ", seeds) + ")";
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

    private static String nativeValue(Column column) {
        String name = name(column);
        Function<Column, String> text = column.isBuiltIn() ? other -> name + "::text" : Encoding::printed;
        return switch (column.isBuiltIn() ? (int) column.oid() : 0) {
            // bool, bytea, "char", int8, int2, int4, oid, cidr, inet, macaddr, macaddr8, date, numeric, uuid,
            // ranges
            case 16, 17, 18, 20, 21, 23, 26, 650, 700, 701, 774, 829, 869, 1082, 1700, 2950, 3904, 3912 -> name;
            // times, whose hash folds 64 bits to 32
            case 1083 -> "time_send(" + name + ")";
            case 1114 -> "timestamp_send(" + name + ")";
            case 1184 -> "timestamptz_send(" + name + ")";
            case 19, 25, 1043 -> column.deterministic() ? name : name + "::text COLLATE \"C\"";
            case 1042 -> column.modifier() > 0 && column.deterministic() ? name : printed(column);
            default -> text.apply(column);
        };
    }

    /**
     * What the native hash of a value leaves out: it folds 64 bits to 32, and takes equal values for the same whatever their texts.
     * The seed is what is left.
     */
    private static Optional<String> seed(Column column, int shift) {
        String name = name(column);
        String shifted = shift == 0 ? "" : " << " + shift;
        return switch (column.isBuiltIn() ? (int) column.oid() : 0) {
            case 20 ->
                Optional.of(column.notNull() ? "(" + name + shifted + ")" : "coalesce(" + name + shifted + ", 0)");
            case 700, 701 ->
                Optional.of("CASE WHEN " + name + " = 0 THEN hashtextextended(" + name + "::text, " + shift
                        + ") ELSE 0 END");
            case 1700 ->
                column.modifier() >= 0
                        ? Optional.empty()
                        : Optional.of("coalesce(scale(" + name + ")::bigint" + shifted + ", 0)");
            default -> Optional.empty();
        };
    }

    /** The server's equality of keys is what counts. */
    private static String nativeKey(Column column) {
        return switch (column.isBuiltIn() ? (int) column.oid() : 0) {
            case 1042, 1186 -> name(column);
            case 0 -> keyText(column);
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
