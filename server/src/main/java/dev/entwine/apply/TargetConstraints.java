package dev.entwine.apply;

import dev.entwine.merge.Clash;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what the constraints of one site do not let stand. The server keeps unique indexes itself, and this tells which rows are in each
 * other's way; foreign keys it does not check for what the engine writes, so this does, set by set. Owned by its target's thread.
 */
final class TargetConstraints {
    /** Children of one deleted parent, or of some, that are named at once; the others are found when these are settled. */
    private static final int CHILDREN_MAX = 1000;

    private final Connection connection;
    private final Map<Table, List<Claim>> claims = new HashMap<>();
    private final Map<Table, List<Reference>> references = new HashMap<>();
    /** By the parent. */
    private final Map<Table, List<Reference>> referring = new HashMap<>();

    private TargetConstraints(Connection connection) {
        this.connection = connection;
    }

    /** @param connection whose search path is the one that these statements will be executed with */
    static TargetConstraints read(Connection connection, Map<Table, TargetTable> tables) throws SQLException {
        TargetConstraints result = new TargetConstraints(connection);
        ConstraintReader reader = new ConstraintReader(connection, tables);
        for (TargetTable target : tables.values()) {
            result.claims.put(target.table(), reader.claims(target));
            result.references.put(target.table(), reader.references(target));
        }
        for (List<Reference> ofTable : result.references.values()) {
            for (Reference reference : ofTable) {
                TargetTable parent = reference.parent();
                if (parent != null && !reference.parentKey().isEmpty()) {
                    result.referring
                            .computeIfAbsent(parent.table(), table -> new ArrayList<>())
                            .add(reference);
                }
            }
        }
        return result;
    }

    /** The rows that cannot be written because others, of the same batch or there already, claim the same; these are locked. */
    List<Clash> claimed(Collection<RowWrite> writes) throws SQLException {
        List<Clash> clashes = new ArrayList<>();
        for (Map.Entry<Table, List<RowWrite>> ofTable : byTable(writes).entrySet()) {
            Set<RowKey> batch = ofTable.getValue().stream().map(RowWrite::key).collect(Collectors.toSet());
            for (Claim claim : of(claims, ofTable.getKey())) {
                List<RowWrite> complete = completed(claim, ofTable.getValue());
                if (!complete.isEmpty()) {
                    addRivals(claim, complete, batch, clashes);
                    addPairs(claim, complete, clashes);
                }
            }
        }
        return clashes;
    }

    private static Map<Table, List<RowWrite>> byTable(Collection<RowWrite> writes) {
        return writes.stream().collect(Collectors.groupingBy(RowWrite::table, LinkedHashMap::new, Collectors.toList()));
    }

    private static <T> List<T> of(Map<Table, List<T>> all, Table table) {
        return all.getOrDefault(table, List.of());
    }

    /** What is to be there, with the columns that the log left out as they are here. */
    private List<RowWrite> completed(Claim claim, List<RowWrite> writes) throws SQLException {
        List<RowWrite> result = new ArrayList<>();
        for (RowWrite write : writes) {
            Image image = write.image();
            if (image == null) {
                continue;
            }
            if (claim.given().stream().allMatch(column -> image.cell(column).isKnown())) {
                result.add(write);
            } else {
                RowReader.read(connection, write.table(), write.key())
                        .ifPresent(row -> result.add(write.completedFrom(row)));
            }
        }
        return result;
    }

