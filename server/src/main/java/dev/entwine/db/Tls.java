package dev.entwine.db;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What guards the way to a site: both for ordinary connections and for those that read the log.
 *
 * @param onLoopback  whether the host is this machine itself, where nobody is in between
 * @param authority   what the server's certificate must go back to; none: what the driver takes by itself
 *                    ({@code ~/.postgresql/root.crt})
 * @param certificate what the engine shows the server; together with {@code key}
 */
public record Tls(
        Mode mode, boolean onLoopback, Optional<Authority> authority, Optional<Path> certificate, Optional<Path> key) {
    private static final Pattern HOST = Pattern.compile("jdbc:postgresql://(\\[[^]]*]|[^:/?]*).*");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(?:\\.(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    /** How much of the server's certificate is believed without being looked at. */
    public enum Mode {
        /** The certificate must go back to the authority and name the host of the URL. */
        VERIFY_FULL("verify-full"),
        /** The certificate must go back to the authority. */
        VERIFY_CA("verify-ca"),
        /** Encrypted, with whoever answers. */
        REQUIRE("require"),
        /** Encrypted, with whoever answers, where the server can; otherwise not. Not to be chosen, but what a loopback gets. */
        PREFER("prefer"),
        /** Not encrypted. */
        OFF("disable");

        private final String sslMode;

        Mode(String sslMode) {
            this.sslMode = sslMode;
        }

        /** As the driver and the URL name it. */
        public String sslMode() {
            return sslMode;
        }

        public boolean verifies() {
            return this == VERIFY_FULL || this == VERIFY_CA;
        }
    }

    /** Whose signature counts. */
    public sealed interface Authority {
        /** The certificates in a file, in PEM form. */
        record Certificates(Path file) implements Authority {}

        /** Those that the Java runtime trusts. */
        record OfJava() implements Authority {}
    }

    /** What a URL gets when nothing else is said: everything is verified, unless nobody can be in between. */
    public static Tls byDefault(String url) {
        boolean loopback = isLoopback(url);
        Mode mode = loopback ? Mode.PREFER : Mode.VERIFY_FULL;
        return new Tls(mode, loopback, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Whether the host is written as 127.x.y.z, ::1 or localhost; no name is looked up, for the answer could come from anybody. */
    public static boolean isLoopback(String url) {
        Matcher matcher = HOST.matcher(url);
        if (!matcher.matches()) {
            return false;
        }
        String host = matcher.group(1);
        return host.equalsIgnoreCase("localhost")
                || host.equals("[::1]")
                || LOOPBACK_V4.matcher(host).matches();
    }

    void addTo(Properties properties) {
        properties.setProperty("sslmode", mode.sslMode());
        authority.ifPresent(known -> {
            switch (known) {
                case Authority.Certificates(Path file) -> properties.setProperty("sslrootcert", file.toString());
                case Authority.OfJava() ->
                    properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
            }
        });
        certificate.ifPresent(file -> properties.setProperty("sslcert", file.toString()));
        key.ifPresent(file -> properties.setProperty("sslkey", file.toString()));
    }

    /** What is not guarded, off the loopback, in words: somebody has said that it need not be. */
    public static List<Finding> findings(Endpoint endpoint) {
        Tls tls = endpoint.tls();
        List<Finding> findings = new ArrayList<>();
        if (!tls.onLoopback) {
            switch (tls.mode) {
                case OFF ->
                    findings.add(warning(
                            endpoint,
                            "tls_off",
                            "the connection is not encrypted: whoever is on the way reads every row, and can change"
                                    + " what is written"));
                case PREFER ->
                    findings.add(warning(
                            endpoint,
                            "tls_unverified",
                            "the connection is encrypted only when the server offers it, and with whoever answers:"
                                    + " whoever is on the way can pass for the server and read and change every row"));
                case REQUIRE ->
                    findings.add(warning(
                            endpoint,
                            "tls_unverified",
                            "the connection is encrypted with whoever answers: whoever is on the way can pass for the"
                                    + " server and read and change every row"));
                case VERIFY_CA ->
                    findings.add(warning(
                            endpoint,
                            "tls_host_unverified",
                            "whoever has any certificate of the authority can pass for the server"));
                case VERIFY_FULL -> {}
            }
        }
        return findings;
    }

    private static Finding warning(Endpoint endpoint, String code, String what) {
        return Finding.warning(
                endpoint.site(),
                code,
                what,
                "give the server a certificate that names the host of the url, and site " + endpoint.site()
                        + " 'tls: verify-full' with 'tls_ca: FILE'");
    }
}
