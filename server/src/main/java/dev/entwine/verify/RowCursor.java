package dev.entwine.verify;

import dev.entwine.db.Identifiers;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Streams one table at one site in order of its key's bytes. Owned by one thread. */
final class RowCursor implements AutoCloseable {
    private static final int FETCH_ROWS = 1_000;

    private final Table table;
    private final Statement statement;
    private final ResultSet rows;
    private Optional<Row> current = Optional.empty();
    private long count;

    RowCursor(Table table, Connection connection) throws SQLException {
        this.table = table;
        this.statement = connection.createStatement();
        statement.setFetchSize(FETCH_ROWS);
        this.rows = statement.executeQuery(sql(table));
    }

    private static String sql(Table table) {
        String values = table.columns().stream()
                .map(column -> Identifiers.quote(column) + "::text")
                .collect(Collectors.joining(", "));
        String order = table.key().stream()
                .map(column -> "convert_to(" + Identifiers.quote(table.columns().get(column)) + "::text, 'UTF8')")
                .collect(Collectors.joining(", "));
        return "SELECT " + values + " FROM " + Identifiers.quote(table.id()) + " ORDER BY " + order;
    }

    Optional<Row> current() {
        return current;
    }

    long count() {
        return count;
    }

    void advance() throws SQLException {
        if (!rows.next()) {
            current = Optional.empty();
            return;
        }
        count++;
        List<Optional<String>> values = new ArrayList<>(table.columns().size());
        for (int i = 1; i <= table.columns().size(); i++) {
            values.add(Optional.ofNullable(rows.getString(i)));
        }
        List<String> key = table.key().stream()
                .map(column -> values.get(column).orElseThrow())
                .toList();
        current = Optional.of(new Row(key, values));
    }

    @Override
    public void close() {
        try {
            statement.close();
        } catch (SQLException e) {
            // The connection is broken or at its end; whoever reads next is told.
            current = Optional.empty();
        }
    }
}
