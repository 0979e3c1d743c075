package dev.entwine.db;

import java.security.GeneralSecurityException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;

/** Says why a site could not be reached, and what to do about it. */
public final class ConnectionTrouble {
    private ConnectionTrouble() {}

    /** The code of the finding is {@code tls}, {@code unreachable}, {@code authentication} or {@code connection}. */
    public static Finding explain(Endpoint endpoint, SQLException trouble) {
        String state = trouble.getSQLState() == null ? "" : trouble.getSQLState();
        String said = firstLine(trouble);
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
        if (isTls(trouble)) {
            return error(
                    endpoint,
                    "tls",
                    "no connection to " + endpoint.url() + " with sslmode "
                            + endpoint.tls().mode().sslMode() + ": " + reason(trouble),
                    "let the server have TLS with a certificate that is valid, names the host of the url, and is"
                            + " signed by the authority that 'tls_ca' of site " + endpoint.site()
                            + " names; without that key it is the one of ~/.postgresql/root.crt");
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

    /** The driver has no SQLSTATE for it; its texts are translated, but these words are not. */
    private static boolean isTls(SQLException trouble) {
        for (Throwable cause = trouble; cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage());
            if (cause instanceof SSLException
                    || cause instanceof GeneralSecurityException
                    || said.contains("SSL")
                    || said.contains("HostnameVerifier")) {
                return true;
            }
        }
        return false;
    }

    /** The innermost cause says what is wrong with a certificate, the outermost what was tried. */
    private static String reason(SQLException trouble) {
        String reason = firstLine(trouble);
        Throwable innermost = trouble;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String inner = firstLine(innermost);
        return reason.contains(inner) ? reason : reason + " (" + inner + ")";
    }

    private static String firstLine(Throwable trouble) {
        return String.valueOf(trouble.getMessage()).lines().findFirst().orElse("");
    }

    private static Finding error(Endpoint endpoint, String code, String what, String mend) {
        return Finding.error(endpoint.site(), code, what, mend);
    }
}
