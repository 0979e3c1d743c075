package dev.entwine.db;

import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.Rights;
import dev.entwine.db.Catalog.Room;
import dev.entwine.db.Catalog.Server;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SortedMap;

/** Reads {@link Catalog}. Used once, by one thread. */
final class CatalogReader {
    private static final int PARAMETER_PRIVILEGES_SINCE = 150_000;

    private static final String SLOTS_MAX = "max_replication_slots";
    /** How often the name of our slot and our origin stands in {@link #SERVER}. */
    private static final int NAMES_IN_SERVER = 4;

    private static final String SERVER = """
        SELECT current_setting('server_version_num')::int, split_part(current_setting('server_version'), ' ', 1),
               current_database(), (SELECT system_identifier::text FROM pg_control_system()),
               pg_postmaster_start_time()::text,
               (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
               pg_is_in_recovery(), current_setting('wal_level'),
               current_setting('max_replication_slots')::int,
               (SELECT count(*) FROM pg_replication_slots WHERE slot_name <> ?),
               EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ?),
               current_setting('max_active_replication_origins', true)::int,
               (SELECT count(*) FROM pg_replication_origin WHERE roname <> ?),
               EXISTS (SELECT FROM pg_replication_origin WHERE roname = ?),
               current_setting('max_wal_senders')::int, (SELECT count(*) FROM pg_stat_replication)
        """;

    private static final String RIGHTS = """
        SELECT current_user, rolsuper, rolsuper OR rolreplication,
               has_database_privilege(current_database(), 'CREATE'),
               (SELECT count(*) = 4 AND bool_and(has_function_privilege(oid, 'EXECUTE')) FROM pg_proc
                WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('pg_replication_origin_create',
                      'pg_replication_origin_drop', 'pg_replication_origin_session_setup',
                      'pg_replication_origin_session_reset'))
        FROM pg_roles WHERE rolname = current_user
        """;

    private final SiteId site;
    private final Connection connection;

    CatalogReader(SiteId site, Connection connection) {
        this.site = site;
        this.connection = connection;
    }

    Catalog read() throws SQLException {
        Server server = server();
        SortedMap<TableId, Relation> relations = new RelationReader(connection).read();
        return new Catalog(site, server, rights(server), relations);
    }

    private Server server() throws SQLException {
        String name = Names.slot(connection.getCatalog());
        try (PreparedStatement statement = connection.prepareStatement(SERVER)) {
            for (int parameter = 1; parameter <= NAMES_IN_SERVER; parameter++) {
                statement.setString(parameter, name);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Room slots = new Room(SLOTS_MAX, row.getInt(9), row.getInt(10));
                int originsMax = row.getInt(12);
                // One setting limited both before PostgreSQL 18.
                boolean together = row.wasNull();
                return new Server(
                        row.getInt(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getBoolean(7),
                        row.getString(8),
                        slots,
                        row.getBoolean(11),
                        new Room(
                                together ? SLOTS_MAX : "max_active_replication_origins",
                                together ? slots.max() : originsMax,
                                row.getInt(13)),
                        row.getBoolean(14),
                        new Room("max_wal_senders", row.getInt(15), row.getInt(16)));
            }
        }
    }

    private Rights rights(Server server) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(RIGHTS)) {
            row.next();
            boolean superuser = row.getBoolean(2);
            return new Rights(
                    row.getString(1),
                    superuser,
                    row.getBoolean(3),
                    row.getBoolean(4),
                    superuser || maySetReplicaRole(server),
                    row.getBoolean(5));
        }
    }

    private boolean maySetReplicaRole(Server server) throws SQLException {
        if (server.versionNumber() < PARAMETER_PRIVILEGES_SINCE) {
            return false;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT has_parameter_privilege('session_replication_role', 'SET')")) {
            return row.next() && row.getBoolean(1);
        }
    }
}
