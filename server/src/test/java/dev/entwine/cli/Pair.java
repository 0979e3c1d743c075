package dev.entwine.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.config.Configuration;
import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.engine.Engine;
import dev.entwine.testkit.AtOnce;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Two databases of their own, east and west, on two servers, and a configuration for them. */
final class Pair implements AutoCloseable {
    static final String PASSWORD = "correct-horse";
    private static final Map<PostgresBinaries, List<PostgresServer>> SERVERS = new HashMap<>();
    private static final long WAIT_SECONDS_MAX = 60;

    private final PostgresServer east;
    private final PostgresServer west;
    private final String database = "d" + UUID.randomUUID().toString().replace("-", "");
    private final Path directory;
    private final Map<String, String> users = new HashMap<>(Map.of("east", "postgres", "west", "postgres"));
    private final Map<String, String> urls = new LinkedHashMap<>();
    private final Map<String, String> keys = new HashMap<>();
    private String password = PASSWORD;
    private String tables = "  - match: public.*\n";

    private Pair(PostgresServer east, PostgresServer west) throws IOException, SQLException {
        this.east = east;
        this.west = west;
        this.directory = Files.createTempDirectory("entwine-pair-");
        east.createDatabase(database);
        west.createDatabase(database);
        urls.put("east", east.url(database));
        urls.put("west", west.url(database));
    }

    /** What a command wrote and returned. */
    record Result(int exitCode, String out, String err) {
        JsonNode json() {
            return Json.parse(out);
        }

        String all() {
            return out + err;
        }

        /** Of what {@code check} has found: site and code of each problem. */
        List<String> codes() {
            List<String> codes = new ArrayList<>();
            for (JsonNode problem : json().path("problems")) {
                codes.add(problem.path("site").asString("null") + " "
                        + problem.path("code").asString());
            }
            return codes;
        }
    }

    /** On servers that tests share; they end with the test process. */
    static synchronized Pair open(PostgresBinaries version) throws IOException, SQLException {
        if (!SERVERS.containsKey(version)) {
            PostgresOptions options = PostgresOptions.DEFAULTS.withPassword(PASSWORD);
            SERVERS.put(
                    version, List.of(PostgresServer.start(version, options), PostgresServer.start(version, options)));
        }
        List<PostgresServer> servers = requireNonNull(SERVERS.get(version));
        return new Pair(servers.get(0), servers.get(1));
    }

    static Pair open() throws IOException, SQLException {
        return open(PostgresBinaries.bundled());
    }

    /** With servers of the test's own, which it closes. */
    static Pair on(PostgresServer east, PostgresServer west) throws IOException, SQLException {
        return new Pair(east, west);
    }

    Pair withTables(String yaml) {
        tables = yaml;
        return this;
    }

    Pair withUser(String site, String user) {
        users.put(site, user);
        return this;
    }

    Pair withUrl(String site, String url) {
        urls.put(site, url);
        return this;
    }

    /** @param yaml further keys of the site, on lines of their own without indentation */
    Pair withKeys(String site, String yaml) {
        keys.put(site, yaml);
        return this;
    }

    Pair withPassword(String wrong) {
        password = wrong;
        return this;
    }

    String database() {
        return database;
    }

    PostgresServer server(String site) {
        return site.equals("east") ? east : west;
    }

    /** Executes at both sites. */
    Pair both(String sql) throws SQLException {
        east(sql);
        west(sql);
        return this;
    }

    void east(String sql) throws SQLException {
        east.execute(database, sql);
    }

    void west(String sql) throws SQLException {
        west.execute(database, sql);
    }

    String value(String site, String sql) throws SQLException {
        return requireNonNull(server(site).value(database, sql), sql);
    }

    Path configuration() throws IOException {
        StringBuilder text = new StringBuilder("sites:\n");
        for (String site : urls.keySet()) {
            text.append("  ").append(site).append(":\n    url: ").append(urls.get(site));
            text.append("\n    user: ")
                    .append(users.getOrDefault(site, "postgres"))
                    .append("\n    password: ${env:PASSWORD}\n")
                    .append(keys.getOrDefault(site, "").indent(4));
        }
        Path file = directory.resolve("entwine.yaml");
        AtOnce.write(file, text + "tables:\n" + tables + "console:\n  listen: off\n");
        return file;
    }

    /** Runs {@code entwine COMMAND CONFIG arguments}. */
    Result run(String command, String... arguments) throws IOException {
        String[] all = new String[arguments.length + 2];
        all[0] = command;
        all[1] = configuration().toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return runAs(Map.of("PASSWORD", password), all);
    }

    /** The same as a process of its own, whose output nobody reads. */
    Process start(String command, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.entwine.cli.Main",
                command,
                configuration().toString()));
        all.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("PASSWORD", PASSWORD);
        return builder.start();
    }

    /** Kills it, and returns when the servers have noticed. */
    void kill(Process process) throws SQLException, InterruptedException {
        process.destroyForcibly().waitFor();
        for (String site : List.of("east", "west")) {
            await(
                    site,
                    "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'entwine'"
                            + " AND datname = current_database()");
        }
    }

    /** Lets an engine bring everything everywhere. */
    void synchronize() throws Exception {
        Engine engine =
                Engine.start(Configuration.load(configuration(), Map.of("PASSWORD", password)), "here", text -> {});
        try (engine) {
            Result waited = run("wait");
            assertThat(waited.exitCode()).as(waited.all()).isZero();
        }
    }

    static Result runAs(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(new PrintWriter(out), new PrintWriter(err), false, false);
        int exitCode = Main.run(arguments, terminal, new Environment(environment));
        return new Result(exitCode, out.toString(), err.toString());
    }

    /** Nothing of ours is at either site. */
    void requireNoTrace() throws SQLException {
        for (String site : List.of("east", "west")) {
            assertThat(value(site, """
                SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'entwine')
                     || ' schemas, ' || (SELECT count(*) FROM pg_publication)
                     || ' publications, ' || (SELECT count(*) FROM pg_replication_slots
                                              WHERE database = current_database())
                     || ' slots, ' || (SELECT count(*) FROM pg_replication_origin
                                       WHERE roname = 'entwine_' || current_database()) || ' origins'
                """))
                    .as("left at " + site)
                    .isEqualTo("0 schemas, 0 publications, 0 slots, 0 origins");
        }
    }

    /** Returns when the statement at the site gives true. */
    void await(String site, String sql) throws SQLException, InterruptedException {
        long giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS_MAX);
        while (!"t".equals(server(site).value(database, sql))) {
            if (System.nanoTime() > giveUpNanos) {
                throw new AssertionError("not true at " + site + " after " + WAIT_SECONDS_MAX + " s: " + sql);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws SQLException {
        for (PostgresServer server : List.of(east, west)) {
            if (server.isRunning()) {
                server.execute(
                        database,
                        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                                + " WHERE database = current_database() AND NOT active");
                server.execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
            }
        }
    }
}
