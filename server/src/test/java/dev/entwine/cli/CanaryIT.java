package dev.entwine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.cli.Pair.Result;
import dev.entwine.db.Said;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every value of every row that is written here, the password and the console's token are looked for in whatever an engine lets
 * out. They may stand in the databases alone.
 */
final class CanaryIT {
    private static final String CANARY = "canary";
    private static final String TOKEN = "token-of-the-console-0123456789";
    /** Of a row that differs: {@code status} lists it, for whoever mends it must know which one it is; nothing else does. */
    private static final String NAMED = "named-by-status";

    private static final String SCHEMA = """
        CREATE TABLE plain (id text PRIMARY KEY, note text, code text UNIQUE);
        CREATE TABLE ruled (id text PRIMARY KEY, note text);
        CREATE TABLE strict (id text PRIMARY KEY, note text);
        CREATE TABLE casted (id text PRIMARY KEY, note text);
        CREATE TABLE raised (id text PRIMARY KEY, note text);
        CREATE TABLE held (id text PRIMARY KEY, note text);
        """;
    /** What the other site does not have; the last one is no trouble with the row, so it holds everything up. */
    private static final String ONLY_WEST = """
        ALTER TABLE strict ALTER note SET NOT NULL;
        CREATE INDEX ON casted ((note::int));
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING MESSAGE = NEW.note, ERRCODE = TG_ARGV[0], DETAIL = NEW.id; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON raised FOR EACH ROW EXECUTE FUNCTION refuse('P0001');
        ALTER TABLE raised ENABLE ALWAYS TRIGGER refuse;
        CREATE TRIGGER refuse BEFORE INSERT ON held FOR EACH ROW EXECUTE FUNCTION refuse('42000');
        ALTER TABLE held ENABLE ALWAYS TRIGGER refuse;
        """;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void no_password_and_no_value_of_a_row_leaves_by_a_log_a_status_a_metric_or_a_dump() throws Exception {
        try (Pair pair = Pair.open().withTables("""
              - match: public.ruled
                on_conflict: {rule: "int(local.note) > 3 ? 'local' : 'remote'"}
              - match: public.*
            """)) {
            pair.both(SCHEMA);
            Result initialized = pair.run("init", "--equal");
            assertThat(initialized.exitCode()).as(initialized.all()).isZero();
            pair.west(ONLY_WEST);
            writeWhatCollides(pair);
            Map<String, String> seen = letOut(pair);
            seen.forEach((where, text) -> {
                assertThat(text.toLowerCase(java.util.Locale.ROOT))
                        .as(where)
                        .doesNotContain(CANARY)
                        .doesNotContain(Pair.PASSWORD)
                        .doesNotContain(TOKEN)
                        .doesNotContain(NAMED);
            });
            assertThat(seen.get("log"))
                    .contains("trying again", "SQLSTATE 42000", "SQLSTATE 42703")
                    .contains("public.plain row ")
                    .contains("the sites are not equal");
            assertThat(pair.run("conflicts", "list").out()).contains(CANARY);
        }
    }

    /** Each at a site that cannot have seen what the other one does, for no engine runs. */
    private static void writeWhatCollides(Pair pair) throws Exception {
        pair.server("west")
                .execute(
                        pair.database(),
                        PlantedRows.unseen(List.of("INSERT INTO plain VALUES ('" + NAMED + "', 'canary')")));
        for (String site : List.of("east", "west")) {
            pair.server(site).execute(pair.database(), """
                INSERT INTO plain VALUES ('canary-same-key', 'canary note of SITE', 'canary-code-SITE');
                INSERT INTO plain VALUES ('canary-key-SITE', 'canary', 'canary-one-code-twice');
                INSERT INTO ruled VALUES ('canary-rule', 'canary of SITE');
                """.replace("SITE", site));
        }
        pair.east("INSERT INTO strict VALUES ('canary-null', NULL)");
        pair.east("INSERT INTO casted VALUES ('canary-cast', 'canary is no number')");
        pair.east("INSERT INTO raised VALUES ('canary-raise', 'canary raised')");
    }

    /** By where it was found: all that came out of an engine, and of those who look at it. */
    private Map<String, String> letOut(Pair pair) throws Exception {
        int port = freePort();
        Path configuration = configuration(pair, port);
        Process engine = start(configuration);
        try {
            pair.await("west", "SELECT count(*) = 3 FROM entwine.parked");
            pair.await("west", "SELECT count(*) >= 3 FROM entwine.conflict");
            pair.await(
                    "east", "SELECT count(*) = 1 FROM entwine.conflict WHERE status = 'open' AND table_name = 'ruled'");
            pair.await("east", "SELECT count(*) = 1 FROM entwine.difference WHERE '" + NAMED + "' = ANY (key)");
            pair.east("INSERT INTO held VALUES ('canary-held', 'canary of a trigger')");
            awaitLogged("SQLSTATE 42000");
            pair.east("ALTER TABLE plain RENAME note TO other");
            pair.west("INSERT INTO plain VALUES ('canary-late', 'canary', 'canary-late')");
            awaitLogged("SQLSTATE 42703");
            pair.await("east", "SELECT status::text LIKE '%42000%' AND status::text LIKE '%42703%' FROM entwine.lease");
            Map<String, String> seen = new LinkedHashMap<>();
            seen.put("status", status(configuration));
            seen.put("metrics", get(port, "/metrics"));
            seen.put("command line", output("ps", "-ww", "-o", "args=", "-p", Long.toString(engine.pid())));
            seen.put("thread dump", output(program("jcmd"), Long.toString(engine.pid()), "Thread.print"));
            seen.forEach((where, text) -> assertThat(text).as(where).isNotBlank());
            engine.destroy();
            assertThat(engine.waitFor(20, TimeUnit.SECONDS)).isTrue();
            seen.put("log", Files.readString(log()));
            return seen;
        } finally {
            engine.destroyForcibly().waitFor();
        }
    }

