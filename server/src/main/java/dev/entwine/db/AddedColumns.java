package dev.entwine.db;

import dev.entwine.db.Catalog.Column;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Adds columns that one site has and another lacks. Only such as come out the same everywhere: of the server's own types, plain, and
 * without a default or with a constant one. Nothing that a site says is run at another: its types are compared with those that are
 * allowed, its default travels as a value.
 */
public final class AddedColumns {
    /** As {@code format_type} writes them. */
    private static final Pattern TYPES =
            Pattern.compile("(smallint|integer|bigint|real|double precision|boolean|text|bytea"
                    + "|uuid|json|jsonb|date|inet|cidr|macaddr|money|numeric(\\(\\d{1,4}(,-?\\d{1,4})?\\))?"
                    + "|character varying(\\(\\d{1,8}\\))?|character\\(\\d{1,8}\\)|interval"
                    + "|(time|timestamp)(\\(\\d\\))? with(out)? time zone)(\\[\\])?");

    /** A default that is a constant, converted at most: an expression of nothing else gives the same everywhere. */
    private static final String DETAILS = """
        SELECT d.adbin IS NULL,
               coalesce(NOT EXISTS (
                   SELECT FROM regexp_matches(d.adbin::text, '\\{([A-Z]+)(?: :funcid \\d+ :funcresulttype \\d+ :funcretset \\w+ :funcvariadic \\w+ :funcformat (\\d))?', 'g') AS node
                   WHERE NOT (node[1] IN ('CONST', 'RELABELTYPE') OR node[1] = 'FUNCEXPR' AND node[2] IN ('1', '2'))), true),
               a.atthasmissing, (a.attmissingval::text::text[])[1], a.attcollation = t.typcollation
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE n.nspname = ? AND c.relname = ? AND a.attname = ? AND NOT a.attisdropped
        """;

    /** Nobody is to wait behind the engine that waits for a lock. */
    private static final String LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'";

    private final Predicate<TableId> chosen;
    private final Map<SiteId, Connection> connections;
    /** Several sites may have what another one lacks. */
    private final Set<Place> tried = new HashSet<>();

    private final List<String> added = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();

    private AddedColumns(Predicate<TableId> chosen, Map<SiteId, Connection> connections) {
        this.chosen = chosen;
        this.connections = connections;
    }

    private record Place(SiteId site, TableId table, String column) {}

    /**
     * What was done, in words.
     *
     * @param refused what a server did not let be added
     */
    public record Result(List<String> added, List<String> refused) {
        public Result {
            added = List.copyOf(added);
            refused = List.copyOf(refused);
        }

        /** What differs, in words, and behind it what was refused. */
        public String withRefused(String differ) {
            return refused.isEmpty() ? differ : differ + "\n" + String.join("\n", refused);
        }
    }

    /**
     * Adds what can be added.
     *
     * @param chosen      the synchronized tables
     * @param catalogs    of all sites
     * @param connections to all sites, for {@link Sessions.Purpose#CONTROL}
     */
    public static Result bring(Predicate<TableId> chosen, List<Catalog> catalogs, Map<SiteId, Connection> connections)
            throws SQLException {
        AddedColumns columns = new AddedColumns(chosen, connections);
        for (Catalog from : catalogs) {
            for (Catalog to : catalogs) {
                columns.bring(from, to);
            }
        }
        return new Result(columns.added, columns.refused);
    }

    private void bring(Catalog from, Catalog to) throws SQLException {
        for (Relation relation : from.ordinaryTables().values()) {
            Relation there = to.ordinaryTables().get(relation.id());
            if (there == null || !chosen.test(relation.id()) || isRenamed(relation, there)) {
                continue;
            }
            for (Column column : relation.columns()) {
                if (there.column(column.name()).isEmpty()
                        && tried.add(new Place(to.site(), relation.id(), column.name()))) {
                    add(column, relation.id(), from.site(), to.site());
                }
            }
        }
    }

    /** Where either side has columns that the other lacks, one may have become another. */
    private static boolean isRenamed(Relation one, Relation other) {
        return other.columns().stream()
                .anyMatch(column -> one.column(column.name()).isEmpty());
    }

    private void add(Column column, TableId table, SiteId from, SiteId to) throws SQLException {
        if (column.generated()
                || !column.identity().isEmpty()
                || !TYPES.matcher(column.type()).matches()) {
            return;
        }
        Optional<String> ending = ending(column, table, from);
        if (ending.isEmpty()) {
            return;
        }
        Connection target = connection(to);
        target.setAutoCommit(false);
        try (Statement statement = target.createStatement()) {
            statement.execute(LOCK_TIMEOUT);
            statement.execute("ALTER TABLE " + Identifiers.quote(table) + " ADD COLUMN "
                    + Identifiers.quote(column.name()) + " " + column.type() + ending.get());
            target.commit();
            added.add("site " + to + ": added column " + column.name() + " " + column.type() + " to table " + table
                    + ", as site " + from + " has it");
        } catch (SQLException e) {
            target.rollback();
            refused.add("site " + to + ": column " + column.name() + " of table " + table
                    + " cannot be added (SQLSTATE " + e.getSQLState() + ": " + Said.by(e) + ")");
        } finally {
            target.setAutoCommit(true);
        }
    }

    /** What comes behind the type: the default, or nothing. Empty when it cannot be told exactly. */
    private Optional<String> ending(Column column, TableId table, SiteId site) throws SQLException {
        try (PreparedStatement statement = connection(site).prepareStatement(DETAILS)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.name());
            statement.setString(3, column.name());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next() || !row.getBoolean(5)) {
                    return Optional.empty();
                }
                if (row.getBoolean(1)) {
                    return column.notNull() ? Optional.empty() : Optional.of("");
                }
                @Nullable String value = row.getString(4);
                boolean known = row.getBoolean(2)
                        && row.getBoolean(3)
                        && value != null
                        && !column.type().endsWith("[]"); // what the catalog keeps of it is no array of texts
                return known
                        ? Optional.of(" DEFAULT " + Identifiers.literal(value) + (column.notNull() ? " NOT NULL" : ""))
                        : Optional.empty();
            }
        }
    }

    private Connection connection(SiteId site) {
        Connection connection = connections.get(site);
        if (connection == null) {
            throw new IllegalArgumentException("no connection to site " + site);
        }
        return connection;
    }
}
