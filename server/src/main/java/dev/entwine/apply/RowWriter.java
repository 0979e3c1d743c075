package dev.entwine.apply;

import dev.entwine.db.Identifiers;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows set by set: one statement for each table, kind and set of columns; deletes first, then updates, then inserts, so that
 * a unique value that moves from one row to another is free when it is taken. Owned by its target's thread.
 */
final class RowWriter {
    private record Shape(Table table, List<Integer> columns) {}

    private final Connection connection;
    private final Map<Table, TargetTable> tables = new LinkedHashMap<>();

    /** @throws SQLException also when a table is not as it was when the engine started (SQLSTATE of class 42) */
    RowWriter(Connection connection, Iterable<Table> tables) throws SQLException {
        this.connection = connection;
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

    /**
     * Writes what can be written.
     *
     * @param versions is told what is overwritten
     * @return changes of rows that are not there and that the log does not carry whole
     */
    List<RowWrite> write(List<RowWrite> writes, Versions versions) throws SQLException {
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
        for (Map.Entry<Table, List<RowWrite>> delete : deletes.entrySet()) {
            for (int missed : delete(delete.getKey(), delete.getValue(), versions)) {
                versions.unlocked(delete.getValue().get(missed).key().id());
            }
        }
        List<RowWrite> missing = new ArrayList<>(0);
        for (Map.Entry<Shape, List<RowWrite>> update : updates.entrySet()) {
            for (RowWrite absent : update(update.getKey(), update.getValue(), versions)) {
                if (image(absent).isComplete()) {
                    Shape shape = new Shape(absent.table(), image(absent).knownColumns());
                    inserts.computeIfAbsent(shape, same -> new ArrayList<>()).add(absent);
                } else {
                    missing.add(absent);
                }
            }
        }
        for (Map.Entry<Shape, List<RowWrite>> insert : inserts.entrySet()) {
            insert(insert.getKey(), insert.getValue(), versions);
        }
        return missing;
    }

    /** The tables as they are at this site. */
    Map<Table, TargetTable> tables() {
        return tables;
    }

    /**
     * Writes so that rows of the batch are not in each other's way, whatever values they exchange: all of them are taken out before any
     * is put in.
     *
     * @return as {@link #write}
     */
    List<RowWrite> rewrite(List<RowWrite> writes, Versions versions) throws SQLException {
        List<RowWrite> missing = new ArrayList<>(0);
        List<RowWrite> gone = new ArrayList<>();
        List<RowWrite> there = new ArrayList<>();
        for (RowWrite write : writes) {
            if (write.image() == null) {
                gone.add(write);
            } else if (write.image().isInsertable()) {
                there.add(write);
            } else {
                RowReader.read(connection, write.table(), write.key())
                        .ifPresentOrElse(row -> there.add(write.completedFrom(row)), () -> missing.add(write));
            }
        }
        write(gone, versions);
        for (Map.Entry<Table, List<RowWrite>> ofTable : there.stream()
                .collect(Collectors.groupingBy(RowWrite::table, LinkedHashMap::new, Collectors.toList()))
                .entrySet()) {
            versions.absent(
                    delete(ofTable.getKey(), ofTable.getValue(), versions).size());
        }
        Map<Shape, List<RowWrite>> inserts = new LinkedHashMap<>();
        for (RowWrite write : there) {
            inserts.computeIfAbsent(new Shape(write.table(), image(write).knownColumns()), same -> new ArrayList<>())
                    .add(write);
        }
        for (Map.Entry<Shape, List<RowWrite>> insert : inserts.entrySet()) {
            insert(insert.getKey(), insert.getValue(), versions);
        }
        return missing;
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

    /** Returns the ordinals of those that were not there. */
    private Set<Integer> delete(Table table, List<RowWrite> writes, Versions versions) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(target(table).delete())) {
            bindKeys(statement, table, writes);
            Set<Integer> absent = ordinals(writes);
            try (ResultSet deleted = statement.executeQuery()) {
                while (deleted.next()) {
                    absent.remove(deleted.getInt(1) - 1);
                    versions.overwrote(deleted.getString(2));
                }
            }
            return absent;
        }
    }

    private static Set<Integer> ordinals(List<RowWrite> writes) {
        Set<Integer> ordinals = new TreeSet<>();
        for (int i = 0; i < writes.size(); i++) {
            ordinals.add(i);
        }
        return ordinals;
    }

    private void bindKeys(PreparedStatement statement, Table table, List<RowWrite> writes) throws SQLException {
        for (int i = 0; i < table.key().size(); i++) {
            String[] values = new String[writes.size()];
            for (int row = 0; row < values.length; row++) {
                values[row] = writes.get(row).key().values().get(i);
            }
            statement.setArray(i + 1, connection.createArrayOf("text", values));
        }
    }

    /** Returns the writes whose row is not there. */
    private List<RowWrite> update(Shape shape, List<RowWrite> writes, Versions versions) throws SQLException {
        TargetTable target = target(shape.table());
        if (!target.returnsOld()) {
            lock(target, writes, versions);
        }
        Set<Integer> absent = ordinals(writes);
        try (PreparedStatement statement = connection.prepareStatement(target.update(shape.columns()))) {
            bind(statement, shape.columns(), writes);
            try (ResultSet updated = statement.executeQuery()) {
                while (updated.next()) {
                    absent.remove(updated.getInt(1) - 1);
                    if (target.returnsOld()) {
                        versions.overwrote(updated.getString(2));
                    }
                }
            }
        }
        versions.absent(absent.size());
        return absent.stream().map(writes::get).toList();
    }

    private void lock(TargetTable target, List<RowWrite> writes, Versions versions) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(target.lock())) {
            bindKeys(statement, target.table(), writes);
            try (ResultSet locked = statement.executeQuery()) {
                while (locked.next()) {
                    versions.overwrote(locked.getString(2));
                }
            }
        }
    }

    private void insert(Shape shape, List<RowWrite> writes, Versions versions) throws SQLException {
        TargetTable target = target(shape.table());
        int found = 0;
        try (PreparedStatement statement = connection.prepareStatement(target.insert(shape.columns()))) {
            bind(statement, shape.columns(), writes);
            if (target.returnsOld()) {
                try (ResultSet inserted = statement.executeQuery()) {
                    while (inserted.next()) {
                        String writer = inserted.getString(1);
                        if (writer != null) {
                            found++;
                            versions.overwrote(writer);
                        }
                    }
                }
            } else {
                statement.executeUpdate();
            }
        }
        versions.absent(writes.size() - found);
    }

    private void bind(PreparedStatement statement, List<Integer> columns, List<RowWrite> writes) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            @Nullable String[] values = new @Nullable String[writes.size()];
            for (int row = 0; row < values.length; row++) {
                values[row] = text(image(writes.get(row)).cell(columns.get(i)));
            }
            statement.setArray(i + 1, connection.createArrayOf("text", values));
        }
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
