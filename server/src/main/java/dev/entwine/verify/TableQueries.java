package dev.entwine.verify;

import dev.entwine.db.BlockRange;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.Shape.Column;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements by which one site's part of a comparison is done.
 *
 * @param range the keys whose rows are compared
 * @param part  the blocks whose rows are compared, without overlaps, at least one range; says nothing where not all keys are
 */
record TableQueries(Shape shape, Encoding encoding, KeyRange range, List<BlockRange> part) {
    /** Rows are found by their key's index, however many are wanted. */
    private static final String BY_INDEX =
            "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; ";

    /** A number that no block of a table has. */
    private static final long NO_BLOCK = 0xFFFF_FFFEL;

    TableQueries {
        part = List.copyOf(part);
    }

    /** For each site, of the whole table: by numbers of the servers' own where all compute the same, otherwise by texts. */
    static Map<SiteId, TableQueries> read(Table table, AllSites sites) throws SiteException {
        Map<SiteId, Shape> shapes =
                sites.call("reading the columns of " + table, (site, connection) -> Shape.read(table, connection));
        Set<String> hashes =
                new HashSet<>(sites.call("trying the hash functions", (site, connection) -> probe(connection))
                        .values());
        Set<List<String>> types = new HashSet<>();
        shapes.values().forEach(shape -> types.add(shape.types()));
        Encoding encoding = hashes.size() == 1 && types.size() == 1 ? Encoding.NATIVE : Encoding.TEXT;
        Map<SiteId, TableQueries> queries = new LinkedHashMap<>();
        shapes.forEach((site, shape) -> queries.put(site, whole(shape, encoding)));
        return queries;
    }

    private static String probe(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(Encoding.PROBE)) {
            row.next();
            return row.getString(1);
        }
    }

    private static TableQueries whole(Shape shape, Encoding encoding) {
        return new TableQueries(shape, encoding, KeyRange.ALL, List.of(new BlockRange(0, Math.max(1, shape.blocks()))));
    }

    TableQueries within(KeyRange share) {
        return share.isAll()
                ? whole(shape, encoding)
                : new TableQueries(shape, encoding, share, List.of(new BlockRange(0, 1)));
    }

    TableQueries within(List<BlockRange> blocks) {
        return new TableQueries(shape, encoding, KeyRange.ALL, blocks);
    }

    /** What is read piece by piece; a share is one piece. */
    List<BlockRange> pieces(long blocksMax) {
        return part.stream()
                .flatMap(blocks -> blocks.pieces(blocksMax).stream())
                .toList();
    }

    private String from(List<BlockRange> ranges) {
        String table = " FROM " + Identifiers.quote(shape.table().id()) + " AS t WHERE ";
        return table
                + (range.isAll()
                        ? "(" + ranges.stream().map(this::condition).collect(Collectors.joining(" OR ")) + ")"
                        : range.condition(shape));
    }

    /** Without an end where the table has none. */
    private String condition(BlockRange blocks) {
        return blocks.end() >= shape.blocks()
                ? "t.ctid >= '(" + blocks.first() + ",0)'::tid"
                : "(" + blocks.condition("t") + ")";
    }

    /** Columns: the texts of the key that ends a share of so many rows; no row where there are not so many. */
    String lastKey(int rows) {
        String names = shape.keyColumns().stream().map(Encoding::name).collect(Collectors.joining(", "));
        return "SELECT " + String.join(", ", Encoding.texts(shape.keyColumns())) + " FROM (SELECT " + names + " FROM "
                + Identifiers.quote(shape.table().id()) + " AS t WHERE " + range.condition(shape) + " ORDER BY " + names
                + " OFFSET " + (rows - 1) + " LIMIT 1) AS t";
    }

    /**
     * Columns: which of the keys comes first behind the range's beginning, from 1. Parameters: for each column of the key its values.
     * They are compared by the columns' own collations, which a value has from the column that it stands beside.
     */
    String leastKey() {
        List<Column> key = shape.keyColumns();
        List<String> order = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            order.add("coalesce(v.c" + i + "::" + key.get(i).type() + ", " + Encoding.name(key.get(i)) + ")");
        }
        String names = key.stream().map(Encoding::name).collect(Collectors.joining(", "));
        return "SELECT v.n FROM " + keys(column -> "?") + " LEFT JOIN (SELECT " + names + " FROM "
                + Identifiers.quote(shape.table().id()) + " AS t LIMIT 0) AS t ON true WHERE "
                + range.after()
                        .map(begin -> "ROW(" + String.join(", ", order) + ") > " + KeyRange.values(shape, begin))
                        .orElse("true")
                + " ORDER BY " + String.join(", ", order) + " LIMIT 1";
    }

    /** Given keys as a table {@code v}, numbered from 1. */
    private String keys(IntFunction<String> arrayOf) {
        IntStream columns = IntStream.range(0, shape.keyColumns().size());
        List<String> arrays = new ArrayList<>();
        List<String> names = new ArrayList<>();
        columns.forEach(i -> {
            arrays.add(arrayOf.apply(i) + "::text[]");
            names.add("c" + i);
        });
        return "unnest(" + String.join(", ", arrays) + ") WITH ORDINALITY AS v(" + String.join(", ", names) + ", n)";
    }

    /** Columns: how many rows, and all of them as one number. Parameters: see {@link #bind}. The same for each piece. */
    String total() {
        return "SELECT count(*), coalesce(bit_xor(" + encoding.row(shape) + "), 0) FROM "
                + Identifiers.quote(shape.table().id()) + " AS t WHERE "
                + (range.isAll() ? "t.ctid >= ? AND t.ctid < ?" : range.condition(shape));
    }

    /** Sets what {@link #total} reads. */
    void bind(BlockRange piece, PreparedStatement statement) throws SQLException {
        if (range.isAll()) {
            statement.setObject(1, "(" + piece.first() + ",0)", Types.OTHER);
            statement.setObject(2, "(" + (piece.end() >= shape.blocks() ? NO_BLOCK : piece.end()) + ",0)", Types.OTHER);
        }
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
        List<String> same = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            same.add(
                    Encoding.name(key.get(i)) + " = v.c" + i + "::" + key.get(i).type());
        }
        return " FROM " + keys(arrayOf) + " JOIN "
                + Identifiers.quote(shape.table().id()) + " AS t ON " + String.join(" AND ", same);
    }

    /** How a session is set up that reads rows by their keys. */
    String session() {
        return BY_INDEX + searchPath();
    }

    /** Where the key's operators are looked for. */
    String searchPath() {
        return "SET search_path = "
                + shape.typeSchemas().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
    }
}
