package dev.entwine.config;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
    private static final String SECONDS = "\\d{1,5}";
    private static final String ANY = ".+";

    /** What is allowed, and which values; the driver would also take others, some of which are classes to load. */
    private static final Map<String, String> PARAMETERS = new TreeMap<>(Map.ofEntries(
            Map.entry("ssl", "true|false|"),
            Map.entry("sslmode", "disable|allow|prefer|require|verify-ca|verify-full"),
            Map.entry("sslrootcert", ANY),
            Map.entry("sslcert", ANY),
            Map.entry("sslkey", ANY),
            Map.entry("sslNegotiation", "postgres|direct"),
            Map.entry("sslResponseTimeout", SECONDS),
            Map.entry("channelBinding", "disable|prefer|require"),
            Map.entry("gssEncMode", "disable|allow|prefer|require"),
            Map.entry("connectTimeout", SECONDS),
            Map.entry("loginTimeout", SECONDS)));

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
        Set<String> seen = new HashSet<>();
        for (String parameter : query.split("&", -1)) {
            String name = parameter.replaceFirst("=.*", "");
            String value = parameter.substring(Math.min(parameter.length(), name.length() + 1));
            String values = PARAMETERS.get(name);
            if (values == null) {
                return Optional.of("parameter '" + name + "' is not allowed in the URL; allowed: "
                        + String.join(", ", PARAMETERS.keySet()) + NearMiss.of(name, PARAMETERS.keySet()));
            }
            if (!value.matches(values)) {
                return Optional.of(
                        "the value of parameter '" + name + "' is not allowed in the URL; allowed: " + inWords(values));
            }
            if (!seen.add(name)) {
                return Optional.of("parameter '" + name + "' stands twice in the URL");
            }
        }
        return Optional.empty();
    }

    private static String inWords(String values) {
        return switch (values) {
            case SECONDS -> "a number of up to five digits";
            case ANY -> "anything but nothing";
            default -> values.replaceFirst("\\|$", "").replace("|", ", ");
        };
    }

    /** The value of a parameter of a URL without problems; empty when it has none of the name. */
    static Optional<String> parameter(String url, String name) {
        int query = url.indexOf('?');
        return query < 0
                ? Optional.empty()
                : Arrays.stream(url.substring(query + 1).split("&", -1))
                        .filter(parameter -> parameter.equals(name) || parameter.startsWith(name + "="))
                        .map(parameter -> parameter.substring(Math.min(parameter.length(), name.length() + 1)))
                        .findFirst();
    }
}
