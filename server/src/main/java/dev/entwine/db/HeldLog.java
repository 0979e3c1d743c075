package dev.entwine.db;

import dev.entwine.model.Position;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A site's log was held, and what a person has answered: a row of {@code entwine.held} at that site.
 *
 * @param position of the transaction that is, or was, held with all that follows it
 * @param guards   what held it, as {@code deletes public.customer}, {@code conflicts} or {@code clock}
 * @param what     what was measured, and the limit
 */
public record HeldLog(Position position, List<String> guards, String what, Instant at, Optional<Allowed> allowed) {
    private static final int READ_MAX = 1_000;
    private static final String COLUMNS = "position::text, guards, what, held_at, allowed_through::text, allowed_at,"
            + " allowed_by FROM entwine.held";

    public HeldLog {
        guards = List.copyOf(guards);
    }

    /** @param through these guards ask no more for what was committed up to here */
    public record Allowed(Position through, Instant at, String by) {}

    /** The newest, oldest first. */
    public static List<HeldLog> read(Connection connection) throws SQLException {
        List<HeldLog> result = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + COLUMNS + " ORDER BY entwine.held.position DESC LIMIT " + READ_MAX)) {
            while (row.next()) {
                result.add(of(row));
            }
        }
        Collections.reverse(result);
        return result;
    }

    /**
     * Notes that the log is held, unless that is noted already. A note that was answered for other guards than now hold it is asked
     * anew.
     *
     * @return the number, in 32 bits, of the transaction that did so
     */
    public int note(Connection connection) throws SQLException {
        String sql = "INSERT INTO entwine.held AS old (position, guards, what, held_at) VALUES (?::pg_lsn, ?, ?, ?)"
                + " ON CONFLICT (position) DO UPDATE SET guards = excluded.guards, what = excluded.what, held_at ="
                + " excluded.held_at, allowed_through = NULL, allowed_at = NULL, allowed_by = NULL WHERE NOT old.guards"
                + " @> excluded.guards; SELECT pg_current_xact_id()::xid::text";
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            Array names = connection.createArrayOf("text", guards.toArray());
            statement.setString(1, position.toString());
            statement.setArray(2, names);
            statement.setString(3, what);
            statement.setObject(4, at.atOffset(ZoneOffset.UTC));
            statement.execute();
            statement.getMoreResults();
            int transaction;
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                transaction = Integer.parseUnsignedInt(row.getString(1));
            }
            connection.commit();
            return transaction;
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** What has been noted of the place. */
    public static Optional<HeldLog> at(Connection connection, Position position) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT " + COLUMNS + " WHERE position = ?::pg_lsn")) {
            statement.setString(1, position.toString());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(of(row)) : Optional.empty();
            }
        }
    }

    /** Answers all that is held: it may go through, with what the site has committed up to now as far as the same guards are concerned. */
    public static List<HeldLog> allow(Connection connection, String by) throws SQLException {
        String sql = "UPDATE entwine.held SET allowed_through = pg_current_wal_insert_lsn(), allowed_at ="
                + " clock_timestamp(), allowed_by = ? WHERE allowed_through IS NULL RETURNING "
                + COLUMNS.replace(" FROM entwine.held", "");
        List<HeldLog> result = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, by);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    result.add(of(row));
                }
            }
        }
        return result;
    }

    private static HeldLog of(ResultSet row) throws SQLException {
        Optional<Allowed> allowed = Optional.empty();
        String through = row.getString(5);
        if (through != null) {
            allowed = Optional.of(new Allowed(Position.parse(through), time(row, 6), row.getString(7)));
        }
        return new HeldLog(
                Position.parse(row.getString(1)),
                List.of((String[]) row.getArray(2).getArray()),
                row.getString(3),
                time(row, 4),
                allowed);
    }

    private static Instant time(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
