package dev.entwine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entwine.db.Tls;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigurationTest {
    private static final String SITES = """
        sites:
          west:
            url: jdbc:postgresql://db-west:5432/shop
            user: entwine
            password: ${env:WEST_PASSWORD}
          east:
            url: jdbc:postgresql://[::1]/shop?sslmode=require&connectTimeout=3
            user: entwine
            password: ${file:east.secret}
        """;
    private static final String TABLES = """
        tables:
          - match: public.account
            on_conflict: earliest
          - match: public.a*
            on_conflict: precedence
          - match: shop.*
        """;
    private static final Map<String, String> ENVIRONMENT = Map.of("WEST_PASSWORD", "s3cr$t");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void a_whole_configuration_is_read_with_its_order_kept() throws Exception {
        Files.writeString(directory.resolve("east.secret"), "hush hush\n");
        Configuration configuration = load(SITES + TABLES + """
            console:
              listen: 0.0.0.0:0
            engine:
              spool_directory: spool
              memory_bytes_max: 100_000_000
              fence_timeout_ms: 99
            """);
        assertThat(configuration.siteIds()).containsExactly(new SiteId("west"), new SiteId("east"));
        assertThat(configuration.sites().get(0).endpoint().password()).isEqualTo("s3cr$t");
        assertThat(configuration.sites().get(1).endpoint().password()).isEqualTo("hush hush");
        assertThat(configuration.console())
                .isEqualTo(
                        new ConsoleSettings(true, "0.0.0.0", 0, Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(configuration.engine().spoolDirectory()).isEqualTo(directory.resolve("spool"));
        assertThat(configuration.engine().memoryBytesMax()).isEqualTo(100_000_000);
        assertThat(configuration.engine().fenceTimeoutMs()).isEqualTo(99);
        assertThat(configuration.engine().heartbeatMs()).isEqualTo(2_000);
        assertThat(configuration.toString()).doesNotContain("s3cr$t").doesNotContain("hush");
    }

    @Test
    void the_first_rule_that_matches_counts_and_latest_is_the_default() throws Exception {
        Files.writeString(directory.resolve("east.secret"), "x");
        Configuration configuration = load(SITES + TABLES);
        assertThat(policy(configuration, "public", "account")).isEqualTo(ConflictPolicy.EARLIEST);
        assertThat(policy(configuration, "public", "address")).isEqualTo(ConflictPolicy.PRECEDENCE);
        assertThat(policy(configuration, "shop", "x.y")).isEqualTo(ConflictPolicy.LATEST);
        assertThat(configuration.ruleFor(new TableId("public", "Account"))).isEmpty();
        assertThat(configuration.ruleFor(new TableId("public", "basket"))).isEmpty();
        assertThat(configuration.console()).isEqualTo(ConsoleSettings.DEFAULT);
        assertThat(configuration.engine()).isEqualTo(EngineSettings.DEFAULT);
    }

    @Test
    void policies_of_rows_columns_and_deletes_are_read() throws Exception {
        Files.writeString(directory.resolve("east.secret"), "x");
        Configuration configuration = load(SITES + """
            tables:
              - match: public.a
                on_conflict: greatest( version )
                on_delete: update_wins
                columns: {balance: sum, tags: union}
              - match: public.b
                on_conflict: merge
                groups: [[street, city], [a, b, c]]
              - match: public.c
                on_conflict: {rule: "local.n > 3 ? 'local' : 'remote'"}
            """);
        TableRule first = configuration.rules().get(0);
        assertThat(first.policyText()).isEqualTo("greatest(version)");
        assertThat(first.onDelete()).contains(DeletePolicy.UPDATE_WINS);
        assertThat(first.columns())
                .containsExactly(Map.entry("balance", ColumnPolicy.SUM), Map.entry("tags", ColumnPolicy.UNION));
        assertThat(first.places().problem("columns.tags", "x").toString()).endsWith("14:29: x");
        assertThat(configuration.rules().get(1).groups())
                .containsExactly(List.of("street", "city"), List.of("a", "b", "c"));
        assertThat(configuration.rules().get(2).policyText()).isEqualTo("rule: local.n > 3 ? 'local' : 'remote'");
        assertThat(problems(SITES + """
            tables:
              - match: public.a
                on_delete: never
                columns: {n: add}
                groups: [[a]]
              - match: public.b
                on_conflict: {rule: x, handler: y}
            """))
                .anyMatch(line ->
                        line.contains("on_delete: unknown policy 'never'; allowed: latest, update_wins, delete_wins"))
                .anyMatch(line ->
                        line.contains("columns.n: unknown policy 'add'; allowed: sum, greatest, least, union, latest"))
                .anyMatch(line -> line.contains("groups: must be a list of lists"))
                .anyMatch(line -> line.contains("needs either the key rule or the key handler"));
    }

    @Test
    void guards_are_off_unless_they_are_configured_and_a_rule_may_have_its_own() throws Exception {
        Files.writeString(directory.resolve("east.secret"), "x");
        assertThat(load(SITES + TABLES).guards()).isEqualTo(GuardSettings.NONE);
        Configuration configuration = load(SITES + """
            tables:
              - match: public.log
                deletes: off
              - match: public.account
                deletes: {rows: 0, within: 1h}
              - match: public.*
            guards:
              deletes: {rows: 1_000, within: 5m}
              conflicts: {rate: 500, within: 1m}
              clock_jump: 10m
            """);
        RateLimit any = new RateLimit(1_000, Duration.ofMinutes(5));
        assertThat(configuration.guards())
                .isEqualTo(new GuardSettings(
                        any, new RateLimit(500, Duration.ofMinutes(1)), Optional.of(Duration.ofMinutes(10))));
        assertThat(configuration.deletesOf(new TableId("public", "log")).isOff())
                .isTrue();
        assertThat(configuration.deletesOf(new TableId("public", "account")))
                .isEqualTo(new RateLimit(0, Duration.ofHours(1)));
        assertThat(configuration.deletesOf(new TableId("public", "other"))).isEqualTo(any);
        assertThat(problems(SITES + """
            tables:
              - match: public.account
                deletes: {rows: -1, within: 1h}
              - match: public.*
                deletes: never
            guards:
              deletes: {within: 5}
              conflicts: {rows: 500, within: 8d}
              clock_jump: soon
              alarm: on
            """))
                .anyMatch(
                        line -> line.startsWith("12:") && line.contains("tables[0].deletes.rows: '-1' is not a whole"))
                .anyMatch(line -> line.startsWith("14:") && line.contains("tables[1].deletes must be a mapping"))
                .anyMatch(line -> line.startsWith("16:") && line.contains("guards.deletes needs the key 'rows'"))
                .anyMatch(line -> line.startsWith("16:") && line.contains("guards.deletes.within: '5' is not a time"))
                .anyMatch(line -> line.startsWith("17:") && line.contains("unknown key 'guards.conflicts.rows'"))
                .anyMatch(line -> line.contains("guards.conflicts.within: '8d' is not a time from 1s to 7d"))
                .anyMatch(line -> line.startsWith("18:") && line.contains("guards.clock_jump: 'soon' is not a time"))
                .anyMatch(line -> line.startsWith("19:") && line.contains("unknown key 'guards.alarm'"));
    }

    @Test
    void a_time_to_verify_within_has_a_unit_or_is_off() throws Exception {
        Files.writeString(directory.resolve("east.secret"), "x");
        assertThat(load(SITES + TABLES).engine().verifyWithin()).contains(Duration.ofHours(24));
        for (Map.Entry<String, Duration> time : Map.of(
                        "90s", Duration.ofSeconds(90),
                        "30m", Duration.ofMinutes(30),
                        "12h", Duration.ofHours(12),
                        "7d", Duration.ofDays(7))
                .entrySet()) {
            assertThat(load(SITES + TABLES + "engine:\n  verify_within: " + time.getKey())
                            .engine()
                            .verifyWithin())
                    .contains(time.getValue());
        }
        assertThat(load(SITES + TABLES + "engine:\n  verify_within: off\n  verify_percent_max: 7")
                        .engine()
                        .verifyWithin())
                .isEmpty();
        for (String wrong : List.of("24", "0s", "400d", "12 h", "never", "9999999999s")) {
            assertThat(problems(SITES + TABLES + "engine:\n  verify_within: " + wrong + "\n  verify_percent_max: 101"))
                    .anyMatch(line -> line.endsWith("engine.verify_within: '" + wrong
                            + "' is neither off nor a time from 1s to 366d, such as 90s, 30m, 24h or 7d"))
                    .anyMatch(line -> line.endsWith("'101' is not a whole number from 1 to 100"));
        }
    }

    @Test
    void every_problem_is_reported_at_once_with_its_place() throws Exception {
        List<String> lines = problems("""
            sitess: 1
            sites:
              East-1:
                url: jdbc:postgresql://h/db?user=x
                user: entwine
                password: ${env:MISSING}
              west:
                url: jdbc:mysql://h/db
                usr: entwine
            tables:
              - match: account
                on_conflict: lastest
              - match: public.path
                scope: rows
                on_conflict: greatest
              - on_confict: latest
            console:
              listen: 8400
            engine:
              heartbeat_ms: 5
              batch_changes_max: many
              ddl: replicat
            """);
        assertThat(lines).hasSize(17);
        assertThat(lines.get(0)).startsWith("1:1 unknown key 'sitess'").endsWith("did you mean 'sites'?");
        assertThat(lines.get(1)).startsWith("3:3 site name 'East-1' must begin with a lower-case letter");
        assertThat(lines.get(2)).startsWith("4:10 sites.East-1.url: parameter 'user' is not allowed");
        assertThat(lines.get(3)).startsWith("6:15 sites.East-1.password: environment variable MISSING is not set");
        assertThat(lines.get(4)).startsWith("8:5 sites.west needs the key 'user'");
        assertThat(lines.get(5)).startsWith("8:10 sites.west.url: only PostgreSQL is supported");
        assertThat(lines.get(6)).startsWith("9:5 unknown key 'sites.west.usr'").endsWith("did you mean 'user'?");
        assertThat(lines.get(7)).startsWith("11:12 tables[0].match: 'account' is not of the form schema.table");
        assertThat(lines.get(8))
                .startsWith("12:18 tables[0].on_conflict: unknown policy 'lastest'")
                .endsWith("did you mean 'latest'?");
        assertThat(lines.get(9))
                .startsWith("14:12 tables[1].scope: unknown policy 'rows'; allowed: row, object, transaction");
        assertThat(lines.get(10))
                .startsWith("15:18 tables[1].on_conflict: unknown policy 'greatest'; allowed: ")
                .contains("greatest(column)");
        assertThat(lines.subList(11, 13))
                .anySatisfy(line -> assertThat(line).startsWith("16:5 tables[2] needs the key 'match'"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("16:5 unknown key 'tables[2].on_confict'")
                        .endsWith("'on_conflict'?"));
        assertThat(lines.get(13)).startsWith("18:11 console.listen: '8400' is not of the form");
        assertThat(lines.get(14)).startsWith("20:17 engine.heartbeat_ms: '5' is not a whole number from 100 to 60000");
        assertThat(lines.get(15)).startsWith("21:22 engine.batch_changes_max: 'many' is not a whole number");
        assertThat(lines.get(16))
                .startsWith("22:8 engine.ddl: 'replicat' is not known; allowed: hold, replicate")
                .contains("did you mean 'replicate'?");
    }

    @Test
    void a_duplicate_key_is_an_error_that_names_the_first_place() throws Exception {
        assertThat(problems("sites: {}\ntables: []\nsites: {}\n"))
                .anySatisfy(line -> assertThat(line).matches("3:1 duplicate key 'sites', first at .*:1:1"));
    }

    @Test
    void one_site_is_not_enough() throws Exception {
        assertThat(problems("""
            sites:
              east: {url: "jdbc:postgresql://h/d", user: u}
            tables:
              - match: public.*
            """)).containsExactly("1:1 sites: at least two sites are needed, 1 found");
    }

    @Test
    void broken_yaml_is_reported_without_the_text_around_it() throws Exception {
        List<String> lines = problems("sites:\n  east:\n    password: geheim: x\n");
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).startsWith("3:21 not valid YAML").doesNotContain("geheim");
    }

    @Test
    void an_empty_and_a_missing_file_say_so() throws Exception {
        assertThat(problems("# nothing\n"))
                .containsExactly("0:0 is empty; it needs at least the keys sites and tables");
        Path missing = directory.resolve("missing.yaml");
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> Configuration.load(missing, Map.of())))
                .hasMessage(missing + ": there is no such file");
    }

    @Test
    void a_value_of_the_wrong_kind_is_named() throws Exception {
        assertThat(problems("sites: [a]\ntables: public.*\nconsole: 1\n"))
                .containsExactly(
                        "1:8 sites must be a mapping of keys to values, not a list",
                        "2:9 tables must be a list of rules, each beginning with '- match:', not a single value",
                        "3:10 console must be a mapping of keys to values, not a single value");
    }

    @Test
    void an_unclosed_or_unknown_placeholder_is_an_error_and_two_dollars_are_one() throws Exception {
        String form = "sites:\n  east: {url: 'jdbc:postgresql://h/d', user: '%s'}\n"
                + "  west: {url: 'jdbc:postgresql://h/e', user: u}\ntables:\n  - match: public.*\n";
        assertThat(problems(form.formatted("${env:X")))
                .singleElement()
                .asString()
                .contains("no closing '}'");
        assertThat(problems(form.formatted("${vault:x}")))
                .singleElement()
                .asString()
                .contains("unknown placeholder");
        assertThat(load(form.formatted("a$${b}")).sites().get(0).endpoint().user())
                .isEqualTo("a${b}");
    }

    @Test
    void urls_that_could_hide_a_secret_or_reach_two_servers_are_refused_without_being_repeated() {
        for (String url : List.of(
                "jdbc:postgresql://u:geheim@h/d",
                "jdbc:postgresql://h1,h2/d",
                "jdbc:postgresql:d",
                "jdbc:postgresql://h/d?password=geheim",
                "jdbc:postgresql://h/d?socketFactory=x",
                "jdbc:postgresql://h:0/d",
                "jdbc:postgresql://h/")) {
            assertThat(JdbcUrl.problem(url)).as(url).isPresent();
            assertThat(JdbcUrl.problem(url).orElseThrow()).doesNotContain("geheim");
        }
        assertThat(JdbcUrl.problem("jdbc:postgresql://h.example:5433/d%20b?sslmode=verify-full"))
                .isEmpty();
    }

    @Test
    void a_way_that_leaves_this_machine_is_verified_unless_the_configuration_says_otherwise() throws Exception {
        for (String here : List.of("127.0.0.1", "127.8.9.250", "localhost", "LocalHost", "[::1]")) {
            assertThat(tls(here, "", "").mode()).as(here).isEqualTo(Tls.Mode.PREFER);
        }
        for (String there : List.of(
                "db",
                "128.0.0.1",
                "127.0.0.1.example.org",
                "127.0.0.256",
                "127.1",
                "localhost.org",
                "[::ffff:127.0.0.1]")) {
            assertThat(tls(there, "", "").mode()).as(there).isEqualTo(Tls.Mode.VERIFY_FULL);
        }
        Map<String, Tls.Mode> parameters = Map.of(
                "sslmode=disable", Tls.Mode.OFF,
                "sslmode=allow", Tls.Mode.PREFER,
                "sslmode=require", Tls.Mode.REQUIRE,
                "sslmode=verify-ca", Tls.Mode.VERIFY_CA,
                "sslmode=verify-full", Tls.Mode.VERIFY_FULL,
                "ssl", Tls.Mode.VERIFY_FULL,
                "ssl=true", Tls.Mode.VERIFY_FULL,
                "ssl=false", Tls.Mode.PREFER);
        for (Map.Entry<String, Tls.Mode> parameter : parameters.entrySet()) {
            assertThat(tls("db", "?" + parameter.getKey(), "").mode())
                    .as(parameter.getKey())
                    .isEqualTo(parameter.getValue());
        }
        SiteReader.MODES.forEach((word, mode) -> assertThat(
                        catchTls("127.0.0.1", "", "tls: " + word).mode())
                .as(word)
                .isEqualTo(mode));
        Files.writeString(directory.resolve("ca.pem"), "");
        assertThat(tls("127.0.0.1", "", "tls_ca: ca.pem"))
                .isEqualTo(new Tls(
                        Tls.Mode.VERIFY_FULL,
                        true,
                        Optional.of(new Tls.Authority.Certificates(directory.resolve("ca.pem"))),
                        Optional.empty(),
                        Optional.empty()));
        assertThat(tls("db", "", "tls_ca: system").authority()).contains(new Tls.Authority.OfJava());
    }

    @Test
    void what_is_wrong_about_tls_is_said_with_its_place() throws Exception {
        Files.writeString(directory.resolve("ca.pem"), "");
        assertThat(problems(site("db", "", "tls: verify_full")))
                .containsExactly("5:10 sites.east.tls: unknown value 'verify_full'; allowed: verify-full, verify-ca,"
                        + " require, off; did you mean 'verify-full'?");
        assertThat(problems(site("db", "?sslmode=require", "tls: off")))
                .containsExactly("5:10 sites.east.tls: the url has the parameter 'sslmode' too; keep one of them");
        assertThat(problems(site("db", "", "tls_ca: none.pem")))
                .containsExactly("5:13 sites.east.tls_ca: file " + directory.resolve("none.pem") + " does not exist");
        assertThat(problems(site("db", "", "tls: require\n    tls_ca: ca.pem")))
                .containsExactly(
                        "6:13 sites.east.tls_ca: would not be looked at; allowed with tls: verify-full, verify-ca");
        assertThat(problems(site("db", "", "tls_key: ca.pem")))
                .containsExactly("5:14 sites.east.tls_key: the keys tls_certificate and tls_key need each other");
        assertThat(problems(site("db", "?sslmode=never", "")))
                .containsExactly("3:10 sites.east.url: the value of parameter 'sslmode' is not allowed in the URL;"
                        + " allowed: disable, allow, prefer, require, verify-ca, verify-full");
    }

    /** What the driver would load classes for, write files by, or send secrets elsewhere with. */
    @Test
    void parameters_that_the_driver_knows_and_a_configuration_does_not_need_are_refused() throws Exception {
        for (String parameter : List.of(
                "socketFactory=org.example.Any",
                "socketFactoryArg=x",
                "sslfactory=org.postgresql.ssl.NonValidatingFactory",
                "sslfactoryarg=x",
                "sslhostnameverifier=org.example.Any",
                "sslpasswordcallback=org.example.Any",
                "sslpassword=x",
                "authenticationPluginClassName=org.example.Any",
                "xmlFactoryFactory=LEGACY_INSECURE",
                "loggerLevel=TRACE",
                "loggerFile=/tmp/x",
                "jaasApplicationName=x",
                "jaasLogin=true",
                "kerberosServerName=x",
                "options=-c%20session_replication_role=origin",
                "localSocketAddress=10.0.0.1",
                "service=x",
                "targetServerType=any",
                "currentSchema=x",
                "SSLMODE=disable",
                "sslmode=verify%2Dfull",
                "sslmode=verify-full&sslmode=disable",
                "")) {
            assertThat(problems(site("db", "?" + parameter, "")))
                    .as(parameter)
                    .singleElement()
                    .asString()
                    .startsWith("3:10 sites.east.url: ")
                    .containsAnyOf("allowed: ", "stands twice");
        }
    }

    private Tls tls(String host, String parameters, String keys) throws IOException, ConfigurationException {
        return load(site(host, parameters, keys)).sites().getFirst().endpoint().tls();
    }

    private Tls catchTls(String host, String parameters, String keys) {
        try {
            return tls(host, parameters, keys);
        } catch (IOException | ConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    private static String site(String host, String parameters, String keys) {
        return "sites:\n  east:\n    url: 'jdbc:postgresql://" + host + ":5432/d" + parameters + "'\n    user: u\n"
                + (keys.isEmpty() ? "" : "    " + keys + "\n")
                + "  west: {url: 'jdbc:postgresql://127.0.0.1/e', user: u}\ntables:\n  - match: public.*\n";
    }

    private Configuration load(String text) throws IOException, ConfigurationException {
        Path file = directory.resolve("entwine.yaml");
        Files.writeString(file, text);
        return Configuration.load(file, ENVIRONMENT);
    }

    private List<String> problems(String text) throws IOException {
        Path file = directory.resolve("entwine.yaml");
        Files.writeString(file, text);
        ConfigurationException thrown =
                catchThrowableOfType(ConfigurationException.class, () -> Configuration.load(file, ENVIRONMENT));
        assertThat(thrown).as("problems of\n" + text).isNotNull();
        return Objects.requireNonNull(thrown).problems().stream()
                .map(problem -> problem.line() + ":" + problem.column() + " " + problem.what())
                .toList();
    }

    private static ConflictPolicy policy(Configuration configuration, String schema, String name) {
        return configuration.ruleFor(new TableId(schema, name)).orElseThrow().onConflict();
    }
}
