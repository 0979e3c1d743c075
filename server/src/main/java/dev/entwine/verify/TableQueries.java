package dev.entwine.verify;

import dev.entwine.db.Identifiers;
import dev.entwine.verify.Shape.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The statements by which one site's part of a comparison is done. */
record TableQueries(Shape shape, Encoding encoding) {
    /** Blocks from the first to before the second; no end when it lies beyond the table. */
    private String from(long first, long end) {
        return " FROM " + Identifiers.quote(shape.table().id()) + " AS t WHERE t.ctid >= '(" + first + ",0)'::tid"
                + (end >= shape.blocks() ? "" : " AND t.ctid < '(" + end + ",0)'::tid");
    }

    /** Columns: how many rows, and all of them as one number. */
    String total(long first, long end) {
        return "SELECT count(*), coalesce(bit_xor(" + encoding.row(shape) + "), 0)" + from(first, end);
    }

    /** Columns: bucket, how many rows, all of them as one number. Parameter: the wanted buckets, of the coarser mask. */
    String buckets(long first, long end, Buckets.Cut cut) {
        String key = encoding.key(shape);
        return "SELECT " + key + " & " + cut.mask() + ", count(*), bit_xor(" + encoding.row(shape) + ")"
                + from(first, end) + cut.within(key) + " GROUP BY 1";
    }

    /** Columns: the key's number, the row's number, the key's texts. In order of the key's number. Parameter: as before. */
    String rows(Buckets.Cut cut) {
        String key = encoding.key(shape);
        return "SELECT " + key + ", " + encoding.row(shape) + ", "
                + String.join(", ", Encoding.texts(shape.keyColumns())) + from(0, shape.blocks()) + cut.within(key)
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
        List<Column> key = shape.keyColumns();
        List<String> arrays = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> same = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            arrays.add("?::text[]");
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
