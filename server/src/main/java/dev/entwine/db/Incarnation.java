package dev.entwine.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * Which database a site is, and which of its lives.
 *
 * @param id               new whenever the site begins anew
 * @param systemIdentifier of the cluster; a copy made by dump and restore has another one
 * @param timeline         of the cluster's log, as in the names of its files; a promoted standby and a restored backup go on with a new one
 */
public record Incarnation(UUID id, String systemIdentifier, String timeline) {
    /** Two columns: what the server is now. */
    static final String SERVER = "(SELECT system_identifier::text FROM pg_control_system()),"
            + " substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

    /**
     * A site as it was when it was set up, and as it is.
     *
     * @param recorded what the site's own tables say
     * @param present  what its server says
     */
    public record Both(Incarnation recorded, Incarnation present) {}

    /** Of a site with our schema. */
    static Both read(Connection connection) throws SQLException {
        String sql = "SELECT m.incarnation, m.system_identifier, m.timeline, " + SERVER + " FROM entwine.meta m";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            UUID id = row.getObject(1, UUID.class);
            return new Both(
                    new Incarnation(id, row.getString(2), row.getString(3)),
                    new Incarnation(id, row.getString(4), row.getString(5)));
        }
    }
}
