package dev.entwine.apply;

import dev.entwine.db.Identifiers;
import dev.entwine.db.KeyText;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How a table is written at one site: its columns' types there, and the statements that follow from them.
 *
 * <p>What a statement overwrites is asked for with it: from version 18 on a server returns the writer ({@code xmin}) of the version that
 * it replaced; before, the rows are locked first, and the locking statement tells.
 */
final class TargetTable {
    private static final int RETURNS_OLD_SINCE = 18;

    /** The server's own types have lesser numbers. */
    private static final int FIRST_NOT_BUILT_IN = 10_000;

    /** The type without a length: a cast to it never cuts or rounds, and the assignment then checks the length. */
    private static final String COLUMNS = """
        SELECT format_type(a.atttypid, -1), a.attidentity = 'a', n.nspname, b.oid::bigint, b.typname,
               a.attnotnull OR t.typnotnull
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
             JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        WHERE a.attrelid = (SELECT c.oid FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
                            WHERE s.nspname = ? AND c.relname = ?)
          AND a.attname = ? AND NOT a.attisdropped
        """;

    private final Table table;
    private final String name;
    private final List<String> columns;
    private final List<String> types = new ArrayList<>();
    /** Of the key's columns, by index. */
    private final Map<Integer, KeyText> keyTexts = new TreeMap<>();

    /** Columns that the server lets nobody update. */
    private final Set<Integer> fixed = new TreeSet<>();

    private final Set<Integer> nullable = new TreeSet<>();
    /** Where the key's operators may have to be looked for. */
    private final Set<String> typeSchemas = new TreeSet<>();

    private final boolean returnsOld;
    private final StatementTexts texts = new StatementTexts();

    private TargetTable(Table table, boolean returnsOld) {
        this.table = table;
        this.returnsOld = returnsOld;
        this.name = Identifiers.quote(table.id().schema()) + "."
                + Identifiers.quote(table.id().name());
        this.columns = table.columns().stream().map(Identifiers::quote).toList();
    }

