package dev.entwine.apply;

import dev.entwine.model.Cell;
import dev.entwine.model.Image;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Reads single rows as committed. Owned by whoever owns the connection. */
public final class RowReader {
    private RowReader() {}

    /** @param connection for {@link dev.entwine.db.Sessions.Purpose#CONTROL}, in auto-commit mode */
    public static Optional<Image> read(Connection connection, Table table, RowKey key) throws SQLException {
        return read(connection, TargetTable.read(table, connection), key);
    }

    static Optional<Image> read(Connection connection, TargetTable target, RowKey key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(target.select())) {
            for (int i = 0; i < key.values().size(); i++) {
                statement.setString(i + 1, key.values().get(i));
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(image(row, target.table())) : Optional.empty();
            }
        }
    }

    private static Image image(ResultSet row, Table table) throws SQLException {
        Cell[] cells = new Cell[table.columns().size()];
        for (int i = 0; i < cells.length; i++) {
            String value = row.getString(i + 1);
            cells[i] = value == null ? Cell.Absence.NULL : Cell.text(value);
        }
        return Image.of(cells);
    }
}
