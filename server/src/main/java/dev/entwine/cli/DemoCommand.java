package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConsoleSettings;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteState;
import dev.entwine.demo.DemoServers;
import dev.entwine.demo.ShopWriters;
import dev.entwine.engine.Engine;
import dev.entwine.engine.EngineFailure;
import dev.entwine.engine.EngineStatus;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.Initialization;
import dev.entwine.snapshot.RefusedException;
import dev.entwine.verify.Pace;
import dev.entwine.verify.PingedStreams;
import dev.entwine.verify.ScanProgress;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Everything at once, on servers of its own. */
@Command(
        name = "demo",
        description =
                "Start two PostgreSQL servers with a sample shop, write to both so that they collide, and keep them in"
                        + " step; at the end stop the writers, wait until in step, compare the sites, and report.")
final class DemoCommand implements Callable<Integer> {
    private static final int SLOT_WAIT_SECONDS = 60;
    private static final int DIFFERENCES_MAX = 20;
    private static final Duration IN_STEP_MAX = Duration.ofSeconds(60);
    private static final int SUMMARY_SECONDS = 2;

    private final Context context;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CompletableFuture<Integer> result = new CompletableFuture<>();

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "how long to write, such as 60s or 5m (default: until Ctrl-C)")
    private Optional<Duration> time = Optional.empty();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8400",
            description = "of the console; 0 takes any free one (default: ${DEFAULT-VALUE})")
    private int port;

    DemoCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        StopSignal signal = StopSignal.onStop(() -> {
            stop.countDown();
            return result.join();
        });
        int exitCode = ExitCode.FAILED;
        try {
            exitCode = demonstrate();
        } finally {
            result.complete(exitCode);
            signal.cancel();
        }
        return exitCode;
    }

    private int demonstrate()
            throws IOException, SQLException, CommandFailure, EngineFailure, SiteException, RefusedException,
                    InterruptedException {
        say("starting two PostgreSQL servers ...");
        try (DemoServers servers = DemoServers.start()) {
            Configuration configuration = context.configuration(servers.configuration());
            List<Endpoint> endpoints =
                    configuration.sites().stream().map(SiteSettings::endpoint).toList();
            List<Table> tables = initialize(configuration, endpoints);
            endpoints.forEach(endpoint -> say("  " + endpoint));
            say("  configuration: " + servers.configuration() + " (every command works with it while the demo runs)");
            try (Engine engine = Engine.start(configuration, RunCommand.host(), this::say);
                    ConsoleSwitch console = new ConsoleSwitch(context, text -> say("  " + text))) {
                console.show(engine);
                console.on(configuration, ConsoleSettings.DEFAULT.at(port));
                ShopWriters writers = ShopWriters.start(endpoints);
                watch(configuration.siteIds(), engine, writers);
                writers.stop();
                return finish(configuration, tables, writers);
            }
        }
    }

    private List<Table> initialize(Configuration configuration, List<Endpoint> endpoints)
            throws SiteException, RefusedException {
        try (SiteConnections connections = SiteConnections.open(configuration)) {
            List<Table> tables =
                    CheckReport.of(configuration, connections).tables().tables();
            Initialization.Settings settings = new Initialization.Settings(
                    new Beginning.Equal(),
                    configuration.engine().copyTablesParallel(),
                    SLOT_WAIT_SECONDS,
                    false,
                    table -> false);
            Initialization.run(endpoints, tables, settings, new QuietProgress());
            return tables;
        }
    }

    /** A line every few seconds, until the time is over or somebody stops it. */
    private void watch(List<SiteId> sites, Engine engine, ShopWriters writers) throws InterruptedException {
        long startNanos = System.nanoTime();
        long endNanos = time.map(duration -> startNanos + duration.toNanos()).orElse(Long.MAX_VALUE);
        Map<SiteId, Long> before = new LinkedHashMap<>();
        while (System.nanoTime() < endNanos) {
            long leftMs =
                    Math.min(TimeUnit.SECONDS.toMillis(SUMMARY_SECONDS), (endNanos - System.nanoTime()) / 1_000_000);
            if (stop.await(Math.max(1, leftMs), TimeUnit.MILLISECONDS)) {
                break;
            }
            summarize((System.nanoTime() - startNanos) / 1_000_000_000, sites, engine.status(), writers, before);
        }
        if (context.terminal().live()) {
            context.terminal().err().println();
        }
    }

    private void summarize(
            long seconds, List<SiteId> sites, EngineStatus status, ShopWriters writers, Map<SiteId, Long> before) {
        StringBuilder line = new StringBuilder("%4d s ".formatted(seconds));
        for (SiteId site : sites) {
            long now = writers.trades(site);
            long rate = (now - before.getOrDefault(site, 0L)) / SUMMARY_SECONDS;
            before.put(site, now);
            line.append("  ").append(site).append(" %3d tx/s".formatted(rate));
        }
        long lagMs = status.links().stream()
                .mapToLong(EngineStatus.Link::lagMs)
                .max()
                .orElse(0);
        line.append("   changes %,d   conflicts %,d   waiting %,d   lag %d ms"
                .formatted(status.captured(), status.conflicts(), status.inFlight(), lagMs));
        Terminal terminal = context.terminal();
        if (terminal.live()) {
            terminal.err().print("\r\u001b[K" + line);
            terminal.err().flush();
        } else {
            say(line.toString());
        }
    }

    private int finish(Configuration configuration, List<Table> tables, ShopWriters writers)
            throws SiteException, CommandFailure {
        long written =
                configuration.siteIds().stream().mapToLong(writers::trades).sum();
        say("writers stopped after %,d transactions; waiting until in step ...".formatted(written));
        try (SiteConnections connections = SiteConnections.open(configuration)) {
            connections.requireAll();
            long startNanos = System.nanoTime();
            List<StepWait.Behind> behind = new StepWait(connections, startNanos + IN_STEP_MAX.toNanos()).run();
            if (!behind.isEmpty()) {
                say(context.terminal().red("not in step") + " after " + IN_STEP_MAX.toSeconds() + " s: " + behind);
                return ExitCode.FOUND;
            }
            say(context.terminal().green("in step") + " after " + (System.nanoTime() - startNanos) / 1_000_000 + " ms");
            boolean equal = compare(configuration, connections, tables);
            journal(connections);
            return equal ? ExitCode.FINE : ExitCode.FOUND;
        }
    }

    private boolean compare(Configuration configuration, SiteConnections connections, List<Table> tables)
            throws SiteException {
        List<TableComparison> comparisons = new Verification(
                        configuration.sites().stream()
                                .map(SiteSettings::endpoint)
                                .toList(),
                        new Verification.Settings(Pace.FULL, DIFFERENCES_MAX),
                        ScanProgress.NONE)
                .compare(tables, new PingedStreams(connections.all(), IN_STEP_MAX));
        DifferencePrinter printer = new DifferencePrinter(context.terminal());
        printer.summary(configuration.siteIds(), comparisons);
        printer.details(comparisons, (table, difference) -> List.of(), "");
        return comparisons.stream().allMatch(TableComparison::equal);
    }

    private void journal(SiteConnections connections) throws SiteException {
        connections
                .each(connections.reachable(), "reading the state", SiteState::read)
                .forEach((site, found) -> found.own().ifPresent(own -> say(described(site, own))));
    }

    private static String described(SiteId site, SiteState.Own own) {
        return "journal of %s: %,d conflicts, %,d parked changes".formatted(site, own.conflicts(), own.parked());
    }

    private void say(String text) {
        context.terminal().out().println(text);
        context.terminal().out().flush();
    }
}