    private static String status(Path configuration) {
        Result status = Pair.runAs(
                Map.of("PASSWORD", Pair.PASSWORD, "TOKEN", TOKEN), "status", configuration.toString(), "--json");
        assertThat(status.exitCode()).as(status.all()).isEqualTo(3);
        ObjectNode document = (ObjectNode) status.json();
        JsonNode differences = ((ObjectNode) document.path("verification")).remove("differences");
        assertThat(differences.toString()).as("what somebody has to mend").contains(NAMED);
        return document + status.err();
    }

    private Path configuration(Pair pair, int port) throws IOException {
        String console = "  listen: 127.0.0.1:" + port + "\n  viewer_token: ${env:TOKEN}\n";
        String engine = "engine:\n  verify_within: 1s\n  verify_percent_max: 100\n  spool_directory: "
                + directory.resolve("spool") + "\n";
        return Files.writeString(
                directory.resolve("entwine.yaml"),
                Files.readString(pair.configuration()).replace("  listen: off\n", console) + engine);
    }

    /** As the launcher starts it; what it writes to its standard output is the console's invitation, which is a secret. */
    private Process start(Path configuration) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        program("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dentwine.log=INFO",
                        "dev.entwine.cli.Main",
                        "run",
                        configuration.toString())
                .redirectError(log().toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("PASSWORD", Pair.PASSWORD);
        builder.environment().put("TOKEN", TOKEN);
        return builder.start();
    }

    private Path log() {
        return directory.resolve("engine.log");
    }

    private void awaitLogged(String text) throws IOException, InterruptedException {
        for (int look = 0; !Files.readString(log()).contains(text); look++) {
            assertThat(look)
                    .as("looks for '" + text + "' in " + Files.readString(log()))
                    .isLessThan(600);
            Thread.sleep(50);
        }
    }

    private static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private static String get(int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + TOKEN)
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Whatever way a value takes into a message: the lines after the first, quotes, triggers, batches, and Java's own exceptions. */
    @Test
    void what_servers_and_exceptions_say_is_told_without_the_values_in_it() throws Exception {
        try (Pair pair = Pair.open();
                Connection connection = pair.server("east").connect(pair.database())) {
            pair.east(SCHEMA + ONLY_WEST + "INSERT INTO plain VALUES ('canary', 'canary', 'canary')");
            Map<String, List<String>> said = new LinkedHashMap<>();
            said.put("INSERT INTO plain VALUES ('canary')", List.of("duplicate key", "plain_pkey"));
            said.put("INSERT INTO strict VALUES ('canary', NULL)", List.of("null value in column \"note\""));
            said.put("INSERT INTO casted VALUES ('a', 'canary')", List.of("invalid input syntax for type integer"));
            said.put("INSERT INTO casted VALUES ('a', '\"\ncanary')", List.of("invalid input syntax for type integer"));
            said.put("SELECT '2021-13-40 canary'::date", List.of("invalid input syntax for type date"));
            said.put("INSERT INTO raised VALUES ('canary', 'canary')", List.of("ERROR: (left out"));
            said.put("INSERT INTO held VALUES ('canary', 'canary')", List.of("ERROR: (left out"));
            said.put("SELECT none FROM plain WHERE id = 'canary'", List.of("column \"none\" does not exist"));
            for (Map.Entry<String, List<String>> each : said.entrySet()) {
                SQLException trouble = trouble(connection, each.getKey());
                requireNoValue(trouble, each.getValue());
                requireNoValue(new SiteException(new SiteId("east"), "writing", trouble), each.getValue());
            }
            requireNoValue(batch(connection), List.of("left out"));
            requireNoValue(
                    new IllegalStateException("told by the engine", new NumberFormatException("For input: canary")),
                    List.of("told by the engine"));
        }
    }

    private static SQLException trouble(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            assertThat(e.getMessage() + sql).contains(CANARY);
            return e;
        }
        throw new AssertionError("no trouble: " + sql);
    }

    private static SQLException batch(Connection connection) {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO plain VALUES (?)")) {
            statement.setString(1, CANARY);
            statement.addBatch();
            statement.executeBatch();
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains(CANARY);
            return e;
        }
        throw new AssertionError("no trouble with a batch");
    }

    private static void requireNoValue(Throwable trouble, List<String> said) {
        StringWriter trace = new StringWriter();
        Said.without(trouble).printStackTrace(new PrintWriter(trace));
        List<String> texts = new ArrayList<>(List.of(Said.by(trouble), trace.toString()));
        if (trouble instanceof SiteException) {
            texts.add(String.valueOf(trouble.getMessage()));
        }
        for (String text : texts) {
            assertThat(text).doesNotContain(CANARY).contains(said);
        }
        assertThat(trace.toString()).contains(trouble.getClass().getName(), "\tat dev.entwine.");
        if (trouble.getCause() != null) {
            assertThat(trace.toString())
                    .contains("Caused by: ", trouble.getCause().getClass().getName());
        }
    }
}
