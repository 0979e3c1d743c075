package dev.entwine.db;

import dev.entwine.model.Repair;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Writes a repair into a site's journal: the same statement at the site where it was made, in its own transaction, and at all others, in
 * the apply transaction that brings it. Repetition does not matter. Stateless.
 */
public final class Repairs {
    /** Nobody has to look at it again after a restart: it is finished as it is written. */
    private static final String RECORD = """
        INSERT INTO entwine.conflict (id, at, table_schema, table_name, row_id, key, kind, policy, status, winner, vector, stamp,
                                      operation, losers, base, result, transactions, reason, finished)
        SELECT id, at, table_schema, table_name, row_id, key, 'repair', policy, 'decided', winner, vector, stamp, operation,
               losers, NULL, nullif(result, 'null'), transactions, reason, true
        FROM jsonb_to_record(?::text::jsonb) AS entry (
               id text, at timestamptz, table_schema text, table_name text, row_id text, key jsonb, policy text, winner text,
               vector text, stamp bigint, operation text, losers jsonb, result jsonb, transactions jsonb, reason text)
        ON CONFLICT (id) DO NOTHING
        """;

    private Repairs() {}

    public static void record(Connection connection, Repair repair) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RECORD)) {
            statement.setString(1, repair.entry());
            statement.executeUpdate();
        }
    }
}
