package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.embedded.PostgresBinaries;
import dev.entwine.embedded.PostgresOptions;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.fault.FaultPoint;
import dev.entwine.testkit.AtOnce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Servers of a test's own, named as sites, with one database each, and the command line as a process of its own. */
final class Sites implements AutoCloseable {
    static final String DATABASE = "shop";
    /** As the launcher gives it. */
    private static final String HEAP = "512m";

    private static final long COMMAND_SECONDS_MAX = 120;
    private static final long STOP_SECONDS_MAX = 20;

    private final Map<String, PostgresServer> servers = new LinkedHashMap<>();
    private final Set<String> left = new HashSet<>();
    private final Map<String, Integer> routes = new HashMap<>();
    private final Path directory;
    private final List<Process> engines = new ArrayList<>();
    private String rules = "  - match: public.*\n";
    private String settings = "";

    private Sites() throws IOException {
        directory = Files.createTempDirectory("entwine-sites-");
    }

    static Sites start(PostgresBinaries version, PostgresOptions options, String... names)
            throws IOException, SQLException {
        return start(version, name -> options, names);
    }

    static Sites start(PostgresBinaries version, Function<String, PostgresOptions> options, String... names)
            throws IOException, SQLException {
        return start(name -> version, options, names);
    }

    static Sites start(
            Function<String, PostgresBinaries> versions, Function<String, PostgresOptions> options, String... names)
            throws IOException, SQLException {
        Sites sites = new Sites();
        for (String name : names) {
            PostgresServer server = PostgresServer.start(versions.apply(name), options.apply(name));
            sites.servers.put(name, server);
            server.createDatabase(DATABASE);
        }
        return sites;
    }

    Sites withRules(String yaml) {
        rules = yaml;
        return this;
    }

    /** @param yaml further settings of the engine, two blanks before each */
    Sites withSettings(String yaml) {
        settings = yaml;
        return this;
    }

    /** The configuration names it no more; its server stays. */
    void leave(String site) {
        left.add(site);
    }

    /** The engine and commands reach the site by this port of 127.0.0.1, behind which something may come to pass. */
    void route(String site, int port) {
        routes.put(site, port);
    }

    List<String> names() {
        return servers.keySet().stream().filter(site -> !left.contains(site)).toList();
    }

    PostgresServer server(String site) {
        PostgresServer server = servers.get(site);
        if (server == null) {
            throw new IllegalArgumentException("no site " + site);
        }
        return server;
    }

    Connection connect(String site) throws SQLException {
        return server(site).connect(DATABASE);
    }

    void execute(String site, String sql) throws SQLException {
        server(site).execute(DATABASE, sql);
    }

    void everywhere(String sql) throws SQLException {
        for (String site : servers.keySet()) {
            execute(site, sql);
        }
    }

    /** The first column of the first row; {@code null} as a word where there is none. */
    String value(String site, String sql) throws SQLException {
        return String.valueOf(server(site).value(DATABASE, sql));
    }

