package dev.entwine.console;

import dev.entwine.config.ConsoleSettings;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * Keeps other pages out: a name that is not ours (DNS rebinding), a foreign origin, and everything that a page may load or do beside our
 * own. Immutable.
 */
final class Guard {
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Set<String> hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Optional<String> publicUrl;

    /** @param port at which it listens */
    Guard(ConsoleSettings settings, int port) {
        this.publicUrl = settings.publicUrl();
        for (String name : new String[] {"127.0.0.1", "localhost", "[::1]"}) {
            hosts.add(name + ":" + port);
        }
        hosts.add(settings.at(port).authority());
        publicUrl.ifPresent(url -> hosts.add(URI.create(url).getAuthority()));
    }

    boolean isSecure() {
        return publicUrl.filter(url -> url.startsWith("https:")).isPresent();
    }

    void requireOurName(HttpFields headers) throws RequestException {
        String host = headers.get("Host");
        if (host == null || !hosts.contains(host)) {
            throw RequestException.of(
                    421,
                    "this console is not called '" + (host == null ? "" : host)
                            + "'; set console.public_url to the address that browsers use");
        }
    }

    /** Browsers name the origin with everything that may change something; programs name none. */
    void requireOurOrigin(HttpFields headers) throws RequestException {
        String origin = headers.get("Origin");
        String site = headers.get("Sec-Fetch-Site");
        boolean foreign = site != null && !site.equals("same-origin") && !site.equals("none");
        if (foreign || (origin != null && !isOurs(origin))) {
            throw RequestException.forbidden("the request comes from another page: " + origin);
        }
    }

    private boolean isOurs(String origin) {
        int scheme = origin.indexOf("://");
        return publicUrl
                        .filter(url -> url.replaceFirst("/$", "").equals(origin))
                        .isPresent()
                || (origin.startsWith("http://") && hosts.contains(origin.substring(scheme + 3)));
    }

    static void protect(HttpFields.Mutable headers) {
        headers.put("Content-Security-Policy", POLICY);
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("X-Frame-Options", "DENY");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put(new HttpField("Cache-Control", "no-store"));
    }
}
