package dev.entwine.verify;

import dev.entwine.db.BlockRange;
import dev.entwine.db.Identifiers;
import dev.entwine.verify.Shape.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * The statements by which one site's part of a comparison is done.
 *
 * @param part of the table, without overlaps; at least one range
 */
record TableQueries(Shape shape, Encoding encoding, List<BlockRange> part) {
    TableQueries {
        part = List.copyOf(part);
    }

    /** Of all rows. */
    TableQueries(Shape shape, Encoding encoding) {
        this(shape, encoding, List.of(new BlockRange(0, Math.max(1, shape.blocks()))));
    }

    List<BlockRange> pieces(long blocksMax) {
        return part.stream().flatMap(range -> range.pieces(blocksMax).stream()).toList();
    }

    private String from(List<BlockRange> ranges) {
        return " FROM " + Identifiers.quote(shape.table().id()) + " AS t WHERE ("
                + ranges.stream().map(this::condition).collect(Collectors.joining(" OR ")) + ")";
    }

    /** Without an end where the table has none. */
    private String condition(BlockRange range) {
        return range.end() >= shape.blocks()
                ? "t.ctid >= '(" + range.first() + ",0)'::tid"
                : "(" + range.condition("t") + ")";
    }

    /** Columns: how many rows, and all of them as one number. */
    String total(BlockRange range) {
        return "SELECT count(*), coalesce(bit_xor(" + encoding.row(shape) + "), 0)" + from(List.of(range));
    }

    /** Columns: bucket, how many rows, all of them as one number. Parameter: the wanted buckets, of the coarser mask. */
    String buckets(BlockRange range, Buckets.Cut cut) {
        String key = encoding.key(shape);
        return "SELECT " + key + " & " + cut.mask() + ", count(*), bit_xor(" + encoding.row(shape) + ")"
                + from(List.of(range)) + cut.within(key) + " GROUP BY 1";
    }

    /** Columns: the key's number, the row's number, the key's texts. In order of the key's number. Parameter: as before. */
    String rows(Buckets.Cut cut) {
        String key = encoding.key(shape);
        return "SELECT " + key + ", " + encoding.row(shape) + ", "
                + String.join(", ", Encoding.texts(shape.keyColumns())) + from(part) + cut.within(key)
                + " ORDER BY 1";
    }

    /** Columns: ordinal, who wrote the row, the row as one text. Parameters: for each column of the key its values. */
    String versions() {
        return "SELECT v.n, t.xmin::text, " + Encoding.whole(shape) + wanted();
    }

    /** The same, and then each column's text. */
    String values() {
        return "SELECT v.n, t.xmin::text, " + Encoding.whole(shape) + ", "
                + String.join(", ", Encoding.texts(shape.columns())) + wanted();
    }

    private String wanted() {
        return wanted(column -> "?");
    }

    /** The rows with given keys, as table {@code t}. Array literals, of each column of the key, are its parameters. */
    String wanted(IntFunction<String> arrayOf) {
        List<Column> key = shape.keyColumns();
        List<String> arrays = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> same = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            arrays.add(arrayOf.apply(i) + "::text[]");
            names.add("c" + i);
            same.add(
                    Encoding.name(key.get(i)) + " = v.c" + i + "::" + key.get(i).type());
        }
        return " FROM unnest(" + String.join(", ", arrays) + ") WITH ORDINALITY AS v(" + String.join(", ", names)
                + ", n) JOIN " + Identifiers.quote(shape.table().id()) + " AS t ON " + String.join(" AND ", same);
    }

    /** Where the key's operators are looked for. */
    String searchPath() {
        return "SET search_path = "
                + shape.typeSchemas().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
    }
}