    /** The first two columns of all rows. */
    SortedMap<String, String> rows(String site, String sql) throws SQLException {
        SortedMap<String, String> rows = new TreeMap<>();
        try (Connection connection = connect(site);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.put(row.getString(1), row.getString(2));
            }
        }
        return rows;
    }

    private String url(String site) {
        Integer port = routes.get(site);
        return port == null ? server(site).url(DATABASE) : "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** The first column of all rows. */
    Set<String> texts(String site, String sql) throws SQLException {
        Set<String> texts = new HashSet<>();
        try (Connection connection = connect(site);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                texts.add(row.getString(1));
            }
        }
        return texts;
    }

    Path configuration() throws IOException {
        StringBuilder text = new StringBuilder("sites:\n");
        for (String name : names()) {
            text.append("  ")
                    .append(name)
                    .append(":\n    url: ")
                    .append(url(name))
                    .append("\n    user: postgres\n    password: none\n");
        }
        Path file = directory.resolve("entwine.yaml");
        AtOnce.write( // for a process that has just been started
                file,
                text + "tables:\n" + rules + "console:\n  listen: off\nengine:\n  spool_directory: "
                        + directory.resolve("spool") + "\n" + settings);
        return file;
    }

    /** Runs a command to its end and returns what it printed; it must exit with the code. */
    String command(int exitCode, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "command", ".log");
        Process process = launch(out, HEAP, arguments);
        if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", arguments) + " did not end: " + Files.readString(out));
        }
        String text = Files.readString(out);
        assertThat(process.exitValue())
                .as(String.join(" ", arguments) + " printed " + text)
                .isEqualTo(exitCode);
        return text;
    }

    /** Runs a command beside the test. */
    Process begin(String... arguments) throws IOException {
        return launch(Files.createTempFile(directory, "command", ".log"), HEAP, arguments);
    }

    private Process launch(Path out, String heap, String... arguments) throws IOException {
        return launch(out, heap, List.of(), arguments);
    }

    private Process launch(Path out, String heap, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dentwine.log=INFO"));
        command.addAll(options);
        command.addAll(
                List.of("dev.entwine.cli.Main", arguments[0], configuration().toString()));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                .start();
    }

    /** One that ends where it is told to, as if it were killed. */
    Process engineEndingAt(FaultPoint point, int passes) throws IOException {
        Process engine = launch(engineLog(), HEAP, List.of(endingAt(point, passes)), "run");
        engines.add(engine);
        return engine;
    }

    /** The same of any command, which must pass there. */
    void commandEndingAt(FaultPoint point, int passes, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "command", ".log");
        Process process = launch(out, HEAP, List.of(endingAt(point, passes)), arguments);
        if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor())
                .as(point + " is passed " + passes + " times; it printed " + Files.readString(out))
                .isEqualTo(FaultPoint.EXIT_CODE);
    }

    private static String endingAt(FaultPoint point, int passes) {
        return "-D" + FaultPoint.PROPERTY + "=" + point + ":" + passes;
    }

    /** A running engine as a process; its output is kept in {@link #engineLog}. */
    Process engine() throws IOException {
        return engine(HEAP);
    }

    /** Lets an engine run until the sites are in step, and end by itself. */
    void bringInStep() throws IOException, InterruptedException {
        Process engine = engine();
        command(0, "wait", "--timeout", "60s");
        stop(engine);
    }

    /** As an operator would. */
    static void stop(Process engine) throws InterruptedException {
        engine.destroy();
        assertThat(engine.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS))
                .as("the engine ends on SIGTERM")
                .isTrue();
        assertThat(engine.exitValue()).isZero();
    }

    /** @param heap as the virtual machine reads it */
    Process engine(String heap) throws IOException {
        Process engine = launch(engineLog(), heap, "run");
        engines.add(engine);
        return engine;
    }

    Path engineLog() {
        return directory.resolve("engine.log");
    }

    /** Returns when an engine has said so. */
    void awaitLogged(String text) throws IOException, InterruptedException {
        for (int look = 0; !Files.readString(engineLog()).contains(text); look++) {
            assertThat(look)
                    .as("looks for '" + text + "' in " + Files.readString(engineLog()))
                    .isLessThan(600);
            Thread.sleep(100);
        }
    }

    void requireEqual(List<String> tables, String orderBy) throws SQLException {
        for (String table : tables) {
            String sql = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY " + orderBy
                    + " COLLATE \"C\"), '')) FROM " + table + " t";
            String first = value(names().getFirst(), sql);
            for (String site : names()) {
                assertThat(value(site, sql))
                        .as(() -> "content of " + table + " at " + site + "; it alone has "
                                + only(site, names().getFirst(), table) + "; it has not "
                                + only(names().getFirst(), site, table))
                        .isEqualTo(first);
            }
        }
    }

    /** Rows that one site has and the other has not. */
    private Set<String> only(String one, String other, String table) {
        String sql = "SELECT t::text FROM " + table + " t";
        try {
            Set<String> rows = new TreeSet<>(texts(one, sql));
            rows.removeAll(texts(other, sql));
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException("comparing " + table, e);
        }
    }

    /** All sites hold the same in these tables and in their journals, and nothing waits to be mended. */
    void requireAlike(List<String> tables) throws SQLException {
        requireEqual(tables, "t::text");
        String journal = "SELECT string_agg(concat_ws(' ', id, kind, policy, winner, status), '; ' ORDER BY id) FROM"
                + " entwine.conflict";
        String first = value(names().getFirst(), journal);
        for (String site : names()) {
            assertThat(value(site, journal)).as("journal of " + site).isEqualTo(first);
            assertThat(value(site, "SELECT count(*) FROM entwine.parked")).isEqualTo("0");
        }
    }

    @Override
    public void close() throws IOException {
        for (Process engine : engines) {
            engine.destroyForcibly();
        }
        for (PostgresServer server : servers.values()) {
            server.close();
        }
    }
}
