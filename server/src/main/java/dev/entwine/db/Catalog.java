package dev.entwine.db;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one site's database says about itself: read once, never changed.
 *
 * @param tables every table, view and foreign table of the user's schemas, partitions of a partitioned table aside
 */
public record Catalog(SiteId site, Server server, Rights rights, SortedMap<TableId, Relation> tables) {
    public Catalog {
        tables = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    }

    /**
     * Reads the catalog in a handful of statements.
     *
     * @param connection for {@link Sessions.Purpose#CONTROL}
     */
    public static Catalog read(SiteId site, Connection connection) throws SQLException {
        return new CatalogReader(site, connection).read();
    }

    /**
     * Whether the server takes no UPDATE and no DELETE of the table when it is published with REPLICA IDENTITY FULL: since version 18
     * an identity may not hold columns that are not published, and generated ones are not.
     */
    public boolean refusesWholeRows(Relation relation) {
        return server.major() >= 18 && relation.columns().stream().anyMatch(Column::generated);
    }

    public Optional<Relation> table(TableId id) {
        return Optional.ofNullable(tables.get(id));
    }

    /**
     * The server and the database.
     *
     * @param versionNumber as in {@code server_version_num}: 180001
     * @param version       as people write it: 18.1
     * @param identifier    the cluster's system identifier; a copy of a cluster has the same one
     * @param startedAt     when the server was started, to the microsecond
     * @param slotPresent   whether our slot of this database exists
     * @param originPresent whether our replication origin of this database exists
     */
    public record Server(
            int versionNumber,
            String version,
            String database,
            String identifier,
            String startedAt,
            String encoding,
            boolean standby,
            String walLevel,
            Room slots,
            boolean slotPresent,
            Room origins,
            boolean originPresent,
            Room senders) {
        public int major() {
            return versionNumber / 10_000;
        }
    }

    /**
     * Of something that a cluster has room for only so many of.
     *
     * @param setting that limits them
     * @param used    in the whole cluster, our own of this database aside
     */
    public record Room(String setting, int max, int used) {
        boolean isFull() {
            return used >= max;
        }

        String more() {
            return "ALTER SYSTEM SET " + setting + " = " + (used + 4) + "; -- then restart the server";
        }
    }

    /**
     * What the engine's role may do.
     *
     * @param createInDatabase whether it may create a schema and a publication
     * @param setReplicaRole   whether it may set {@code session_replication_role}
     * @param origins          whether it may create and use replication origins
     */
    public record Rights(
            String role,
            boolean superuser,
            boolean replication,
            boolean createInDatabase,
            boolean setReplicaRole,
            boolean origins) {}

    /** What a relation is. */
    public enum Kind {
        TABLE,
        PARTITIONED_TABLE,
        VIEW,
        MATERIALIZED_VIEW,
        FOREIGN_TABLE
    }

    /** Which old values the log carries. */
    public enum ReplicaIdentity {
        DEFAULT,
        INDEX,
        FULL,
        NOTHING
    }

    /**
     * One relation.
     *
     * @param logged        whether its changes are in the log
     * @param inherits      whether it has parents or children by inheritance that is not partitioning
     * @param key           what identifies a row in the log and here; empty when nothing does
     * @param tooNarrow     partitions whose own replica identity is neither default nor full
     * @param notFull       the table, or its partitions, quoted, of which the log does not carry the whole old row
     * @param largeValues   whether values are stored out of line now, or its types make that likely
     * @param uniques       the unique indexes other than the key
     * @param subscriptions the subscriptions of the server's own that write to it
     */
    public record Relation(
            TableId id,
            Kind kind,
            boolean logged,
            boolean inherits,
            ReplicaIdentity identity,
            Access access,
            List<Column> columns,
            Optional<UniqueIndex> key,
            List<String> tooNarrow,
            List<String> notFull,
            boolean largeValues,
            List<UniqueIndex> uniques,
            List<ForeignKey> foreignKeys,
            List<Sequence> sequences,
            List<String> subscriptions) {
        public Relation {
            columns = List.copyOf(columns);
            tooNarrow = List.copyOf(tooNarrow);
            notFull = List.copyOf(notFull);
            uniques = List.copyOf(uniques);
            foreignKeys = List.copyOf(foreignKeys);
            sequences = List.copyOf(sequences);
            subscriptions = List.copyOf(subscriptions);
        }

        public Optional<Column> column(String name) {
            return columns.stream().filter(column -> column.name().equals(name)).findFirst();
        }

        public boolean isTable() {
            return kind == Kind.TABLE || kind == Kind.PARTITIONED_TABLE;
        }
    }

    /**
     * What the engine's role may do with a relation.
     *
     * @param asOwner     whether it has the owner's rights, which a publication needs
     * @param schemaUsage whether it may look into the schema
     * @param missing     those of SELECT, INSERT, UPDATE and DELETE that it does not have
     * @param filtered    whether row security hides rows from it
     */
    public record Access(String owner, boolean asOwner, boolean schemaUsage, List<String> missing, boolean filtered) {
        public Access {
            missing = List.copyOf(missing);
        }
    }

    /**
     * One column.
     *
     * @param type          as {@code format_type} writes it, qualified unless it is the server's own
     * @param labels        the labels of an enumeration with commas between them; empty for any other type
     * @param identity      {@code a} for GENERATED ALWAYS AS IDENTITY, {@code d} for BY DEFAULT, empty for neither
     * @param deterministic whether equal texts are equal bytes
     * @param ambiguous     whether it may be part of a key and its equal values may have different texts, so that one row looks like two
     */
    public record Column(
            String name,
            String type,
            String labels,
            boolean notNull,
            boolean generated,
            String identity,
            boolean deterministic,
            boolean ambiguous) {}

    /** A unique index, its columns in order. */
    public record UniqueIndex(
            String index,
            List<String> columns,
            boolean primary,
            boolean immediate,
            boolean partial,
            boolean expressions) {
        public UniqueIndex {
            columns = List.copyOf(columns);
        }
    }

    /** A foreign key, with the columns that refer, and those that they refer to. */
    public record ForeignKey(String name, TableId parent, List<String> columns, List<String> parentColumns) {
        public ForeignKey {
            columns = List.copyOf(columns);
            parentColumns = List.copyOf(parentColumns);
        }
    }

    /**
     * A sequence that belongs to a column.
     *
     * @param at the last value that was given out, or the one before the first; empty when the role may not see it
     */
    public record Sequence(TableId id, String column, long increment, Optional<Long> at) {}

    /** The relations that are tables, by name. */
    public Map<TableId, Relation> ordinaryTables() {
        SortedMap<TableId, Relation> result = new TreeMap<>();
        tables.forEach((id, relation) -> {
            if (relation.isTable()) {
                result.put(id, relation);
            }
        });
        return result;
    }
}
