package dev.entwine.apply;

import dev.entwine.merge.Clash;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
    private final RowWriter rows;
    private final Map<Table, List<Claim>> claims = new HashMap<>();
    private final Map<Table, List<Reference>> references = new HashMap<>();
    /** By the parent. */
    private final Map<Table, List<Reference>> referring = new HashMap<>();

    private boolean hasReferences;

    private TargetConstraints(Connection connection, RowWriter rows) {
        this.connection = connection;
        this.rows = rows;
    }

    /** @param connection whose search path is the one that these statements will be executed with */
    static TargetConstraints read(Connection connection, RowWriter rows) throws SQLException {
        TargetConstraints result = new TargetConstraints(connection, rows);
        ConstraintReader reader = new ConstraintReader(connection, rows.tables());
        for (TargetTable target : rows.tables().values()) {
            result.claims.put(target.table(), reader.claims(target));
            List<Reference> references = reader.references(target);
            result.references.put(target.table(), references);
            result.hasReferences |= !references.isEmpty();
        }
        for (List<Reference> ofTable : result.references.values()) {
            for (Reference reference : ofTable) {
                TargetTable parent = reference.parent();
                if (parent != null && reference.isToKey()) {
                    result.referring
                            .computeIfAbsent(parent.table(), table -> new ArrayList<>())
                            .add(reference);
                }
            }
        }
        return result;
    }

    /** The columns of a table of which a constraint gives a value to one row alone, and which may be empty. */
    List<Integer> freeable(Table table) {
        return of(claims, table).stream()
                .flatMap(claim -> claim.columns().stream().filter(claim.target()::isNullable))
                .distinct()
                .sorted()
                .toList();
    }

    /** The rows that cannot be written because others, of the same batch or there already, claim the same; these are locked. */
    List<Clash> claimed(Collection<RowWrite> writes) throws SQLException {
        List<Clash> clashes = new ArrayList<>();
        Script script = rows.script();
        for (Map.Entry<Table, List<RowWrite>> ofTable : byTable(writes).entrySet()) {
            Set<RowKey> batch = ofTable.getValue().stream().map(RowWrite::key).collect(Collectors.toSet());
            for (Claim claim : of(claims, ofTable.getKey())) {
                List<RowWrite> complete = completed(claim, ofTable.getValue());
                if (!complete.isEmpty()) {
                    List<String> literals = literals(claim.given(), complete);
                    script.add(claim.rivals(), found -> addRivals(claim, complete, batch, found, clashes), literals);
                    script.add(claim.pairs(), found -> addPairs(claim, complete, found, clashes), literals);
                }
            }
        }
        script.run();
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
                RowReader.read(connection, claim.target(), write.key())
                        .ifPresent(row -> result.add(write.completedFrom(row)));
            }
        }
        return result;
    }

    private static void addRivals(
            Claim claim, List<RowWrite> writes, Set<RowKey> batch, ResultSet found, List<Clash> clashes)
            throws SQLException {
        while (found.next()) {
            RowKey rival = claim.target().key(found, 2);
            if (!batch.contains(rival)) {
                clashes.add(claimed(claim, writes.get(found.getInt(1) - 1).key(), rival));
            }
        }
    }

    private static void addPairs(Claim claim, List<RowWrite> writes, ResultSet found, List<Clash> clashes)
            throws SQLException {
        while (found.next()) {
            clashes.add(claimed(
                    claim,
                    writes.get(found.getInt(1) - 1).key(),
                    writes.get(found.getInt(2) - 1).key()));
        }
    }

    private static Clash claimed(Claim claim, RowKey one, RowKey other) {
        Table table = claim.target().table();
        return new Clash.Claimed(claim.name(), claim.columns(), new Clash.Row(table, one), new Clash.Row(table, other));
    }

    private static List<String> literals(List<Integer> columns, List<RowWrite> writes) {
        List<String> literals = new ArrayList<>();
        for (int column : columns) {
            List<@Nullable String> values = new ArrayList<>(writes.size());
            for (RowWrite write : writes) {
                values.add(text(Objects.requireNonNull(write.image()).cell(column)));
            }
            literals.add(Script.array(values));
        }
        return literals;
    }

    private static @Nullable String text(Cell cell) {
        return cell instanceof Cell.Value value ? value.text() : null;
    }

    /**
     * The rows that refer to one that is not there, as the open transaction has left it.
     *
     * @throws SQLException also (SQLSTATE 23503) when one refers to something that is not the key of a synchronized table
     */
    List<Clash> orphaned(Collection<RowWrite> writes) throws SQLException {
        List<Clash> clashes = new ArrayList<>();
        Script script = rows.script();
        addOrphaned(script, writes, clashes);
        script.run();
        return clashes;
    }

    /** The same, by statements that are added to a script. */
    void addOrphaned(Script script, Collection<RowWrite> writes, List<Clash> clashes) throws SQLException {
        if (!hasReferences) {
            return;
        }
        Set<RowKey> written = written(writes);
        for (Map.Entry<Table, List<RowWrite>> ofTable : byTable(writes).entrySet()) {
            for (Reference reference : of(references, ofTable.getKey())) {
                addChildrenWithoutParent(script, reference, ofTable.getValue(), written, clashes);
            }
            List<RowWrite> deletes = ofTable.getValue().stream()
                    .filter(write -> write.image() == null)
                    .toList();
            for (Reference reference : deletes.isEmpty() ? List.<Reference>of() : of(referring, ofTable.getKey())) {
                addChildrenLeft(script, reference, deletes, clashes);
            }
        }
    }

    /** Those that others may refer to and that are there and locked in any case. */
    private Set<RowKey> written(Collection<RowWrite> writes) {
        Set<RowKey> written = new HashSet<>();
        for (RowWrite write : writes) {
            Image image = write.image();
            if (image != null
                    && image.isComplete()
                    && referring.containsKey(write.table())
                    && Objects.requireNonNull(rows.tables().get(write.table())).hasToSet(image.knownColumns())) {
                written.add(write.key());
            }
        }
        return written;
    }

    /** @param written rows that the batch has written, and thereby locked: they are there */
    private static void addChildrenWithoutParent(
            Script script, Reference reference, List<RowWrite> writes, Set<RowKey> written, List<Clash> clashes)
            throws SQLException {
        Map<List<String>, List<RowWrite>> byParent = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            List<String> values = values(reference, write);
            if (!values.isEmpty() && !isAmong(written, reference, values)) {
                byParent.computeIfAbsent(values, same -> new ArrayList<>()).add(write);
            }
        }
        if (byParent.isEmpty()) {
            return;
        }
        List<List<String>> wanted = List.copyOf(byParent.keySet());
        script.add(
                reference.parentsNotThere(),
                lacking -> {
                    while (lacking.next()) {
                        List<String> values = wanted.get(lacking.getInt(1) - 1);
                        addOrphans(reference, byParent.getOrDefault(values, List.of()), values, clashes);
                    }
                },
                transposed(wanted, reference.columns().size()));
    }

    private static boolean isAmong(Set<RowKey> written, Reference reference, List<String> values) {
        return !written.isEmpty() && reference.isToKey() && written.contains(reference.parentKey(values));
    }

    private static void addOrphans(
            Reference reference, List<RowWrite> children, List<String> values, List<Clash> clashes)
            throws SQLException {
        for (RowWrite child : children) {
            clashes.add(orphan(reference, new Clash.Row(child.table(), child.key()), values));
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

    private static List<String> transposed(List<List<String>> rows, int columns) {
        List<String> literals = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            List<@Nullable String> values = new ArrayList<>(rows.size());
            for (List<String> row : rows) {
                values.add(row.get(column));
            }
            literals.add(Script.array(values));
        }
        return literals;
    }

    private static Clash orphan(Reference reference, Clash.Row child, List<String> values) throws SQLException {
        if (!reference.isToKey()) {
            throw new SQLException(
                    child + " refers by " + reference.name() + " to what is not in " + reference.parentName(),
                    Trouble.ORPHANED);
        }
        TargetTable parent = Objects.requireNonNull(reference.parent());
        return new Clash.Orphaned(
                reference.name(),
                reference.columns(),
                values,
                child,
                new Clash.Row(parent.table(), reference.parentKey(values)));
    }

    private static List<String> valuesOf(Reference reference, ResultSet child) throws SQLException {
        int first = 2 + reference.child().table().key().size();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < reference.columns().size(); i++) {
            values.add(child.getString(first + i));
        }
        return values;
    }

    private static void addChildrenLeft(Script script, Reference reference, List<RowWrite> deletes, List<Clash> clashes)
            throws SQLException {
        List<List<String>> values = new ArrayList<>();
        for (RowWrite parent : deletes) {
            List<String> inOrder = new ArrayList<>();
            for (int i = 0; i < reference.columns().size(); i++) {
                inOrder.add(parent.key().values().get(reference.parentKey().indexOf(i)));
            }
            values.add(inOrder);
        }
        List<String> literals =
                new ArrayList<>(transposed(values, reference.columns().size()));
        literals.add(Integer.toString(CHILDREN_MAX));
        script.add(
                reference.childrenThere(),
                left -> {
                    while (left.next()) {
                        RowWrite parent = deletes.get(left.getInt(1) - 1);
                        clashes.add(new Clash.Orphaned(
                                reference.name(),
                                reference.columns(),
                                valuesOf(reference, left),
                                new Clash.Row(
                                        reference.child().table(),
                                        reference.child().key(left, 2)),
                                new Clash.Row(parent.table(), parent.key())));
                    }
                },
                literals);
    }
}
