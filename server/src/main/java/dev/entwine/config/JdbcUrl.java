package dev.entwine.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a site's URL may be: one host, one database, and no parameter that would change how values are written, move the engine to
 * another server, or load a class.
 */
final class JdbcUrl {
    private static final String FORM = "jdbc:postgresql://host:5432/database";
    private static final Pattern ALLOWED = Pattern.compile(
            "jdbc:postgresql://(\\[[0-9a-fA-F:.]+]|[^/:?#@,\\[\\]]+)(?::(\\d{1,5}))?/([^/?#]+)(?:\\?(.*))?");
    private static final Set<String> PARAMETERS = new TreeSet<>(List.of(
            "ssl",
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslNegotiation",
            "sslResponseTimeout",
            "channelBinding",
            "gssEncMode",
            "connectTimeout",
            "loginTimeout"));

    private JdbcUrl() {}

    /** What is wrong with the URL; never repeats the URL itself, which may hold a password by mistake. */
    static Optional<String> problem(String url) {
        if (!url.startsWith("jdbc:postgresql:")) {
            return Optional.of("only PostgreSQL is supported: a URL of the form " + FORM);
        }
        Matcher matcher = ALLOWED.matcher(url);
        if (!matcher.matches()) {
            return Optional.of(
                    "must have the form " + FORM + " with one host; user and password have keys of their own");
        }
        String port = matcher.group(2);
        if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535)) {
            return Optional.of("port " + port + " is not from 1 to 65535");
        }
        return matcher.group(4) == null ? Optional.empty() : parameterProblem(matcher.group(4));
    }

    private static Optional<String> parameterProblem(String query) {
        for (String parameter : query.split("&", -1)) {
            String name = parameter.replaceFirst("=.*", "");
            if (!PARAMETERS.contains(name)) {
                return Optional.of("parameter '" + name + "' is not allowed in the URL; allowed: "
                        + String.join(", ", PARAMETERS) + NearMiss.of(name, PARAMETERS));
            }
        }
        return Optional.empty();
    }
}
