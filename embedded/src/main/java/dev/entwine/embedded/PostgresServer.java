package dev.entwine.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL server on a port of 127.0.0.1. It goes away, with its data where that is temporary, when it is closed and when
 * this Java process ends, also by SIGKILL. Every method may be called from any thread; they exclude one another.
 */
public final class PostgresServer implements AutoCloseable {
    public static final String SUPERUSER = "postgres";

    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Duration STOP_MAX = Duration.ofSeconds(60);

    /** Between the choice of a free port and its use another process may take it. */
    private static final int PORT_ATTEMPTS = 5;

    /** A server that does not run. */
    private static final long NONE = 0;

    private final PostgresBinaries binaries;
    private final PostgresOptions options;
    private final Path log;
    private final DataDirectory data;
    private final Supervisor supervisor;
    private int port;
    private long pid = NONE;

    private PostgresServer(PostgresBinaries binaries, PostgresOptions options) throws IOException {
        this.binaries = binaries;
        this.options = options;
        Path scratch = Path.of(System.getProperty("java.io.tmpdir"), "entwine-postgres-" + UUID.randomUUID());
        log = scratch.resolve("server.log");
        data = new DataDirectory(options.dataDirectory().orElse(scratch.resolve("data")), binaries);
        String ending = options.dataDirectory().isPresent() ? "INT" : "QUIT";
        supervisor = new Supervisor(scratch, log, ending, command());
    }

    /** Starts the version on the class path with {@link PostgresOptions#DEFAULTS}. */
    public static PostgresServer start() throws IOException {
        return start(PostgresBinaries.bundled(), PostgresOptions.DEFAULTS);
    }

    /**
     * Returns when the server accepts connections.
     *
     * @throws IOException it does not start; carries the end of its log
     */
    public static PostgresServer start(PostgresBinaries binaries, PostgresOptions options) throws IOException {
        PostgresServer server = new PostgresServer(binaries, options);
        try {
            server.prepareAndStart();
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Whether {@link PostgresOptions#clockOffset} can be used on this machine: libfaketime is installed. */
    public static boolean canShiftClock() {
        return Clock.canShift();
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(binaries.launch().prefix());
        command.addAll(Clock.prefix(options.clockOffset()));
        command.addAll(List.of(binaries.program("postgres"), "-D", data.path().toString()));
        return command;
    }

    private synchronized void prepareAndStart() throws IOException {
        if (data.prepare() && options.password().isPresent()) {
            data.requirePassword(options.password().get());
        }
        int attempts = options.port() == 0 ? PORT_ATTEMPTS : 1;
        for (int attempt = 1; pid == NONE; attempt++) {
            port = options.port() == 0 ? freePort() : options.port();
            data.configure(options.allSettings(binaries.major(), port));
            try {
                startAgain();
            } catch (IOException e) {
                if (attempt == attempts || !logTail().contains("Address already in use")) {
                    throw e;
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts the server again, on its port and data, after {@link #stop} or {@link #kill}. */
    public synchronized void startAgain() throws IOException {
        if (pid != NONE) {
            throw new IllegalStateException(this + " runs already");
        }
        pid = supervisor.start();
        boolean settled = Processes.await(START_MAX, () -> data.isReady(pid) || Processes.isGone(pid));
        if (settled && !Processes.isGone(pid)) {
            return;
        }
        String failed = this + " did not start" + (settled ? "" : " within " + START_MAX) + ":\n" + logTail();
        if (settled) {
            reap();
        } else {
            kill();
        }
        throw new IOException(failed);
    }

    /** Ends the server in good order; clients are cut off. Nothing happens when it does not run. */
    public synchronized void stop() throws IOException {
        if (pid == NONE) {
            return;
        }
        supervisor.signal("INT", List.of(pid));
        if (!Processes.await(STOP_MAX, () -> Processes.isGone(pid))) {
            throw new IOException(this + " did not stop within " + STOP_MAX + ":\n" + logTail());
        }
        reap();
    }

    /**
     * Ends the server's main process by SIGKILL, as a crash does, and returns when its other processes are gone too. Nothing
     * happens when it does not run.
     */
    public synchronized void kill() throws IOException {
        if (pid == NONE) {
            return;
        }
        // A stopped process makes no further children, and stopped children could not notice the death of their parent.
        supervisor.signal("STOP", List.of(pid));
        List<Long> children = Processes.children(pid);
        supervisor.signal("KILL", List.of(pid));
        supervisor.signal("CONT", children);
        if (!Processes.await(STOP_MAX, () -> Processes.isGone(pid) && Processes.areGone(children))) {
            throw new IOException(
                    "after " + this + " was killed, some of " + children + " did not end within " + STOP_MAX);
        }
        reap();
    }

    private void reap() throws IOException {
        supervisor.reap();
        pid = NONE;
    }

    public synchronized void restart() throws IOException {
        stop();
        startAgain();
    }

    /** Freezes every process of the server: connections stay open, nothing answers. */
    public synchronized void pause() throws IOException {
        if (pid == NONE) {
            throw new IllegalStateException(this + " does not run");
        }
        supervisor.signal("STOP", List.of(pid));
        supervisor.signal("STOP", Processes.children(pid));
    }

    /** Undoes {@link #pause}. */
    public synchronized void resume() throws IOException {
        if (pid != NONE) {
            supervisor.signal("CONT", Processes.children(pid));
            supervisor.signal("CONT", List.of(pid));
        }
    }

    public synchronized boolean isRunning() {
        return pid != NONE && !Processes.isGone(pid);
    }

    public PostgresBinaries binaries() {
        return binaries;
    }

    /** Stays the same over stops and starts. */
    public synchronized int port() {
        return port;
    }

    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database;
    }

    /** Empty where connections need none. */
    public String password() {
        return options.password().orElse("");
    }

    /** Opens a connection as the superuser. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database), SUPERUSER, password());
    }

    /** Executes one or more statements as the superuser, each in a transaction of its own unless they say otherwise. */
    public void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row, in its text form; null for SQL NULL and where there is no row. */
    public @Nullable String value(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    public void createDatabase(String name) throws SQLException {
        execute("postgres", "CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
    }

    /** What the server wrote last, for messages and failed tests. */
    public String logTail() throws IOException {
        if (!Files.exists(log)) {
            return "";
        }
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    @Override
    public synchronized void close() throws IOException {
        supervisor.close();
        pid = NONE;
    }

    @Override
    public String toString() {
        return binaries + " on port " + port;
    }
}
