package dev.entwine.console;

import dev.entwine.config.ConsoleSettings;
import dev.entwine.engine.Engine;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/** The console, serving from {@link #start} to {@link #close}. Safe from any thread. */
public final class Console implements AutoCloseable {
    private static final int HEADER_BYTES_MAX = 16 * 1024;
    private static final int IDLE_MS_MAX = 60_000;

    private final ConsoleSettings settings;
    private final Server server;
    private final ServerConnector connector;
    private final Access access;

    private Console(ConsoleSettings settings, Server server, ServerConnector connector, Access access) {
        this.settings = settings;
        this.server = server;
        this.connector = connector;
        this.access = access;
    }

    /**
     * Begins to listen.
     *
     * @param engine the one that runs in this process now
     * @param live   of the same engine; the caller closes it, before this
     * @throws IOException the address cannot be used
     */
    public static Console start(ConsoleSettings settings, Supplier<Optional<Engine>> engine, Desk desk, Live live)
            throws IOException {
        return start(settings, engine, desk, live, InstantSource.system());
    }

    /** The same with a clock of the caller's, by which sessions end. */
    public static Console start(
            ConsoleSettings settings, Supplier<Optional<Engine>> engine, Desk desk, Live live, InstantSource clock)
            throws IOException {
        Server server = new Server(threads());
        ServerConnector connector = connector(server, settings);
        connector.open();
        Access access = new Access(settings, clock);
        AuditLog audit = new AuditLog();
        Guard guard = new Guard(settings, connector.getLocalPort());
        server.setHandler(new RequestHandler(
                guard,
                access,
                audit,
                clock,
                new Routes(engine, desk, live, access, audit).all(),
                new EventStream(live, clock),
                new Probes(engine, live)));
        Console console = new Console(settings, server, connector, access);
        try {
            server.start();
            return console;
        } catch (Exception e) {
            console.close();
            throw new IOException("the console cannot be started at " + settings + ": " + e.getMessage(), e);
        }
    }

    /** Requests wait for databases, so each has a virtual thread; Jetty's own work is little. */
    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(8, 2);
        threads.setName("console");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(new VirtualThreadPool());
        return threads;
    }

    private static ServerConnector connector(Server server, ConsoleSettings settings) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES_MAX);
        http.setHttpCompliance(HttpCompliance.RFC9110);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(IDLE_MS_MAX);
        server.addConnector(connector);
        server.setStopTimeout(0); // what is being done is finished, only nobody is told
        return connector;
    }

    /** At which it listens. */
    public int port() {
        return connector.getLocalPort();
    }

    /** The link by which an operator comes in, once, within an hour. The token is behind the sign that browsers do not send. */
    public String invitation() {
        String url = settings.publicUrl()
                .map(text -> text.replaceFirst("/$", ""))
                .orElseGet(() -> "http://" + settings.at(port()).authority());
        return url + "/#setup=" + access.invite(Role.OPERATOR);
    }

    /** Ends at once. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the console does not stop", e);
        }
    }
}
