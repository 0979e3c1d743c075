package dev.entwine.apply;

import dev.entwine.db.Identifiers;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the constraints of one site's tables. Used once, by its target's thread. */
final class ConstraintReader {
    private final Connection connection;
    private final Map<Table, TargetTable> tables;

    ConstraintReader(Connection connection, Map<Table, TargetTable> tables) {
        this.connection = connection;
        this.tables = tables;
    }

    List<Claim> claims(TargetTable target) throws SQLException {
        List<Claim> result = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(ConstraintQueries.CLAIMS)) {
            statement.setString(1, target.name());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<Integer> columns = indexes(target.table(), texts(row, 6));
                    Claim claim = new Claim(
                            target,
                            row.getString(1),
                            columns.stream().filter(index -> index >= 0).toList(),
                            texts(row, 4),
                            texts(row, 5),
                            row.getString(3),
                            row.getBoolean(2));
                    if (!isKey(claim)) {
                        result.add(claim);
                    }
                }
            }
        }
        return result;
    }

    private static boolean isKey(Claim claim) {
        Table table = claim.target().table();
        Set<String> key = table.key().stream().map(claim.target()::column).collect(Collectors.toSet());
        Set<String> quoted = claim.expressions().stream()
                .map(text -> text.startsWith("\"") ? text : "\"" + text + "\"")
                .collect(Collectors.toSet());
        return claim.predicate() == null && (key.equals(quoted) || key.equals(new HashSet<>(claim.expressions())));
    }

    List<Reference> references(TargetTable target) throws SQLException {
        List<Reference> result = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(ConstraintQueries.REFERENCES)) {
            statement.setString(1, target.name());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableId parentId = new TableId(row.getString(2), row.getString(3));
                    TargetTable parent = tables.values().stream()
                            .filter(other -> other.table().id().equals(parentId))
                            .findFirst()
                            .orElse(null);
                    List<String> parentColumns = texts(row, 5);
                    result.add(new Reference(
                            target,
                            row.getString(1),
                            indexes(target.table(), texts(row, 4)),
                            Identifiers.quote(parentId),
                            row.getBoolean(7),
                            parentColumns.stream().map(Identifiers::quote).toList(),
                            texts(row, 6),
                            parent,
                            parent == null ? List.of() : keyPlaces(parent.table(), parentColumns)));
                }
            }
        }
        return result;
    }

    private static List<Integer> keyPlaces(Table parent, List<String> referenced) {
        List<Integer> places = new ArrayList<>();
        for (int column : parent.key()) {
            places.add(referenced.indexOf(parent.columns().get(column)));
        }
        return places.contains(-1) || referenced.size() != places.size() ? List.of() : places;
    }

    private static List<Integer> indexes(Table table, List<String> names) {
        return names.stream().map(table.columns()::indexOf).toList();
    }

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : Arrays.asList((String[]) array.getArray());
    }
}
