package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.journal.RepairStep;
import dev.entwine.journal.Repairer;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.Pace;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes rows that differ the same. */
@Command(
        name = "repair",
        description = {
            "Find the rows that are not the same at all sites, as 'verify' does, and show how they can be made so: by"
                    + " the tables' own policies, or as a preferred site has them. Nothing is written without --apply.",
            "Each row is repaired by an ordinary change at one site, which the engine brings to the others; what is"
                    + " lost by it goes into the journal. A row that has changed since it was compared is left alone.",
            "Exit code 0: no row differs, or all were repaired; 3: some are left."
        })
final class RepairCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Mixin
    private ComparisonOptions options = new ComparisonOptions();

    @Option(names = "--prefer", paramLabel = "SITE", description = "the site that is right, also where it has no row")
    private Optional<String> prefer = Optional.empty();

    @Option(names = "--apply", description = "repair what was found")
    private boolean apply;

    @Option(names = "--dry-run", description = "only show what would be done (the default)")
    private boolean dryRun;

    @Option(
            names = "--rows",
            paramLabel = "ROWS",
            defaultValue = "10000",
            description = "how many rows of each table are repaired in one run (default: ${DEFAULT-VALUE})")
    private int rowsMax = 10_000;

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    RepairCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        Optional<SiteId> preferred = preferred(loaded);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections.requireAll();
            VerifiedTables verified = VerifiedTables.of(connections);
            List<Table> chosen = options.chosen(verified);
            CompiledRules rules = CompiledRules.of(loaded, connections);
            boolean running = EngineState.of(connections).running();
            List<TableComparison> comparisons = new LiveComparison(loaded, connections, verified, running)
                    .compare(
                            context.terminal(),
                            chosen,
                            new Verification.Settings(Pace.FULL, rowsMax),
                            options.timeout());
            RepairPlan plan = RepairPlan.of(connections, rules, comparisons, preferred);
            RepairReport report = new RepairReport(
                    comparisons, plan, apply ? carryOut(connections, plan, Author.user()) : Map.of(), apply, running);
            if (json) {
                Json.print(context.terminal(), report.document());
            } else {
                report.print(context.terminal(), configuration.file().toString());
            }
            return report.isMended() ? ExitCode.FINE : ExitCode.FOUND;
        }
    }

    private Optional<SiteId> preferred(Configuration loaded) throws CommandFailure {
        if (apply && dryRun) {
            throw new CommandFailure(ExitCode.USAGE, "--apply and --dry-run exclude each other");
        }
        if (rowsMax < 1) {
            throw new CommandFailure(ExitCode.USAGE, "--rows is at least 1; it is " + rowsMax);
        }
        if (prefer.isEmpty()) {
            return Optional.empty();
        }
        Optional<SiteId> site = loaded.siteIds().stream()
                .filter(id -> id.name().equals(prefer.get()))
                .findFirst();
        if (site.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--prefer: there is no site '" + prefer.get() + "'; there are: "
                            + loaded.siteIds().stream().map(SiteId::name).collect(Collectors.joining(", ")));
        }
        return site;
    }

    /** Why those that were not repaired were not. */
    static Map<RepairStep, Optional<String>> carryOut(SiteConnections connections, RepairPlan plan, String by)
            throws SiteException {
        Repairer repairer = new Repairer(connections.all(), by);
        Map<RepairStep, Optional<String>> outcomes = new LinkedHashMap<>();
        for (RepairStep step : plan.steps()) {
            outcomes.put(step, repairer.carryOut(step));
        }
        return outcomes;
    }
}
