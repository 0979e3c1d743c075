package dev.entwine.journal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Entries of one site's journal as they are read. Owned by whoever owns the connection. */
public final class JournalCursor implements AutoCloseable {
    private final PreparedStatement statement;
    private final ResultSet rows;

    /** Takes the statement over. */
    JournalCursor(PreparedStatement statement) throws SQLException {
        this.statement = statement;
        this.rows = statement.executeQuery();
    }

    /** Empty at the end. */
    public Optional<JournalEntry> next() throws SQLException {
        return rows.next() ? Optional.of(Journal.entry(rows)) : Optional.empty();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
