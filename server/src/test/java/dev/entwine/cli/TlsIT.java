package dev.entwine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.cli.Pair.Result;
import dev.entwine.config.Configuration;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.engine.Engine;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What guards the way to a server. Servers here listen on the loopback alone, so the setting is given, or the host written so that it does not look like it. */
final class TlsIT {
    private static final String ONLY_WITH_TLS = """
        hostssl all keyed 127.0.0.1/32 scram-sha-256 clientcert=verify-full
        hostssl all all 127.0.0.1/32 scram-sha-256
        """;
    private static final String[] SERVED = {"-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "50"};
    private static final Map<String, String> ENVIRONMENT = Map.of("PASSWORD", Pair.PASSWORD);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void a_way_is_as_safe_as_the_configuration_says_for_every_connection() throws Exception {
        PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(Pair.PASSWORD);
        try (PostgresServer east = PostgresServer.start(PostgresBinaries.bundled(), options);
                PostgresServer west = PostgresServer.start(PostgresBinaries.bundled(), options);
                Pair pair = Pair.on(east, west)) {
            pair.both("CREATE TABLE t (id int PRIMARY KEY, v text)");
            a_server_without_tls_is_refused_off_the_loopback_unless_that_is_wanted(pair);

            Certificates certificates = certificates();
            Path authority = certificates.certificateFile("ca");
            for (PostgresServer server : List.of(east, west)) {
                install(server, certificates);
            }
            pair.withUrl("east", east.url(pair.database()).replace("127.0.0.1", "localhost"))
                    .withKeys("east", "tls: verify-full\ntls_ca: " + authority)
                    .withUrl("west", west.url(pair.database()))
                    .withKeys("west", "tls_ca: " + authority);
            all_connections_are_encrypted_and_the_sites_come_in_step(pair);
            certificates_that_prove_nothing_are_refused_for_every_connection(pair, west);
            a_server_that_asks_for_a_certificate_gets_it(pair, certificates, authority);
        }
    }

    private static void a_server_without_tls_is_refused_off_the_loopback_unless_that_is_wanted(Pair pair)
            throws Exception {
        String url = pair.server("west").url(pair.database());
        assertThat(pair.run("check").exitCode()).as("on the loopback").isZero();
        String elsewhere = url.replace("127.0.0.1", "[::ffff:127.0.0.1]");
        pair.withUrl("west", elsewhere);
        Result refused = pair.run("check", "--json");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(found(refused, "tls")).contains("verify-full").contains("does not support SSL");

        pair.withKeys("west", "tls: require");
        assertThat(found(pair.run("check", "--json"), "tls")).contains("does not support SSL");
        pair.withKeys("west", "tls: off");
        requireWarned(pair, "tls_off", "west");
        pair.withKeys("west", "").withUrl("west", elsewhere + "?sslmode=prefer");
        requireWarned(pair, "tls_unverified", "west");
    }

    /** Allowed, and said: when asked, and whenever the service starts. */
    private static void requireWarned(Pair pair, String code, String site) throws Exception {
        Result allowed = pair.run("check", "--json");
        assertThat(allowed.exitCode()).as(allowed.all()).isZero();
        assertThat(found(allowed, code)).startsWith("warning " + site);
        Result started = pair.run("run");
        assertThat(started.err()).contains("warning  " + site + "  " + code).contains("is not initialized");
    }

    private Certificates certificates() throws Exception {
        Certificates certificates = Certificates.in(directory);
        certificates.sign("good", SERVED);
        certificates.make("nobodys", SERVED);
        certificates.sign("elsewhere", "-ext", "san=dns:db.example.org", "-validity", "50");
        certificates.sign("expired", "-ext", "san=dns:localhost,ip:127.0.0.1", "-startdate", "-9d", "-validity", "5");
        certificates.sign("keyed", "-validity", "50");
        return certificates;
    }

    /** A server takes a key only from a file that is its own and nobody else's, so it writes the files itself. */
    private static void install(PostgresServer server, Certificates certificates) throws Exception {
        for (String name : List.of("good", "nobodys", "elsewhere", "expired")) {
            write(server, name + ".crt", certificates.certificate(name));
            write(server, name + ".key", certificates.key(name));
        }
        write(server, "ca.crt", certificates.certificate("ca"));
        write(server, "pg_hba.conf", ONLY_WITH_TLS);
        server.execute("postgres", "CREATE ROLE keyed SUPERUSER LOGIN PASSWORD '" + Pair.PASSWORD + "'");
        server.execute("postgres", "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
        present(server, "good");
    }

    private static void write(PostgresServer server, String file, String text) throws SQLException {
        server.execute(
                "postgres",
                "COPY (SELECT unnest(string_to_array('" + text.strip() + "', E'\\n'))) TO PROGRAM 'umask 077; cat > "
                        + file + "'");
    }

    private static void present(PostgresServer server, String name) throws Exception {
        server.execute("postgres", "ALTER SYSTEM SET ssl_cert_file = '" + name + ".crt'");
        server.execute("postgres", "ALTER SYSTEM SET ssl_key_file = '" + name + ".key'");
        server.execute("postgres", "ALTER SYSTEM SET ssl = on");
        server.execute("postgres", "SELECT pg_reload_conf()");
        String now = "SELECT current_setting('ssl') || ' ' || current_setting('ssl_cert_file')";
        for (int look = 0; !("on " + name + ".crt").equals(server.value("postgres", now)); look++) {
            assertThat(look).as("looks at " + server.value("postgres", now)).isLessThan(600);
            Thread.sleep(20);
        }
    }

    private static void all_connections_are_encrypted_and_the_sites_come_in_step(Pair pair) throws Exception {
        Result checked = pair.run("check", "--json");
        assertThat(checked.exitCode()).as(checked.all()).isZero();
        assertThat(checked.out()).doesNotContain("tls_");
        Result initialized = pair.run("init", "--equal");
        assertThat(initialized.exitCode()).as(initialized.all()).isZero();
        try (Engine engine = Engine.start(Configuration.load(pair.configuration(), ENVIRONMENT), "here", text -> {})) {
            pair.east("INSERT INTO t VALUES (1, 'east')");
            pair.west("INSERT INTO t VALUES (2, 'west')");
            Result waited = pair.run("wait");
            assertThat(waited.exitCode()).as(waited.all()).isZero();
            for (String site : List.of("east", "west")) {
                assertThat(pair.value(site, "SELECT count(*) FROM t")).isEqualTo("2");
                assertThat(pair.value(site, """
                    SELECT concat_ws(' ', count(*) > 3, bool_and(ssl), bool_or(backend_type = 'walsender'))
                    FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'entwine'
                    """))
                        .as("sessions at " + site + ": many, all with TLS, one reads the log")
                        .isEqualTo("t t t");
            }
            assertThat(engine.epoch()).isPositive();
        }
    }

    private static void certificates_that_prove_nothing_are_refused_for_every_connection(Pair pair, PostgresServer west)
            throws Exception {
        Map<String, String> reasons = Map.of(
                "elsewhere", "could not be verified by hostnameverifier",
                "nobodys", "unable to find valid certification path",
                "expired", "validity check failed");
        Endpoint endpoint = Configuration.load(pair.configuration(), ENVIRONMENT)
                .sites()
                .getLast()
                .endpoint();
        for (Map.Entry<String, String> reason : reasons.entrySet()) {
            present(west, reason.getKey());
            Result refused = pair.run("check", "--json");
            assertThat(refused.exitCode()).as(refused.all()).isEqualTo(1);
            assertThat(found(refused, "tls")).startsWith("error west").contains(reason.getValue());
            assertThat(pair.run("status").err()).contains(reason.getValue()).contains("tls_ca");
            for (Sessions.Purpose purpose : Sessions.Purpose.values()) {
                assertThatThrownBy(() -> Sessions.open(endpoint, purpose).close())
                        .as(reason.getKey() + " for " + purpose)
                        .isInstanceOf(SQLException.class);
            }
        }
        present(west, "good");
        for (Sessions.Purpose purpose : Sessions.Purpose.values()) {
            Sessions.open(endpoint, purpose).close();
        }
    }

    private static void a_server_that_asks_for_a_certificate_gets_it(
            Pair pair, Certificates certificates, Path authority) throws Exception {
        pair.withUser("west", "keyed");
        Result refused = pair.run("check", "--json");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out()).contains("valid client certificate");
        pair.withKeys(
                "west",
                "tls_ca: " + authority + "\ntls_certificate: " + certificates.certificateFile("keyed") + "\ntls_key: "
                        + certificates.keyFile("keyed"));
        Result admitted = pair.run("check", "--json");
        assertThat(admitted.exitCode()).as(admitted.all()).isZero();
        Result verified = pair.run("verify");
        assertThat(verified.exitCode()).as(verified.all()).isZero();
    }

    /** {@code severity site what} of a finding. */
    private static String found(Result result, String code) {
        for (JsonNode problem : result.json().path("problems")) {
            if (problem.path("code").asString().equals(code)) {
                return problem.path("severity").asString() + " "
                        + problem.path("site").asString() + " "
                        + problem.path("what").asString();
            }
        }
        throw new AssertionError("no " + code + " in " + result.out());
    }
}
