package dev.entwine.apply;

import dev.entwine.db.Identifiers;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows set by set: one statement for each table, kind and set of columns; deletes first, then updates, then inserts, so that
 * a unique value that moves from one row to another is free when it is taken. Owned by its target's thread.
 */
final class RowWriter {
    private record Shape(Table table, List<Integer> columns) {}

    /** Bounds what a statement and the server's work on it take in memory. */
    private static final int STATEMENT_ROWS_MAX = 1_000;

    /** So few rows cost the server less as a statement each. */
    private static final int SINGLES_MAX = 2;

    private static final String ENDED = "SELECT pg_current_snapshot()::text";

    private final Connection connection;
    private final PreparedTexts prepared;
    private final Map<Table, TargetTable> tables = new LinkedHashMap<>();

    /** @throws SQLException also when a table is not as it was when the engine started (SQLSTATE of class 42) */
    RowWriter(Connection connection, Iterable<Table> tables) throws SQLException {
        this.connection = connection;
        this.prepared = new PreparedTexts(connection);
        Set<String> schemas = new TreeSet<>();
        for (Table table : tables) {
            TargetTable target = TargetTable.read(table, connection);
            this.tables.put(table, target);
            schemas.addAll(target.typeSchemas());
        }
        setSearchPath(schemas);
    }

    /** The operators that compare keys of a type from elsewhere are found beside the type. */
    private void setSearchPath(Set<String> schemas) throws SQLException {
        StringBuilder path = new StringBuilder("pg_catalog");
        for (String schema : schemas) {
            if (!schema.equals("pg_catalog")) {
                path.append(", ").append(Identifiers.quote(schema));
            }
        }
        try (var statement = connection.createStatement()) {
            statement.execute("SET search_path = " + path);
        }
    }

    /** What is added to it and what is written by it later goes in one message. */
    Script script() {
        return new Script(connection, prepared);
    }

    /** What goes to the server right behind the writes, once more where some of them take a second message. */
    interface Behind {
        void add(Script script) throws SQLException;
    }

    /** Writes by a script of its own. */
    List<RowWrite> write(List<RowWrite> writes, Versions versions) throws SQLException {
        return write(script(), writes, versions, script -> {});
    }