    private void addRivals(Claim claim, List<RowWrite> writes, Set<RowKey> batch, List<Clash> clashes)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(claim.rivals())) {
            bind(statement, cells(claim.given(), writes));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    RowKey rival = claim.target().key(row, 2);
                    if (!batch.contains(rival)) {
                        RowWrite write = writes.get(row.getInt(1) - 1);
                        clashes.add(new Clash.Claimed(
                                claim.name(),
                                claim.columns(),
                                new Clash.Row(write.table(), write.key()),
                                new Clash.Row(write.table(), rival)));
                    }
                }
            }
        }
    }

    private void addPairs(Claim claim, List<RowWrite> writes, List<Clash> clashes) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(claim.pairs())) {
            bind(statement, cells(claim.given(), writes));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    RowWrite one = writes.get(row.getInt(1) - 1);
                    RowWrite other = writes.get(row.getInt(2) - 1);
                    clashes.add(new Clash.Claimed(
                            claim.name(),
                            claim.columns(),
                            new Clash.Row(one.table(), one.key()),
                            new Clash.Row(other.table(), other.key())));
                }
            }
        }
    }

    private static List<@Nullable String[]> cells(List<Integer> columns, List<RowWrite> writes) {
        List<@Nullable String[]> arrays = new ArrayList<>();
        for (int column : columns) {
            @Nullable String[] values = new @Nullable String[writes.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = text(Objects.requireNonNull(writes.get(i).image()).cell(column));
            }
            arrays.add(values);
        }
        return arrays;
    }

    private static @Nullable String text(Cell cell) {
        return cell instanceof Cell.Value value ? value.text() : null;
    }

    private void bind(PreparedStatement statement, List<@Nullable String[]> arrays) throws SQLException {
        for (int i = 0; i < arrays.size(); i++) {
            statement.setArray(i + 1, connection.createArrayOf("text", arrays.get(i)));
        }
    }

    /**
     * The rows that refer to one that is not there, as the open transaction has left it.
     *
     * @throws SQLException also (SQLSTATE 23503) when one refers to something that is not the key of a synchronized table
     */
    List<Clash> orphaned(Collection<RowWrite> writes) throws SQLException {
        List<Clash> clashes = new ArrayList<>();
        for (Map.Entry<Table, List<RowWrite>> ofTable : byTable(writes).entrySet()) {
            for (Reference reference : of(references, ofTable.getKey())) {
                addChildrenWithoutParent(reference, ofTable.getValue(), clashes);
            }
            List<RowWrite> deletes = ofTable.getValue().stream()
                    .filter(write -> write.image() == null)
                    .toList();
            for (Reference reference : deletes.isEmpty() ? List.<Reference>of() : of(referring, ofTable.getKey())) {
                addChildrenLeft(reference, deletes, clashes);
            }
        }
        return clashes;
    }

    private void addChildrenWithoutParent(Reference reference, List<RowWrite> writes, List<Clash> clashes)
            throws SQLException {
        Map<List<String>, List<RowWrite>> byParent = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            List<String> values = values(reference, write);
            if (!values.isEmpty()) {
                byParent.computeIfAbsent(values, same -> new ArrayList<>()).add(write);
            }
        }
        if (byParent.isEmpty()) {
            return;
        }
        List<List<String>> wanted = List.copyOf(byParent.keySet());
        Set<Integer> absent = new TreeSet<>();
        for (int i = 0; i < wanted.size(); i++) {
            absent.add(i);
        }
        try (PreparedStatement statement = connection.prepareStatement(reference.parentsThere())) {
            bind(statement, transposed(wanted, reference.columns().size()));
            try (ResultSet there = statement.executeQuery()) {
                while (there.next()) {
                    absent.remove(there.getInt(1) - 1);
                }
            }
        }
        for (int missing : absent) {
            for (RowWrite child : Objects.requireNonNull(byParent.get(wanted.get(missing)))) {
                clashes.add(orphan(reference, new Clash.Row(child.table(), child.key()), wanted.get(missing)));
            }
        }
    }

    /** What the row refers to, as far as the log says; empty when it refers to nothing, or as before. */
    private static List<String> values(Reference reference, RowWrite write) {
        Image image = write.image();
        List<String> values = new ArrayList<>();
        for (int column : image == null ? List.<Integer>of() : reference.columns()) {
            if (!(Objects.requireNonNull(image).cell(column) instanceof Cell.Value value)) {
                return List.of();
            }
            values.add(value.text());
        }
        return values;
    }

    private static List<@Nullable String[]> transposed(List<List<String>> rows, int columns) {
        List<@Nullable String[]> arrays = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            @Nullable String[] values = new @Nullable String[rows.size()];
            for (int row = 0; row < values.length; row++) {
                values[row] = rows.get(row).get(column);
            }
            arrays.add(values);
        }
        return arrays;
    }

    private static Clash orphan(Reference reference, Clash.Row child, List<String> values) throws SQLException {
        TargetTable parent = reference.parent();
        if (parent == null || reference.parentKey().isEmpty()) {
            throw new SQLException(
                    child + " refers by " + reference.name() + " to what is not in " + reference.parentName(), "23503");
        }
        List<String> key = new ArrayList<>();
        for (int i = 0; i < reference.parentKey().size(); i++) {
            key.add(parent.keyText(
                    parent.table().key().get(i),
                    values.get(reference.parentKey().get(i))));
        }
        return new Clash.Orphaned(
                reference.name(),
                reference.columns(),
                child,
                new Clash.Row(parent.table(), new RowKey(parent.table().id(), key)));
    }

    private void addChildrenLeft(Reference reference, List<RowWrite> deletes, List<Clash> clashes) throws SQLException {
        List<List<String>> values = new ArrayList<>();
        for (RowWrite parent : deletes) {
            List<String> inOrder = new ArrayList<>();
            for (int i = 0; i < reference.columns().size(); i++) {
                inOrder.add(parent.key().values().get(reference.parentKey().indexOf(i)));
            }
            values.add(inOrder);
        }
        try (PreparedStatement statement = connection.prepareStatement(reference.childrenThere())) {
            bind(statement, transposed(values, reference.columns().size()));
            statement.setInt(reference.columns().size() + 1, CHILDREN_MAX);
            try (ResultSet child = statement.executeQuery()) {
                while (child.next()) {
                    RowWrite parent = deletes.get(child.getInt(1) - 1);
                    clashes.add(new Clash.Orphaned(
                            reference.name(),
                            reference.columns(),
                            new Clash.Row(
                                    reference.child().table(), reference.child().key(child, 2)),
                            new Clash.Row(parent.table(), parent.key())));
                }
            }
        }
    }
}