    /** @throws SQLException also when a column is not there (SQLSTATE 42703) */
    static TargetTable read(Table table, Connection connection) throws SQLException {
        boolean returnsOld = connection.getMetaData().getDatabaseMajorVersion() >= RETURNS_OLD_SINCE;
        TargetTable result = new TargetTable(table, returnsOld);
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            for (int i = 0; i < table.columns().size(); i++) {
                statement.setString(1, table.id().schema());
                statement.setString(2, table.id().name());
                statement.setString(3, table.columns().get(i));
                try (ResultSet row = statement.executeQuery()) {
                    if (!row.next()) {
                        throw new SQLException(
                                "table " + table + " has no column "
                                        + table.columns().get(i),
                                "42703");
                    }
                    result.addColumn(i, row.getString(1), row.getBoolean(2), row.getString(3));
                    result.addKeyText(i, row.getInt(4), row.getString(5));
                    if (!row.getBoolean(6)) {
                        result.nullable.add(i);
                    }
                }
            }
        }
        return result;
    }

    private void addColumn(int index, String type, boolean alwaysIdentity, String typeSchema) {
        types.add(type);
        if (alwaysIdentity || table.isKey(index)) {
            fixed.add(index);
        }
        typeSchemas.add(typeSchema);
    }

    /** As the reader of the log makes texts of keys alike. */
    private void addKeyText(int index, int typeOid, String typeName) {
        if (table.isKey(index)) {
            (typeOid < FIRST_NOT_BUILT_IN ? KeyText.ofBuiltIn(typeOid) : KeyText.ofNamed(typeName)).ifPresent(text -> {
                keyTexts.put(index, text);
                if (text != KeyText.EXACT) {
                    fixed.remove(index); // 1 and 1.00 are the same key, and not the same row
                }
            });
        }
    }

    Table table() {
        return table;
    }

    /** Quoted, with its schema. */
    String name() {
        return name;
    }

    /** Quoted. */
    String column(int index) {
        return columns.get(index);
    }

    String type(int index) {
        return types.get(index);
    }

    /** The expressions by which a statement returns the key of a row, for {@link #key}. */
    String keyTexts(String alias) {
        return texts(alias, table.key());
    }

    /** The same of any columns that hold values. */
    String texts(String alias, List<Integer> of) {
        List<String> texts = new ArrayList<>();
        for (int column : of) {
            texts.add("format('%s', " + alias + "." + columns.get(column) + ")");
        }
        return String.join(", ", texts);
    }

    /** @param first the column of the result with the first of {@link #keyTexts} */
    RowKey key(ResultSet row, int first) throws SQLException {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < table.key().size(); i++) {
            values.add(keyText(table.key().get(i), row.getString(first + i)));
        }
        return new RowKey(table.id(), values);
    }

    String keyText(int column, String text) {
        return keyTexts.getOrDefault(column, KeyText.EXACT).canonical(text);
    }

    Set<String> typeSchemas() {
        return typeSchemas;
    }

    /** Whether an update or insert tells itself what it has overwritten. */
    boolean returnsOld() {
        return returnsOld;
    }

    /** Parameters: the key's columns. Locks the rows that are there; returns their ordinals and writers. */
    String lock(Parameters parameters) {
        return texts.get(StatementTexts.Kind.LOCK, table.key(), parameters, this::makeLock);
    }

    private String makeLock(List<Integer> key, Parameters parameters) {
        return "SELECT v.n, t.xmin::text FROM " + name + " AS t JOIN " + parameters.rows(key.size()) + " ON "
                + matches(key) + " FOR NO KEY UPDATE OF t";
    }

    boolean isNullable(int column) {
        return nullable.contains(column);
    }

    /** Parameters: the key's columns. Empties these columns; returns as {@link #update} does. */
    String free(List<Integer> freed, Parameters parameters) {
        return texts.get(StatementTexts.Kind.FREE, freed, parameters, this::makeFree);
    }

    private String makeFree(List<Integer> freed, Parameters parameters) {
        List<String> sets =
                freed.stream().map(column -> columns.get(column) + " = NULL").toList();
        return updating(sets, table.key(), parameters);
    }

    /**
     * Parameters: the given columns, the key's first. Returns the ordinals of the rows that were there, and, if the server does, the
     * writers of what stood there.
     */
    String update(List<Integer> given, Parameters parameters) {
        return texts.get(StatementTexts.Kind.UPDATE, given, parameters, this::makeUpdate);
    }

    private String makeUpdate(List<Integer> given, Parameters parameters) {
        List<String> sets = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            int column = given.get(i);
            if (!fixed.contains(column)) {
                sets.add(columns.get(column) + " = " + value(i, column));
            }
        }
        return updating(sets, given, parameters);
    }

    private String updating(List<String> sets, List<Integer> given, Parameters parameters) {
        return "UPDATE " + name + " AS t SET " + String.join(", ", sets) + " FROM "
                + parameters.rows(given.size()) + " WHERE " + matches(given)
                + " RETURNING v.n" + (returnsOld ? ", old.xmin::text" : "");
    }

    /** Whether an update of these columns would set anything. */
    boolean hasToSet(List<Integer> given) {
        return !fixed.containsAll(given);
    }

    /** Parameters: the key's columns. Returns ordinals and writers of the rows that were there. */
    String delete(Parameters parameters) {
        return texts.get(StatementTexts.Kind.DELETE, table.key(), parameters, this::makeDelete);
    }

    private String makeDelete(List<Integer> key, Parameters parameters) {
        return "DELETE FROM " + name + " AS t USING " + parameters.rows(key.size()) + " WHERE " + matches(key)
                + " RETURNING v.n, t.xmin::text";
    }

    /**
     * Parameters: the given columns; the others get their defaults. A row that is there is overwritten. Returns, if the server does,
     * the writers of what stood there, null for a row that was not there.
     */
    String insert(List<Integer> given, Parameters parameters) {
        return texts.get(StatementTexts.Kind.INSERT, given, parameters, this::makeInsert);
    }

    private String makeInsert(List<Integer> given, Parameters parameters) {
        List<String> values = new ArrayList<>();
        List<String> sets = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            int column = given.get(i);
            values.add(value(i, column));
            if (!fixed.contains(column)) {
                sets.add(columns.get(column) + " = EXCLUDED." + columns.get(column));
            }
        }
        String conflict = sets.isEmpty() ? "NOTHING" : "UPDATE SET " + String.join(", ", sets);
        String names = String.join(", ", given.stream().map(columns::get).toList());
        return "INSERT INTO " + name + " AS t (" + names + ") OVERRIDING SYSTEM VALUE SELECT "
                + String.join(", ", values)
                + " FROM " + parameters.rows(given.size()) + " ON CONFLICT (" + keyColumns() + ") DO " + conflict
                + (returnsOld ? " RETURNING old.xmin::text" : "");
    }

    /** Parameters: one text for each key column. Returns all columns as their types print them, which is not always what a cast to text gives. */
    String select() {
        List<String> texts = columns.stream()
                .map(column -> "CASE WHEN t." + column + " IS NULL THEN NULL ELSE format('%s', t." + column + ") END")
                .toList();
        List<String> conditions = new ArrayList<>();
        for (int column : table.key()) {
            conditions.add("t." + columns.get(column) + " = ?::text::" + types.get(column));
        }
        return "SELECT " + String.join(", ", texts) + " FROM " + name + " AS t WHERE "
                + String.join(" AND ", conditions);
    }

    private String keyColumns() {
        return String.join(", ", table.key().stream().map(columns::get).toList());
    }

    private String value(int parameter, int column) {
        return "v.c" + parameter + "::" + types.get(column);
    }

    private String matches(List<Integer> given) {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < table.key().size(); i++) {
            int column = table.key().get(i);
            conditions.add("t." + columns.get(column) + " = " + value(given.indexOf(column), column));
        }
        return String.join(" AND ", conditions);
    }
}
