package dev.entwine.db;

/** The statements that give the engine's role its rights: {@code check} names those that are missing, {@link GrantScript} has all. */
final class Grants {
    private Grants() {}

    static String replication(String role) {
        return "ALTER ROLE " + Identifiers.quote(role) + " REPLICATION;";
    }

    static String setReplicaRole(String role) {
        return "GRANT SET ON PARAMETER session_replication_role TO " + Identifiers.quote(role) + ";";
    }

    /** Before a parameter could be granted. */
    static String superuser(String role) {
        return "ALTER ROLE " + Identifiers.quote(role) + " SUPERUSER; -- before PostgreSQL 15 only a superuser may";
    }

    static String createInDatabase(String database, String role) {
        return "GRANT CREATE ON DATABASE " + Identifiers.quote(database) + " TO " + Identifiers.quote(role) + ";";
    }

    static String connect(String database, String role) {
        return "GRANT CONNECT ON DATABASE " + Identifiers.quote(database) + " TO " + Identifiers.quote(role) + ";";
    }

    static String schemaUsage(String schema, String role) {
        return "GRANT USAGE ON SCHEMA " + Identifiers.quote(schema) + " TO " + Identifiers.quote(role) + ";";
    }

    static String owner(String owner, String role) {
        return "GRANT " + Identifiers.quote(owner) + " TO " + Identifiers.quote(role) + ";";
    }

    static String bypassRowSecurity(String role) {
        return "ALTER ROLE " + Identifiers.quote(role) + " BYPASSRLS;";
    }

    static String origins(String role) {
        return "GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text), pg_replication_origin_drop(text),"
                + " pg_replication_origin_session_setup(text), pg_replication_origin_session_reset() TO "
                + Identifiers.quote(role) + ";";
    }
}
