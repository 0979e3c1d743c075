package dev.entwine.db;

import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** Creates, reads and drops what is ours in a user's database: the schema, the publication and the replication origin. Stateless. */
public final class Bookkeeping {
    /** Of the schema's layout; an engine refuses another one. */
    public static final int SCHEMA_VERSION = 7;

    private static final String PUBLICATION = "SELECT FROM pg_publication p WHERE p.pubname = 'entwine'";
    private static final String OF_OURS = "obj_description(p.oid, 'pg_publication') LIKE 'Entwine:%'";

    private Bookkeeping() {}

    /**
     * One row that says what this database is to the engine.
     *
     * @param setId            the same at every site of one set
     * @param incarnation      new whenever the site is filled anew
     * @param initialized      false while {@code init}, or a command by which the set begins anew, is at work, or was stopped
     * @param anew             that command, in words
     * @param leaseEpoch       0 until an engine has run
     */
    public record Meta(
            SiteId site,
            UUID setId,
            UUID incarnation,
            int schemaVersion,
            boolean initialized,
            Optional<String> anew,
            long leaseEpoch) {}

    /**
     * Creates schema and publication, in the connection's transaction.
     *
     * @param tables what is published
     */
    public static void create(Connection connection, SiteId site, UUID setId, List<Table> tables) throws SQLException {
        execute(connection, BookkeepingDdl.SCHEMA);
        String insert = "INSERT INTO entwine.meta (site, set_id, incarnation, system_identifier, timeline,"
                + " schema_version, initialized, created_at) SELECT ?, ?, ?, " + Incarnation.SERVER
                + ", ?, false, now()";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, site.name());
            statement.setObject(2, setId);
            statement.setObject(3, UUID.randomUUID());
            statement.setInt(4, SCHEMA_VERSION);
            statement.executeUpdate();
        }
        execute(connection, "INSERT INTO entwine.lease DEFAULT VALUES");
        publish(connection, tables);
    }

    private static void publish(Connection connection, List<Table> tables) throws SQLException {
        publish(connection, Names.PUBLICATION, tables);
    }

    /** Creates what {@code shadow} reads by, in the place of one that was left behind. */
    public static void publishShadow(Connection connection, List<Table> tables) throws SQLException {
        dropShadow(connection);
        publish(connection, Names.SHADOW_PUBLICATION, tables);
    }

    /** Whether there was something to drop. */
    public static boolean dropShadow(Connection connection) throws SQLException {
        boolean there = exists(
                connection,
                "SELECT EXISTS (SELECT FROM pg_publication p WHERE p.pubname = "
                        + Identifiers.literal(Names.SHADOW_PUBLICATION) + " AND " + OF_OURS + ")");
        if (there) {
            execute(connection, "DROP PUBLICATION " + Identifiers.quote(Names.SHADOW_PUBLICATION));
        }
        return there;
    }

    private static void publish(Connection connection, String publication, List<Table> tables) throws SQLException {
        String names =
                tables.stream().map(table -> Identifiers.quote(table.id())).collect(Collectors.joining(", "));
        execute(
                connection,
                "CREATE PUBLICATION " + Identifiers.quote(publication) + " FOR TABLE " + names
                        + " WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)");
        execute(
                connection,
                "COMMENT ON PUBLICATION " + Identifiers.quote(publication) + " IS "
                        + Identifiers.literal(BookkeepingDdl.COMMENT));
    }

    /** Creates the replication origin, unless it is there. Needs the right to; see {@link Catalog.Rights#origins}. */
    public static void createOrigin(Connection connection) throws SQLException {
        String origin = Identifiers.literal(Names.slot(connection.getCatalog()));
        execute(
                connection,
                "SELECT pg_replication_origin_create(" + origin
                        + ") WHERE NOT EXISTS (SELECT FROM pg_replication_origin WHERE roname = " + origin + ")");
    }

    /** The meta row; empty when there is no schema of ours. */
    public static Optional<Meta> meta(Connection connection) throws SQLException {
        if (!isOurs(connection)) {
            return Optional.empty();
        }
        String sql = "SELECT m.site, m.set_id, m.incarnation, m.schema_version, m.initialized,"
                + " to_jsonb(m) ->> 'anew', coalesce((SELECT epoch FROM entwine.lease), 0) FROM entwine.meta m";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            if (!row.next()) {
                return Optional.empty();
            }
            return Optional.of(new Meta(
                    new SiteId(row.getString(1)),
                    row.getObject(2, UUID.class),
                    row.getObject(3, UUID.class),
                    row.getInt(4),
                    row.getBoolean(5),
                    Optional.ofNullable(row.getString(6)),
                    row.getLong(7)));
        }
    }

    /** Whether a schema with our name is there, whoever made it. */
    public static boolean schemaExists(Connection connection) throws SQLException {
        return exists(connection, "SELECT to_regnamespace('entwine') IS NOT NULL");
    }

    private static boolean isOurs(Connection connection) throws SQLException {
        return exists(connection, "SELECT to_regclass('entwine.meta') IS NOT NULL");
    }

    /** Whether a publication with our name is there that somebody else made. */
    public static boolean foreignPublication(Connection connection) throws SQLException {
        return exists(connection, "SELECT EXISTS (" + PUBLICATION + " AND NOT coalesce(" + OF_OURS + ", false))");
    }

    /** The published tables, in order of name; empty when there is no publication. */
    public static List<TableId> published(Connection connection) throws SQLException {
        String sql = "SELECT n.nspname, c.relname FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid"
                + " JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE p.pubname = " + Identifiers.literal(Names.PUBLICATION) + " ORDER BY 1, 2";
        List<TableId> result = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                result.add(new TableId(row.getString(1), row.getString(2)));
            }
        }
        return result;
    }

    /** The sites whose progress is kept here. */
    public static List<SiteId> sources(Connection connection) throws SQLException {
        List<SiteId> result = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT source FROM entwine.progress WHERE source <> (SELECT site FROM entwine.meta) ORDER BY"
                                + " source")) {
            while (row.next()) {
                result.add(new SiteId(row.getString(1)));
            }
        }
        return result;
    }

    /** Up to where other sites' local transactions are contained in this site's rows; for the site itself, up to where its log is acknowledged. */
    public static Map<SiteId, Position> progress(Connection connection) throws SQLException {
        Map<SiteId, Position> progress = new HashMap<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT source, position::text FROM entwine.progress");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                progress.put(new SiteId(row.getString(1)), Position.parse(row.getString(2)));
            }
        }
        return progress;
    }

    /** Says up to where another site's local transactions are already contained in this site's rows. */
    public static void startProgress(Connection connection, SiteId source, Position position) throws SQLException {
        String sql = "INSERT INTO entwine.progress (source, position) VALUES (?, ?::pg_lsn)"
                + " ON CONFLICT (source) DO UPDATE SET position = excluded.position";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, source.name());
            statement.setString(2, position.toString());
            statement.executeUpdate();
        }
    }

    /** From here on an engine may start. */
    public static void markInitialized(Connection connection) throws SQLException {
        execute(
                connection,
                "UPDATE entwine.meta SET initialized = true, anew = NULL; DELETE FROM entwine.unknown_table");
    }

    /**
     * Forgets up to where the site is, for the set begins anew; what was decided stays in the journal. No engine may start until
     * {@link #markInitialized}.
     *
     * @param command   what is at work, in words, to be run again should it be stopped
     * @param unknown tables of which nothing is known from before
     */
    public static void beginAnew(Connection connection, String command, List<Table> tables, Collection<TableId> unknown)
            throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement("UPDATE entwine.meta SET initialized = false, anew = ?");
                PreparedStatement note = connection.prepareStatement(
                        "INSERT INTO entwine.unknown_table VALUES (?, ?) ON CONFLICT DO NOTHING")) {
            statement.setString(1, command);
            statement.executeUpdate();
            for (TableId table : unknown) {
                note.setString(1, table.schema());
                note.setString(2, table.name());
                note.executeUpdate();
            }
        }
        execute(connection, BookkeepingDdl.BEGIN_ANEW);
        execute(connection, "DROP PUBLICATION IF EXISTS " + Identifiers.quote(Names.PUBLICATION));
        publish(connection, tables);
    }

    /** Tables of which nothing is known from before the set began anew, while it does. */
    public static List<TableId> unknownTables(Connection connection) throws SQLException {
        List<TableId> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT table_schema, table_name FROM entwine.unknown_table ORDER BY 1, 2")) {
            while (row.next()) {
                tables.add(new TableId(row.getString(1), row.getString(2)));
            }
        }
        return tables;
    }

    /** Tables with a row that a site has refused, or of which the sites are known to differ for another reason than what is on its way. */
    public static Set<TableId> differing(Connection connection) throws SQLException {
        String sql = "SELECT table_schema, table_name FROM entwine.parked UNION SELECT table_schema, table_name FROM"
                + " entwine.difference";
        Set<TableId> tables = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                tables.add(new TableId(row.getString(1), row.getString(2)));
            }
        }
        return tables;
    }

    /** What an engine noted of the sites' transactions is not true any more, for one of them has gone back. */
    public static void forgetSpread(Connection connection) throws SQLException {
        execute(connection, "UPDATE entwine.lease SET spread = NULL");
    }

    /** The site is another one now, as far as the others are concerned. */
    public static void newIncarnation(Connection connection) throws SQLException {
        execute(
                connection,
                "UPDATE entwine.meta SET incarnation = gen_random_uuid(), (system_identifier, timeline) = (SELECT "
                        + Incarnation.SERVER + ")");
    }

    /**
     * Drops schema, publication and origin, whatever of them is there; what was dropped, in words. A schema or a publication with
     * our name that somebody else made stays.
     */
    public static List<String> drop(Connection connection) throws SQLException {
        List<String> dropped = new ArrayList<>();
        if (exists(connection, "SELECT EXISTS (" + PUBLICATION + " AND " + OF_OURS + ")")) {
            execute(connection, "DROP PUBLICATION entwine");
            dropped.add("publication " + Names.PUBLICATION);
        }
        if (dropShadow(connection)) {
            dropped.add("publication " + Names.SHADOW_PUBLICATION);
        }
        if (schemaExists(connection) && isOurs(connection)) {
            execute(connection, "SET client_min_messages = warning; DROP SCHEMA entwine CASCADE");
            dropped.add("schema " + Names.SCHEMA);
        }
        String origin = Names.slot(connection.getCatalog());
        String literal = Identifiers.literal(origin);
        if (exists(connection, "SELECT EXISTS (SELECT FROM pg_replication_origin WHERE roname = " + literal + ")")) {
            execute(connection, "SELECT pg_replication_origin_drop(" + literal + ")");
            dropped.add("replication origin " + origin);
        }
        return dropped;
    }

    private static boolean exists(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
