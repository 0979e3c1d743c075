package dev.entwine.config;

import dev.entwine.db.Endpoint;
import dev.entwine.db.Tls;
import dev.entwine.model.SiteId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one site. Used once, by one thread. */
final class SiteReader {
    static final List<String> KEYS = List.of("url", "user", "password", "tls", "tls_ca", "tls_certificate", "tls_key");

    /** The words of the key {@code tls}; what else the driver knows encrypts only when the server likes to. */
    static final Map<String, Tls.Mode> MODES = new LinkedHashMap<>();

    /** What a key says, in the words of the URL: both at once could say different things. */
    private static final Map<String, List<String>> IN_URL = Map.of(
            "tls", List.of("sslmode", "ssl"),
            "tls_ca", List.of("sslrootcert"),
            "tls_certificate", List.of("sslcert"),
            "tls_key", List.of("sslkey"));

    private static final String OF_JAVA = "system";

    static {
        MODES.put("verify-full", Tls.Mode.VERIFY_FULL);
        MODES.put("verify-ca", Tls.Mode.VERIFY_CA);
        MODES.put("require", Tls.Mode.REQUIRE);
        MODES.put("off", Tls.Mode.OFF);
    }

    private final Section section;
    private final Section sites;
    private final String name;
    private final Path directory;

    /** @param directory where relative paths begin */
    SiteReader(Section section, Section sites, String name, Path directory) {
        this.section = section;
        this.sites = sites;
        this.name = name;
        this.directory = directory;
    }

    Optional<SiteSettings> read() {
        section.allowOnly(KEYS, List.of());
        Optional<SiteId> id = siteId();
        Optional<String> url = section.required("url").filter(this::accepted);
        Optional<String> user = section.required("user");
        String password = section.text("password").orElse("");
        if (id.isEmpty() || url.isEmpty() || user.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SiteSettings(new Endpoint(id.get(), url.get(), user.get(), password, tls(url.get()))));
    }

    private Optional<SiteId> siteId() {
        try {
            return Optional.of(new SiteId(name));
        } catch (IllegalArgumentException e) {
            sites.keyProblem(
                    name,
                    "site name '" + name
                            + "' must begin with a lower-case letter and hold at most 31 lower-case letters, digits"
                            + " and _");
            return Optional.empty();
        }
    }

    private boolean accepted(String url) {
        Optional<String> problem = JdbcUrl.problem(url);
        problem.ifPresent(what -> section.problem("url", what));
        return problem.isEmpty();
    }

    private Tls tls(String url) {
        IN_URL.forEach((key, parameters) -> parameters.stream()
                .filter(parameter -> section.value(key).isPresent()
                        && JdbcUrl.parameter(url, parameter).isPresent())
                .forEach(parameter ->
                        section.problem(key, "the url has the parameter '" + parameter + "' too; keep one of them")));
        Optional<Tls.Authority> authority = authority();
        Tls.Mode mode = word().or(() -> ofUrl(url)).orElseGet(() -> byDefault(url));
        if (authority.isPresent() && !mode.verifies()) {
            section.problem("tls_ca", "would not be looked at; allowed with tls: verify-full, verify-ca");
        }
        Optional<Path> certificate = section.text("tls_certificate").flatMap(text -> file("tls_certificate", text));
        Optional<Path> key = section.text("tls_key").flatMap(text -> file("tls_key", text));
        if (section.value("tls_certificate").isPresent()
                != section.value("tls_key").isPresent()) {
            String present = section.value("tls_key").isPresent() ? "tls_key" : "tls_certificate";
            section.problem(present, "the keys tls_certificate and tls_key need each other");
        }
        if (certificate.isPresent() && authority.equals(Optional.of(new Tls.Authority.OfJava()))) {
            section.problem("tls_ca", "system cannot be used with tls_certificate; allowed: the file of the authority");
        }
        return new Tls(mode, Tls.isLoopback(url), authority, certificate, key);
    }

    /** Whoever names an authority wants it looked at, wherever the server is. */
    private Tls.Mode byDefault(String url) {
        return section.value("tls_ca").isPresent()
                ? Tls.Mode.VERIFY_FULL
                : Tls.byDefault(url).mode();
    }

    private Optional<Tls.Mode> word() {
        Optional<String> text = section.text("tls");
        Optional<Tls.Mode> mode = text.map(MODES::get);
        if (text.isPresent() && mode.isEmpty()) {
            section.problem(
                    "tls",
                    "unknown value '" + text.get() + "'; allowed: " + String.join(", ", MODES.keySet())
                            + NearMiss.of(text.get(), MODES.keySet()));
        }
        return mode;
    }

    private static Optional<Tls.Mode> ofUrl(String url) {
        return JdbcUrl.parameter(url, "sslmode")
                .map(SiteReader::ofSslMode)
                .or(() -> JdbcUrl.parameter(url, "ssl")
                        .map(value -> value.equals("false") ? Tls.Mode.PREFER : Tls.Mode.VERIFY_FULL));
    }

    private static Tls.Mode ofSslMode(String text) {
        return switch (text) {
            case "verify-full" -> Tls.Mode.VERIFY_FULL;
            case "verify-ca" -> Tls.Mode.VERIFY_CA;
            case "require" -> Tls.Mode.REQUIRE;
            case "disable" -> Tls.Mode.OFF;
            default -> Tls.Mode.PREFER;
        };
    }

    private Optional<Tls.Authority> authority() {
        Optional<String> text = section.text("tls_ca");
        if (text.equals(Optional.of(OF_JAVA))) {
            return Optional.of(new Tls.Authority.OfJava());
        }
        return text.flatMap(name -> file("tls_ca", name)).map(Tls.Authority.Certificates::new);
    }

    /** A file that can be read now: later the driver would only say that there is no connection. */
    private Optional<Path> file(String key, String text) {
        Path path = directory.resolve(text);
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            section.problem(
                    key,
                    "file " + path
                            + (Files.exists(path)
                                    ? " cannot be read by " + System.getProperty("user.name")
                                    : " does not exist"));
            return Optional.empty();
        }
        return Optional.of(path);
    }
}
