package dev.entwine.testkit.witness;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of what a slot holds. It is looked at first and let go of when it is here: what a server lets go of while it sends is lost
 * when the line breaks meanwhile.
 *
 * @param end up to where the log has been read
 */
record Portion(List<Transaction> transactions, String end) {
    /** Rows at once; a transaction is never torn apart. */
    private static final int ROWS_MAX = 5_000;

    private static final String PEEK = """
        SELECT lsn::text, xid::text, data FROM pg_logical_slot_peek_changes(?, ?::pg_lsn, ?,
            'include-timestamp', 'on', 'include-xids', 'on', 'only-local', ?)
        WHERE data LIKE 'table public.%' OR data LIKE 'COMMIT %'\
        """;

    /** As the log has it, with the changes of all statements. */
    record Transaction(long xid, long micros, List<Change> changes) {}

    /** The next of the slot, in the order of commits; without transactions when there is no more up to the place. */
    static Portion peek(Connection connection, String slot, boolean onlyLocal, String upTo) throws SQLException {
        List<Transaction> transactions = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        String end = upTo;
        try (PreparedStatement peek = connection.prepareStatement(PEEK)) {
            peek.setString(1, slot);
            peek.setString(2, upTo);
            peek.setInt(3, ROWS_MAX);
            peek.setString(4, onlyLocal ? "on" : "off");
            try (ResultSet row = peek.executeQuery()) {
                while (row.next()) {
                    String data = row.getString(3);
                    if (data.startsWith("COMMIT ")) {
                        transactions.add(
                                new Transaction(Long.parseLong(row.getString(2)), micros(data), List.copyOf(changes)));
                        changes.clear();
                        end = row.getString(1);
                    } else {
                        DecodedLine.read(data).ifPresent(changes::add);
                    }
                }
            }
        }
        return new Portion(transactions, end);
    }

    /** The server need not keep it any longer. */
    void letGo(Connection connection, String slot) throws SQLException {
        try (PreparedStatement advance =
                connection.prepareStatement("SELECT pg_replication_slot_advance(?, ?::pg_lsn)")) {
            advance.setString(1, slot);
            advance.setString(2, end);
            advance.execute();
        }
    }

    /** {@code COMMIT 771 (at 2026-11-30 12:00:00.5+00)}. */
    private static long micros(String commit) {
        String text = commit.substring(commit.indexOf("(at ") + 4, commit.lastIndexOf("+00)"));
        return ChronoUnit.MICROS.between(
                Instant.EPOCH, LocalDateTime.parse(text.replace(' ', 'T')).toInstant(ZoneOffset.UTC));
    }
}