    /**
     * Writes what can be written, and runs the script.
     *
     * @param versions is told what is overwritten
     * @return changes of rows that are not there and that the log does not carry whole
     */
    List<RowWrite> write(Script script, List<RowWrite> writes, Versions versions, Behind behind) throws SQLException {
        Map<Table, List<RowWrite>> deletes = new LinkedHashMap<>();
        Map<Shape, List<RowWrite>> updates = new LinkedHashMap<>();
        Map<Shape, List<RowWrite>> inserts = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            Image image = write.image();
            if (image == null) {
                deletes.computeIfAbsent(write.table(), table -> new ArrayList<>())
                        .add(write);
            } else if (isUpdate(write, image)) {
                Shape shape = new Shape(write.table(), columns(write.table(), image));
                updates.computeIfAbsent(shape, same -> new ArrayList<>()).add(write);
            } else {
                Shape shape = new Shape(write.table(), image.knownColumns());
                inserts.computeIfAbsent(shape, same -> new ArrayList<>()).add(write);
            }
        }
        Set<RowWrite> vanished = identitySet();
        for (Map.Entry<Table, List<RowWrite>> delete : deletes.entrySet()) {
            delete(script, delete.getKey(), delete.getValue(), vanished, versions);
        }
        Set<RowWrite> absent = identitySet();
        for (Map.Entry<Shape, List<RowWrite>> update : updates.entrySet()) {
            update(script, update.getKey(), update.getValue(), absent, versions);
        }
        int untold = 0;
        for (Map.Entry<Shape, List<RowWrite>> insert : inserts.entrySet()) {
            untold += insert(script, insert.getKey(), insert.getValue(), versions);
        }
        behind.add(script);
        run(script, !inserts.isEmpty(), versions);
        vanished.forEach(write -> versions.unlocked(write.key().id()));
        versions.absent(untold + absent.size());
        return absent.isEmpty() ? List.of() : insertAbsent(script, in(absent, updates.values()), versions, behind);
    }

    /**
     * @param inserts whether the script inserts rows: a row that was not there has no writer, so that it will be asked which
     *                transactions have ended, and the answer comes with the rest
     */
    private static void run(Script script, boolean inserts, Versions versions) throws SQLException {
        versions.writing();
        if (inserts) {
            script.add(
                    ENDED,
                    snapshot -> {
                        snapshot.next();
                        versions.ended(snapshot.getString(1));
                    },
                    List.of());
        }
        script.run();
    }

    private static List<RowWrite> in(Set<RowWrite> some, Collection<List<RowWrite>> inOrder) {
        return inOrder.stream().flatMap(List::stream).filter(some::contains).toList();
    }

    private static Set<RowWrite> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /** Returns those that cannot be inserted for want of values. */
    private List<RowWrite> insertAbsent(Script script, List<RowWrite> absent, Versions versions, Behind behind)
            throws SQLException {
        List<RowWrite> missing = new ArrayList<>(0);
        Map<Shape, List<RowWrite>> inserts = new LinkedHashMap<>();
        for (RowWrite write : absent) {
            if (image(write).isComplete()) {
                Shape shape = new Shape(write.table(), image(write).knownColumns());
                inserts.computeIfAbsent(shape, same -> new ArrayList<>()).add(write);
            } else {
                missing.add(write);
            }
        }
        for (Map.Entry<Shape, List<RowWrite>> insert : inserts.entrySet()) {
            insert(script, insert.getKey(), insert.getValue(), versions);
        }
        behind.add(script);
        run(script, !inserts.isEmpty(), versions); // these were not there, which is told already
        return missing;
    }

    /** The tables as they are at this site. */
    Map<Table, TargetTable> tables() {
        return tables;
    }

    /**
     * Writes so that rows of the batch which exchange values are not in each other's way: these columns are emptied first. All the time
     * a row stays the row that applications find, as it would not after a delete and an insert.
     *
     * @param freeable which columns of a table may be emptied for that
     * @return as {@link #write}
     */
    List<RowWrite> writeFreed(
            Script script,
            List<RowWrite> writes,
            Function<Table, List<Integer>> freeable,
            Versions versions,
            Behind behind)
            throws SQLException {
        Map<Shape, List<RowWrite>> freed = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            Image image = write.image();
            List<Integer> columns = image == null
                    ? List.of()
                    : freeable.apply(write.table()).stream()
                            .filter(column -> image.cell(column).isKnown()) // or nobody would fill it again
                            .toList();
            if (!columns.isEmpty()) {
                freed.computeIfAbsent(new Shape(write.table(), columns), same -> new ArrayList<>())
                        .add(write);
            }
        }
        for (Map.Entry<Shape, List<RowWrite>> shape : freed.entrySet()) {
            free(script, shape.getKey(), shape.getValue(), versions);
        }
        return write(script, writes, versions, behind);
    }

    private void free(Script script, Shape shape, List<RowWrite> writes, Versions versions) throws SQLException {
        TargetTable target = target(shape.table());
        for (List<RowWrite> part : parts(writes)) {
            Parameters parameters = Parameters.of(part.size());
            if (!target.returnsOld()) {
                lock(script, target, part, parameters, versions);
            }
            script.add(
                    target.free(shape.columns(), parameters),
                    target.returnsOld() ? freed -> overwrote(freed, versions) : null,
                    keys(shape.table(), part, parameters));
        }
    }

    private static void overwrote(ResultSet rows, Versions versions) throws SQLException {
        while (rows.next()) {
            versions.overwrote(rows.getString(2));
        }
    }

    /**
     * Writes so that rows of the batch are not in each other's way, whatever values they exchange: all of them are taken out before any
     * is put in. Nobody else may write to these tables meanwhile, nor lock their rows: who waits for a row that is taken out does not
     * find the one that is put in, though for him it has been there all the time.
     *
     * @return as {@link #write}
     */
    List<RowWrite> replace(Script script, List<RowWrite> writes, Versions versions, Behind behind) throws SQLException {
        Map<Table, List<RowWrite>> there = new LinkedHashMap<>();
        for (RowWrite write : writes) {
            if (write.image() != null) {
                there.computeIfAbsent(write.table(), table -> new ArrayList<>()).add(write);
            }
        }
        lockTables(script, there.keySet());
        List<RowWrite> whole = new ArrayList<>();
        for (RowWrite write : writes) {
            Image image = write.image();
            whole.add(image == null || image.isComplete() ? write : completedHere(write));
        }
        Set<RowWrite> absent = identitySet(); // which is found once more when they are written
        for (Map.Entry<Table, List<RowWrite>> ofTable : there.entrySet()) {
            delete(script, ofTable.getKey(), ofTable.getValue(), absent, versions);
        }
        return write(script, whole, versions, behind);
    }

    /** All at once and in order, before any row: whoever has written to one of them is waited for. */
    private void lockTables(Script script, Set<Table> tables) throws SQLException {
        String names =
                tables.stream().map(table -> target(table).name()).sorted().collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            script.addPlain("LOCK TABLE " + names + " IN EXCLUSIVE MODE", null);
            script.run();
        }
    }

    /** With what the log left out as it is here, if the row is here. */
    private RowWrite completedHere(RowWrite write) throws SQLException {
        return RowReader.read(connection, target(write.table()), write.key())
                .map(write::completedFrom)
                .orElse(write);
    }

    private boolean isUpdate(RowWrite write, Image image) {
        boolean settable = target(write.table()).hasToSet(columns(write.table(), image));
        return settable && (write.operation() == Operation.UPDATE || !image.isInsertable());
    }

    /** The key's columns, then the others that are known. */
    private static List<Integer> columns(Table table, Image image) {
        List<Integer> columns = new ArrayList<>(table.key());
        for (int column : image.knownColumns()) {
            if (!table.isKey(column)) {
                columns.add(column);
            }
        }
        return columns;
    }

    /** @param vanished holds, once the script has run, those that were not there */
    private void delete(Script script, Table table, List<RowWrite> writes, Set<RowWrite> vanished, Versions versions)
            throws SQLException {
        for (List<RowWrite> part : parts(writes)) {
            Parameters parameters = Parameters.of(part.size());
            vanished.addAll(part);
            script.add(
                    target(table).delete(parameters),
                    deleted -> {
                        while (deleted.next()) {
                            vanished.remove(part.get(deleted.getInt(1) - 1));
                            versions.overwrote(deleted.getString(2));
                        }
                    },
                    keys(table, part, parameters));
        }
    }

    private static List<List<RowWrite>> parts(List<RowWrite> writes) {
        int rows = writes.size() <= SINGLES_MAX ? 1 : STATEMENT_ROWS_MAX;
        List<List<RowWrite>> parts = new ArrayList<>();
        for (int from = 0; from < writes.size(); from += rows) {
            parts.add(writes.subList(from, Math.min(writes.size(), from + rows)));
        }
        return parts;
    }

    private static List<String> keys(Table table, List<RowWrite> writes, Parameters parameters) {
        List<String> literals = new ArrayList<>(table.key().size());
        for (int i = 0; i < table.key().size(); i++) {
            List<@Nullable String> values = new ArrayList<>(writes.size());
            for (RowWrite write : writes) {
                values.add(write.key().values().get(i));
            }
            literals.add(parameters.literal(values));
        }
        return literals;
    }

    /** @param absent holds, once the script has run, those whose row is not there */
    private void update(Script script, Shape shape, List<RowWrite> writes, Set<RowWrite> absent, Versions versions)
            throws SQLException {
        TargetTable target = target(shape.table());
        for (List<RowWrite> part : parts(writes)) {
            Parameters parameters = Parameters.of(part.size());
            if (!target.returnsOld()) {
                lock(script, target, part, parameters, versions);
            }
            absent.addAll(part);
            script.add(
                    target.update(shape.columns(), parameters),
                    updated -> {
                        while (updated.next()) {
                            absent.remove(part.get(updated.getInt(1) - 1));
                            if (target.returnsOld()) {
                                versions.overwrote(updated.getString(2));
                            }
                        }
                    },
                    values(shape.columns(), part, parameters));
        }
    }

    private static void lock(
            Script script, TargetTable target, List<RowWrite> writes, Parameters parameters, Versions versions)
            throws SQLException {
        script.add(
                target.lock(parameters),
                locked -> {
                    while (locked.next()) {
                        versions.overwrote(locked.getString(2));
                    }
                },
                keys(target.table(), writes, parameters));
    }

    /** Returns of how many rows the server will not tell whether they were there. */
    private int insert(Script script, Shape shape, List<RowWrite> writes, Versions versions) throws SQLException {
        TargetTable target = target(shape.table());
        for (List<RowWrite> part : parts(writes)) {
            Parameters parameters = Parameters.of(part.size());
            script.add(
                    target.insert(shape.columns(), parameters),
                    target.returnsOld() ? inserted -> tell(inserted, part.size(), versions) : null,
                    values(shape.columns(), part, parameters));
        }
        return target.returnsOld() ? 0 : writes.size();
    }

    /** A row that was there has a writer. */
    private static void tell(ResultSet inserted, int rows, Versions versions) throws SQLException {
        int found = 0;
        while (inserted.next()) {
            String writer = inserted.getString(1);
            if (writer != null) {
                found++;
                versions.overwrote(writer);
            }
        }
        versions.absent(rows - found);
    }

    private static List<String> values(List<Integer> columns, List<RowWrite> writes, Parameters parameters) {
        List<String> literals = new ArrayList<>(columns.size());
        for (int column : columns) {
            List<@Nullable String> values = new ArrayList<>(writes.size());
            for (RowWrite write : writes) {
                values.add(text(image(write).cell(column)));
            }
            literals.add(parameters.literal(values));
        }
        return literals;
    }

    private static Image image(RowWrite write) {
        Image image = write.image();
        if (image == null) {
            throw new IllegalStateException("row " + write.key().id() + " of " + write.table() + " is to be deleted");
        }
        return image;
    }

    private static @Nullable String text(Cell cell) {
        return switch (cell) {
            case Cell.Value value -> value.text();
            case Cell.Absence absence -> {
                if (absence != Cell.Absence.NULL) {
                    throw new IllegalStateException("a cell that is " + absence + " cannot be written");
                }
                yield null;
            }
        };
    }

    private TargetTable target(Table table) {
        TargetTable target = tables.get(table);
        if (target == null) {
            throw new IllegalStateException("table " + table + " is not synchronized");
        }
        return target;
    }
}
