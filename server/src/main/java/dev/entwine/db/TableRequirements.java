package dev.entwine.db;

import dev.entwine.db.Catalog.Column;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.ReplicaIdentity;
import dev.entwine.db.Catalog.UniqueIndex;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;

/** What must hold for one table at one site, whatever the other sites have. */
final class TableRequirements {
    private final Catalog catalog;
    private final SiteId site;
    private final String name;
    private final String role;
    private final Relation relation;
    private final String quoted;
    private final List<Finding> findings = new ArrayList<>();

    private TableRequirements(Catalog catalog, Relation relation) {
        this.catalog = catalog;
        this.site = catalog.site();
        this.name = catalog.rights().role();
        this.role = Identifiers.quote(name);
        this.relation = relation;
        this.quoted = Identifiers.quote(relation.id());
    }

    static List<Finding> check(Catalog catalog, Relation relation) {
        TableRequirements requirements = new TableRequirements(catalog, relation);
        requirements.checkStorage();
        requirements.checkAccess();
        requirements.checkIdentity();
        relation.key().ifPresent(requirements::checkKey);
        relation.uniques().forEach(requirements::checkUnique);
        return requirements.findings;
    }

    private void checkStorage() {
        if (!relation.logged()) {
            error(
                    "unlogged",
                    "table " + relation.id() + " is unlogged: its changes are not in the log",
                    "ALTER TABLE " + quoted + " SET LOGGED;");
        }
        if (relation.inherits()) {
            error(
                    "inheritance",
                    "table " + relation.id() + " has parents or children by INHERITS, which is not supported",
                    "turn it into a partitioned table, or ALTER TABLE ... NO INHERIT " + quoted + ";");
        }
        for (String subscription : relation.subscriptions()) {
            error(
                    "subscription_present",
                    "table " + relation.id() + " is also written by the server's own subscription " + subscription,
                    "DROP SUBSCRIPTION " + Identifiers.quote(subscription) + ";");
        }
    }

    /** The server checks a deferrable constraint by a trigger, and apply sessions fire none. */
    private void checkUnique(UniqueIndex index) {
        if (!index.immediate()) {
            String constraint = Identifiers.quote(index.index());
            error(
                    "deferrable_unique",
                    "unique constraint " + index.index() + " of table " + relation.id()
                            + " is deferrable: the server would not check it for what the engine writes",
                    "ALTER TABLE " + quoted + " DROP CONSTRAINT " + constraint + ", ADD CONSTRAINT " + constraint
                            + " UNIQUE ("
                            + String.join(
                                    ", ",
                                    index.columns().stream()
                                            .map(Identifiers::quote)
                                            .toList()) + ");");
        }
    }

    private void checkAccess() {
        Catalog.Access access = relation.access();
        if (!access.schemaUsage()) {
            error(
                    "right_schema",
                    "role " + name + " may not look into schema "
                            + relation.id().schema(),
                    Grants.schemaUsage(relation.id().schema(), name));
        }
        if (!access.missing().isEmpty()) {
            String rights = String.join(", ", access.missing());
            error(
                    "right_table",
                    "role " + name + " lacks " + rights + " on table " + relation.id(),
                    "GRANT " + rights + " ON " + quoted + " TO " + role + ";");
        }
        if (!access.asOwner()) {
            error(
                    "right_owner",
                    "role " + name + " does not have the rights of " + access.owner() + ", the owner of table "
                            + relation.id() + ", without which it cannot be published",
                    Grants.owner(access.owner(), name));
        }
        if (access.filtered()) {
            error(
                    "row_security",
                    "row security hides rows of table " + relation.id() + " from role " + name,
                    Grants.bypassRowSecurity(name));
        }
    }

    private void checkIdentity() {
        if (relation.identity() == ReplicaIdentity.NOTHING
                || !relation.tooNarrow().isEmpty()) {
            String where = relation.tooNarrow().isEmpty() ? quoted : String.join(", ", relation.tooNarrow());
            error(
                    "replica_identity",
                    "the log does not say which rows of " + where + " were changed",
                    "ALTER TABLE " + where + " REPLICA IDENTITY DEFAULT;");
        }
        if (relation.key().isEmpty()) {
            error(
                    "no_key",
                    "table " + relation.id() + " has no primary key: a row cannot be recognised at another site",
                    "ALTER TABLE " + quoted + " ADD PRIMARY KEY (...); -- the columns that identify a row");
        }
        boolean generated = catalog.refusesWholeRows(relation);
        if (generated && relation.identity() == ReplicaIdentity.FULL) {
            error(
                    "full_identity_with_generated_columns",
                    "table " + relation.id()
                            + " has generated columns and REPLICA IDENTITY FULL: once it is published, this"
                            + " server refuses every UPDATE and DELETE of it",
                    "ALTER TABLE " + quoted + " REPLICA IDENTITY DEFAULT;");
        }
        if (relation.largeValues() && relation.identity() != ReplicaIdentity.FULL && !generated) {
            findings.add(Finding.warning(
                    site,
                    "toast_without_full_identity",
                    "table " + relation.id() + " has large values; the log leaves them out of an update that does not"
                            + " change them, so a conflict may have to read them from the row",
                    "ALTER TABLE " + quoted + " REPLICA IDENTITY FULL;"));
        }
    }

    private void checkKey(UniqueIndex key) {
        if (!key.immediate()) {
            error(
                    "deferrable_key",
                    "the key " + key.index() + " of table " + relation.id() + " is deferrable",
                    "ALTER TABLE " + quoted + " DROP CONSTRAINT " + Identifiers.quote(key.index())
                            + ", ADD PRIMARY KEY (" + Identifiers.list(key.columns()) + ");");
        }
        for (String name : key.columns()) {
            relation.column(name).ifPresent(this::checkKeyColumn);
        }
    }

    private void checkKeyColumn(Column column) {
        String alter = "ALTER TABLE " + quoted + " ALTER COLUMN " + Identifiers.quote(column.name()) + " TYPE ";
        if (!column.deterministic()) {
            error(
                    "nondeterministic_key_collation",
                    "key column " + column.name() + " of table " + relation.id()
                            + " has a nondeterministic collation: equal keys may have different bytes",
                    alter + column.type() + " COLLATE \"C\";");
        }
        if (column.ambiguous()) {
            error(
                    "key_type",
                    "key column " + column.name() + " of table " + relation.id() + " has the type " + column.type()
                            + ", in which equal values can be written differently",
                    alter + "text;");
        }
        if (column.generated()) {
            error(
                    "generated_key",
                    "key column " + column.name() + " of table " + relation.id()
                            + " is generated, and generated values are not in the log",
                    "ALTER TABLE " + quoted + " ALTER COLUMN " + Identifiers.quote(column.name())
                            + " DROP EXPRESSION;");
        }
    }

    private void error(String code, String what, String mend) {
        findings.add(Finding.error(site, code, what, mend));
    }
}
