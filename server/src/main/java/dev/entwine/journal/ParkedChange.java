package dev.entwine.journal;

import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A change that a site's database refused.
 *
 * @param site  that refused it
 * @param id    in that site's {@code entwine.parked}
 * @param key   an object of the key's columns; null for a truncation
 * @param image the row as it was to be; null for a delete and a truncation
 */
public record ParkedChange(
        SiteId site,
        long id,
        TableId table,
        JsonNode key,
        String source,
        String position,
        String operation,
        JsonNode image,
        String sqlstate,
        String error,
        Instant at) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String CHANGES = "SELECT id, table_schema, table_name, key::text, source, position::text,"
            + " operation, image::text, coalesce(sqlstate, ''), error, at FROM entwine.parked";

    /** The newest of a site. */
    public static List<ParkedChange> read(SiteId site, Connection connection, int most) throws SQLException {
        List<ParkedChange> changes = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(CHANGES + " ORDER BY id DESC LIMIT ?")) {
            statement.setInt(1, most);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    changes.add(of(site, row));
                }
            }
        }
        return changes;
    }

    /** One of a site. */
    public static Optional<ParkedChange> find(SiteId site, Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CHANGES + " WHERE id = ?")) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(of(site, row)) : Optional.empty();
            }
        }
    }

    /** Returns how many changes of the row there were. */
    static int delete(Connection connection, RowId row) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM entwine.parked WHERE row_id = ?")) {
            statement.setString(1, row.toString());
            return statement.executeUpdate();
        }
    }

    /** Takes out one that is of no row: a truncation. Returns false when it is not there any more. */
    public static boolean deleteTruncation(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM entwine.parked WHERE id = ? AND row_id IS NULL")) {
            statement.setLong(1, id);
            return statement.executeUpdate() == 1;
        }
    }

    private static ParkedChange of(SiteId site, ResultSet row) throws SQLException {
        return new ParkedChange(
                site,
                row.getLong(1),
                new TableId(row.getString(2), row.getString(3)),
                json(row, 4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                json(row, 8),
                row.getString(9),
                row.getString(10),
                row.getObject(11, OffsetDateTime.class).toInstant());
    }

    private static JsonNode json(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        return MAPPER.readTree(row.wasNull() ? "null" : text);
    }
}
