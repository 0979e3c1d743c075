package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.Proofs;
import dev.entwine.db.SiteException;
import dev.entwine.db.TableProof;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.Pace;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares the sites. */
@Command(
        name = "verify",
        description = {
            "Compare every row of the synchronized tables at all sites, while they are written, whether or not the"
                    + " engine runs. What is on its way is no difference.",
            "Exit code 0: every row is equal; 3: some differ, or could not be judged."
        })
final class VerifyCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Mixin
    private ComparisonOptions options = new ComparisonOptions();

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    @Option(
            names = "--pace",
            paramLabel = "PERCENT",
            defaultValue = "100",
            description = "how much of the time one server process works for it at each site, 1 to 100"
                    + " (default: ${DEFAULT-VALUE})")
    private int percent = 100;

    @Option(
            names = "--list",
            paramLabel = "ROWS",
            defaultValue = "1000",
            description = "how many rows of each table are named; all are counted (default: ${DEFAULT-VALUE})")
    private int listedMax = 1000;

    VerifyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Pace pace = pace();
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections.requireAll();
            VerifiedTables verified = VerifiedTables.of(connections);
            List<Table> chosen = options.chosen(verified);
            boolean running = EngineState.of(connections).running();
            Instant from = Instant.now();
            long startNanos = System.nanoTime();
            List<TableComparison> comparisons = new LiveComparison(loaded, connections, verified, running)
                    .compare(context.terminal(), chosen, new Verification.Settings(pace, listedMax), options.timeout());
            record(connections, comparisons, from);
            VerifyReport report = VerifyReport.of(connections, comparisons);
            print(report, loaded, running, (System.nanoTime() - startNanos) / 1_000_000);
            return report.isEqual() ? ExitCode.FINE : ExitCode.FOUND;
        }
    }

    /** The sites know when their tables were proved last, and that what differed before does no more. */
    static void record(SiteConnections connections, List<TableComparison> comparisons, Instant from)
            throws SiteException {
        for (TableComparison comparison : comparisons) {
            if (comparison.equal()) {
                record(connections, comparison, new TableProof.Proven(from, Instant.now()));
            }
        }
    }

    private static void record(SiteConnections connections, TableComparison comparison, TableProof.Proven proven)
            throws SiteException {
        long rows = comparison.rows().getOrDefault(connections.reachable().getFirst(), 0L);
        for (SiteId site : connections.reachable()) {
            connections.call(site, "writing what is proved to be equal", connection -> {
                if (Proofs.exist(connection)) {
                    Proofs.proved(connection, comparison.table().id(), proven, rows);
                }
                return true;
            });
        }
    }

    private Pace pace() throws CommandFailure {
        if (percent < 1 || percent > 100 || listedMax < 0) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--pace is between 1 and 100, and --list not below 0; they are " + percent + " and " + listedMax);
        }
        return new Pace(percent);
    }

    private void print(VerifyReport report, Configuration loaded, boolean running, long tookMs) {
        Terminal terminal = context.terminal();
        if (json) {
            Json.print(terminal, report.document().put("took_ms", tookMs).put("engine_running", running));
            return;
        }
        DifferencePrinter printer = new DifferencePrinter(terminal);
        printer.summary(loaded.siteIds(), report.comparisons());
        printer.details(report.comparisons(), report::notes, DifferencePrinter.IN_JSON);
        terminal.out().println();
        terminal.out().println(verdict(report, loaded) + " (" + seconds(tookMs) + ")");
        report.comparisons().stream()
                .flatMap(comparison -> comparison.open().stream())
                .map(TableComparison.Open::why)
                .distinct()
                .limit(3)
                .forEach(why -> terminal.out().println("  not judged: " + why));
        if (report.open() > 0) {
            terminal.out()
                    .println(
                            running
                                    ? "  next: 'entwine status " + configuration.file()
                                            + "' tells what is held up; then verify again"
                                    : "  next: 'entwine run " + configuration.file()
                                            + "' brings what waits; then verify again");
        }
    }

    private String verdict(VerifyReport report, Configuration loaded) {
        Terminal terminal = context.terminal();
        if (report.isEqual()) {
            return terminal.green("equal") + " at " + loaded.siteIds();
        }
        String open = report.open() == 0 ? "" : DifferencePrinter.rows(report.open()) + " could not be judged";
        if (report.differences() == 0) {
            return terminal.yellow("no difference found") + ", but " + open;
        }
        return terminal.red("different") + ": " + DifferencePrinter.rows(report.differences())
                + (open.isEmpty() ? "" : ", and " + open);
    }

    private static String seconds(long millis) {
        return millis < 1_000 ? millis + " ms" : "%.1f s".formatted(millis / 1e3);
    }
}
