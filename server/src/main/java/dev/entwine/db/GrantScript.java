package dev.entwine.db;

import dev.entwine.db.Catalog.Relation;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * All that a role needs at one site to be the engine's, whether or not it has it already or is there: nothing that the role would have
 * anyway, so no line can be left out. Used once, by one thread.
 */
public final class GrantScript {
    private final Connection connection;
    private final Catalog catalog;
    private final String role;
    private final List<Relation> tables;
    private final SortedSet<String> owners = new TreeSet<>();
    private final List<String> lines = new ArrayList<>();

    private GrantScript(Connection connection, Catalog catalog, Predicate<TableId> chosen, String role) {
        this.connection = connection;
        this.catalog = catalog;
        this.role = role;
        this.tables = catalog.ordinaryTables().values().stream()
                .filter(relation -> chosen.test(relation.id()))
                .toList();
        tables.forEach(relation -> owners.add(relation.access().owner()));
    }

    /**
     * Makes the script, to be run in the site's database by a superuser.
     *
     * @param connection for {@link Sessions.Purpose#CONTROL}, of any role
     * @param chosen     the tables that are to be synchronized
     * @param role       whom it is for
     * @return its lines; comments begin with {@code --}, and every other line is one whole statement
     */
    public static List<String> of(Connection connection, Catalog catalog, Predicate<TableId> chosen, String role)
            throws SQLException {
        GrantScript script = new GrantScript(connection, catalog, chosen, role);
        script.write();
        return List.copyOf(script.lines);
    }

    private void write() throws SQLException {
        String database = catalog.server().database();
        lines.add("-- site " + catalog.site() + ": PostgreSQL "
                + catalog.server().version() + ", database " + database + "; to be run there by a superuser");
        if (is("SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ?)", role)) {
            lines.add("-- its password: by \\password in psql, so that it is in no file and no log");
            lines.add("CREATE ROLE " + Identifiers.quote(role) + " LOGIN;");
        }
        if (!SiteRequirements.knowsGrantsOfParameters(catalog.server())) {
            lines.add(Grants.superuser(role));
            return;
        }
        lines.add(Grants.replication(role));
        lines.add(Grants.setReplicaRole(role));
        if (!is("SELECT has_database_privilege('public', ?, 'CONNECT')", database)) {
            lines.add(Grants.connect(database, role));
        }
        lines.add(Grants.createInDatabase(database, role));
        schemas();
        for (String owner : owners) {
            owner(owner);
        }
        if (isFiltered()) {
            lines.add("-- row security of some table is forced upon its owner, and would hide rows from the engine");
            lines.add(Grants.bypassRowSecurity(role));
        }
        lines.add("-- without these everything works, but the server sends the engine its own rows back");
        lines.add(Grants.origins(role));
    }

    private void schemas() throws SQLException {
        SortedSet<String> schemas = new TreeSet<>();
        tables.forEach(relation -> schemas.add(relation.id().schema()));
        for (String schema : schemas) {
            boolean open = is("SELECT has_schema_privilege('public', ?, 'USAGE')", schema);
            for (String owner : owners) {
                open = open || is("SELECT has_schema_privilege(?, ?, 'USAGE')", owner, schema);
            }
            if (!open) {
                lines.add(Grants.schemaUsage(schema, role));
            }
        }
    }

    /** Only the owner may publish a table; with that come the rights to read and write it. */
    private void owner(String owner) throws SQLException {
        if (owner.equals(role)) {
            return;
        }
        if (is("SELECT rolsuper FROM pg_roles WHERE rolname = ?", owner)) {
            lines.add("-- " + owner
                    + " is a superuser: better first ALTER TABLE ... OWNER TO one that is none, and ask again");
        }
        lines.add(Grants.owner(owner, role));
    }

    private boolean isFiltered() throws SQLException {
        for (Relation relation : tables) {
            if (is(
                    "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class c JOIN pg_namespace n"
                            + " ON n.oid = relnamespace WHERE nspname = ? AND relname = ?",
                    relation.id().schema(),
                    relation.id().name())) {
                return true;
            }
        }
        return false;
    }

    private boolean is(String sql, String... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
