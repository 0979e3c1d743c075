package dev.entwine.db;

import dev.entwine.db.Catalog.Access;
import dev.entwine.db.Catalog.Column;
import dev.entwine.db.Catalog.ForeignKey;
import dev.entwine.db.Catalog.Kind;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.ReplicaIdentity;
import dev.entwine.db.Catalog.Sequence;
import dev.entwine.db.Catalog.UniqueIndex;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads the relations of {@link Catalog}, one statement for each kind of fact. Used once, by one thread. */
final class RelationReader {
    private final Connection connection;
    private final Map<Long, List<Column>> columns = new HashMap<>();
    private final Map<Long, List<Index>> indexes = new HashMap<>();
    private final Map<Long, List<ForeignKey>> foreignKeys = new HashMap<>();
    private final Map<Long, List<Sequence>> sequences = new HashMap<>();

    RelationReader(Connection connection) {
        this.connection = connection;
    }

    SortedMap<TableId, Relation> read() throws SQLException {
        collect(RelationQueries.COLUMNS, columns, RelationReader::column);
        collect(RelationQueries.INDEXES, indexes, RelationReader::index);
        collect(RelationQueries.FOREIGN_KEYS, foreignKeys, RelationReader::foreignKey);
        collect(RelationQueries.SEQUENCES, sequences, this::sequence);
        SortedMap<TableId, Relation> result = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(RelationQueries.RELATIONS)) {
            while (row.next()) {
                Relation relation = relation(row);
                result.put(relation.id(), relation);
            }
        }
        return result;
    }

    private Relation relation(ResultSet row) throws SQLException {
        long oid = row.getLong("oid");
        ReplicaIdentity identity = identity(row.getString("relreplident"));
        List<Index> unique = indexes.getOrDefault(oid, List.of());
        Optional<Index> key = unique.stream()
                .filter(index -> identity == ReplicaIdentity.INDEX
                        ? index.identity()
                        : index.key().primary())
                .findFirst();
        return new Relation(
                new TableId(row.getString("nspname"), row.getString("relname")),
                kind(row.getString("relkind")),
                row.getString("relpersistence").equals("p"),
                row.getBoolean("inherits"),
                identity,
                access(row),
                columns.getOrDefault(oid, List.of()),
                key.map(Index::key),
                texts(row, "too_narrow"),
                texts(row, "not_full"),
                row.getBoolean("large_values"),
                unique.stream()
                        .filter(index -> !key.equals(Optional.of(index)))
                        .map(Index::key)
                        .toList(),
                foreignKeys.getOrDefault(oid, List.of()),
                sequences.getOrDefault(oid, List.of()),
                texts(row, "subscriptions"));
    }

    private static Access access(ResultSet row) throws SQLException {
        return new Access(
                row.getString("owner"),
                row.getBoolean("as_owner"),
                row.getBoolean("schema_usage"),
                texts(row, "missing"),
                row.getBoolean("filtered"));
    }

    private static Column column(ResultSet row) throws SQLException {
        return new Column(
                row.getString("attname"),
                row.getString("type"),
                row.getString("labels"),
                row.getBoolean("attnotnull"),
                row.getBoolean("generated"),
                row.getString("attidentity"),
                row.getBoolean("deterministic"),
                row.getBoolean("ambiguous"));
    }

    private static Index index(ResultSet row) throws SQLException {
        UniqueIndex key = new UniqueIndex(
                row.getString("name"),
                texts(row, "columns"),
                row.getBoolean("indisprimary"),
                row.getBoolean("indimmediate"),
                row.getBoolean("partial"),
                row.getBoolean("expressions"));
        return new Index(key, row.getBoolean("indisreplident"));
    }

    private static ForeignKey foreignKey(ResultSet row) throws SQLException {
        return new ForeignKey(
                row.getString("conname"),
                new TableId(row.getString("schema"), row.getString("name")),
                texts(row, "columns"),
                texts(row, "parent_columns"));
    }

    private Sequence sequence(ResultSet row) throws SQLException {
        TableId id = new TableId(row.getString("schema"), row.getString("name"));
        long increment = row.getLong("seqincrement");
        Optional<Long> at = row.getBoolean("visible") ? Optional.of(place(id, increment)) : Optional.empty();
        return new Sequence(id, row.getString("attname"), increment, at);
    }

    private long place(TableId sequence, long increment) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        RelationQueries.SEQUENCE_PLACE.formatted(increment, Identifiers.quote(sequence)))) {
            row.next();
            return row.getLong(1);
        }
    }

    private <T> void collect(String sql, Map<Long, List<T>> into, RowReader<T> reader) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                into.computeIfAbsent(row.getLong("oid"), oid -> new ArrayList<>())
                        .add(reader.read(row));
            }
        }
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static Kind kind(String letter) {
        return switch (letter) {
            case "r" -> Kind.TABLE;
            case "p" -> Kind.PARTITIONED_TABLE;
            case "v" -> Kind.VIEW;
            case "m" -> Kind.MATERIALIZED_VIEW;
            case "f" -> Kind.FOREIGN_TABLE;
            default -> throw new IllegalStateException("relation kind '" + letter + "' was not asked for");
        };
    }

    private static ReplicaIdentity identity(String letter) {
        return switch (letter) {
            case "d" -> ReplicaIdentity.DEFAULT;
            case "i" -> ReplicaIdentity.INDEX;
            case "f" -> ReplicaIdentity.FULL;
            case "n" -> ReplicaIdentity.NOTHING;
            default -> throw new IllegalStateException("unknown replica identity '" + letter + "'");
        };
    }

    private record Index(UniqueIndex key, boolean identity) {}

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
