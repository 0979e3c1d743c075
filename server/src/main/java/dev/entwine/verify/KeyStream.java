package dev.entwine.verify;

import dev.entwine.verify.Shape.Column;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Streams the keys and numbers of one site's rows, in order of the keys' numbers. Owned by one thread. */
final class KeyStream implements AutoCloseable {
    private static final int FETCH_ROWS = 2_000;

    private final List<Column> keyColumns;
    private final PreparedStatement statement;
    private final ResultSet rows;
    private boolean there;

    KeyStream(TableQueries queries, Buckets.Cut cut, Connection connection) throws SQLException {
        keyColumns = queries.shape().keyColumns();
        statement = connection.prepareStatement(queries.rows(cut));
        statement.setFetchSize(FETCH_ROWS);
        if (cut.parent() > 0) {
            statement.setArray(1, connection.createArrayOf("int8", cut.array()));
        }
        rows = statement.executeQuery();
        there = rows.next();
    }

    /** A row: its key in canonical texts, and its number. */
    record Entry(List<String> key, long number) {}

    boolean isAtEnd() {
        return !there;
    }

    /** The number of the key that comes next. */
    long next() throws SQLException {
        return rows.getLong(1);
    }

    /** The rows whose keys have this number, if they come next: one, but for chance. */
    List<Entry> take(long number) throws SQLException {
        List<Entry> taken = new ArrayList<>(1);
        while (there && rows.getLong(1) == number) {
            List<String> key = new ArrayList<>();
            for (int i = 0; i < keyColumns.size(); i++) {
                key.add(keyColumns.get(i).keyText().canonical(rows.getString(3 + i)));
            }
            taken.add(new Entry(List.copyOf(key), rows.getLong(2)));
            there = rows.next();
        }
        return taken;
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
