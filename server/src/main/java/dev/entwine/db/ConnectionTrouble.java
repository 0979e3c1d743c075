package dev.entwine.db;

import java.sql.SQLException;

/** Says why a site could not be reached, and what to do about it. */
public final class ConnectionTrouble {
    private ConnectionTrouble() {}

    /** The code of the finding is {@code unreachable}, {@code authentication} or {@code connection}. */
    public static Finding explain(Endpoint endpoint, SQLException trouble) {
        String state = trouble.getSQLState() == null ? "" : trouble.getSQLState();
        String said = String.valueOf(trouble.getMessage()).lines().findFirst().orElse("");
        if (state.startsWith("28") || said.contains("authentication")) {
            return error(
                    endpoint,
                    "authentication",
                    "the server does not accept user '" + endpoint.user() + "' with this password: " + said,
                    "set the right user and password for site " + endpoint.site()
                            + " in the configuration, or ALTER ROLE " + Identifiers.quote(endpoint.user())
                            + " LOGIN PASSWORD '...'; and allow it in pg_hba.conf");
        }
        if (state.equals("3D000")) {
            return error(
                    endpoint, "connection", said, "CREATE DATABASE it, or mend the url of site " + endpoint.site());
        }
        if (state.startsWith("08")) {
            return error(
                    endpoint,
                    "unreachable",
                    "no connection to " + endpoint.url() + ": " + said,
                    "start the server, or mend the url of site " + endpoint.site()
                            + "; listen_addresses and pg_hba.conf must allow this host");
        }
        return error(
                endpoint,
                "connection",
                said + (state.isEmpty() ? "" : " (SQLSTATE " + state + ")"),
                "mend what the server names and try again");
    }

    private static Finding error(Endpoint endpoint, String code, String what, String mend) {
        return Finding.error(endpoint.site(), code, what, mend);
    }
}
