package dev.entwine.db;

import dev.entwine.db.Catalog.Rights;
import dev.entwine.db.Catalog.Server;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;

/** What must hold at a site, whatever its tables are. */
public final class SiteRequirements {
    private static final int VERSION_MIN = 140_000;
    private static final int ROLE_GRANTS_SINCE = 150_000;

    private final SiteId site;
    private final Server server;
    private final Rights rights;
    private final List<Finding> findings = new ArrayList<>();

    private SiteRequirements(Catalog catalog) {
        this.site = catalog.site();
        this.server = catalog.server();
        this.rights = catalog.rights();
    }

    public static List<Finding> check(Catalog catalog) {
        SiteRequirements requirements = new SiteRequirements(catalog);
        requirements.checkServer();
        requirements.checkRoom();
        requirements.checkRights();
        return List.copyOf(requirements.findings);
    }

    /** Whether a role can have the one setting that else belongs to superusers. */
    static boolean knowsGrantsOfParameters(Server server) {
        return server.versionNumber() >= ROLE_GRANTS_SINCE;
    }

    private void checkServer() {
        if (server.versionNumber() < VERSION_MIN) {
            error(
                    "version_unsupported",
                    "PostgreSQL " + server.version() + "; 14 or newer is needed",
                    "upgrade the server to PostgreSQL 14 or newer");
        }
        if (server.standby()) {
            error("standby", "the server is a standby and cannot be written", "name the primary in the site's url");
        }
        if (!server.walLevel().equals("logical")) {
            error(
                    "wal_level",
                    "wal_level is '" + server.walLevel() + "'; 'logical' is needed",
                    "ALTER SYSTEM SET wal_level = 'logical'; -- then restart the server");
        }
        if (server.encoding().equals("SQL_ASCII")) {
            error(
                    "encoding",
                    "database " + server.database() + " has the encoding SQL_ASCII, which says nothing about its texts",
                    "move the data to a database with the encoding UTF8");
        }
    }

    private void checkRoom() {
        if (!server.slotPresent() && server.slots().isFull()) {
            error(
                    "no_free_slots",
                    "all " + server.slots().max() + " replication slots are taken; one is needed",
                    server.slots().more());
        }
        if (!server.slotPresent() && server.senders().isFull()) {
            error(
                    "no_free_walsenders",
                    "all " + server.senders().max() + " WAL senders are running; one is needed",
                    server.senders().more());
        }
        if (rights.origins() && !server.originPresent() && server.origins().isFull()) {
            error(
                    "no_free_origins",
                    server.origins().used() + " replication origins are registered (pg_replication_origin), and no more"
                            + " than " + server.origins().max() + " can be in use; one is needed",
                    server.origins().more());
        }
    }

    private void checkRights() {
        String role = rights.role();
        if (!rights.replication()) {
            error("right_replication", "role " + rights.role() + " may not read the log", Grants.replication(role));
        }
        if (!rights.setReplicaRole()) {
            error(
                    "right_set_replica_role",
                    "role " + rights.role() + " may not set session_replication_role, so triggers would fire again on"
                            + " every row that is applied",
                    knowsGrantsOfParameters(server) ? Grants.setReplicaRole(role) : Grants.superuser(role));
        }
        if (!rights.createInDatabase()) {
            error(
                    "right_create",
                    "role " + rights.role() + " may not create the schema " + Names.SCHEMA + " in database "
                            + server.database(),
                    Grants.createInDatabase(server.database(), role));
        }
        if (!rights.origins()) {
            findings.add(Finding.warning(
                    site,
                    "right_origin",
                    "role " + rights.role() + " may not use replication origins; everything works, but the server sends"
                            + " the engine its own rows back",
                    Grants.origins(role)));
        }
        if (rights.superuser() && knowsGrantsOfParameters(server)) {
            findings.add(Finding.warning(
                    site,
                    "right_superuser",
                    "role " + role
                            + " is a superuser, which is more than the engine needs: whoever has its password"
                            + " has the server",
                    "-- make another role fit by what 'entwine check CONFIG --grants=ROLE' prints, and name it"
                            + " before init"));
        }
    }

    private void error(String code, String what, String mend) {
        findings.add(Finding.error(site, code, what, mend));
    }
}
