package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.config.TableRule;
import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.Initialization;
import dev.entwine.snapshot.Initialization.Outcome;
import dev.entwine.snapshot.RefusedException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets all sites up, or leaves all of them as they were. */
@Command(
        name = "init",
        description = "Create schema, slots and publications at every site, from a common beginning. Can be repeated.")
final class InitCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @ArgGroup(multiplicity = "1")
    private Sites sites = new Sites();

    @Mixin
    private SlotWait slotWait = new SlotWait();

    @Option(
            names = "--interleave-sequences",
            description =
                    "make sequences of generated keys step by the number of sites, each site from a place of its own,"
                            + " so that no two give the same value; they stay so when the set is removed")
    private boolean interleave;

    /** What the sites hold now. */
    static final class Sites {
        @Option(names = "--equal", required = true, description = "all sites hold the same rows; this is verified")
        private boolean equal;

        @Option(
                names = "--copy-from",
                required = true,
                paramLabel = "SITE",
                description = "the tables of all other sites are empty and are filled from this one")
        private String copyFrom = "";

        @Option(
                names = "--merge",
                required = true,
                description = {
                    "the sites hold different rows: what a site lacks it gets, and rows that are not the same are"
                            + " decided by the tables' own policies, as if they had been written at the same time; what"
                            + " loses is in the journal. All sites may be written meanwhile"
                })
        private boolean merge;
    }

    @Option(names = "--dry-run", description = "with --merge: only show what differs and how it would be decided")
    private boolean dryRun;

    @Option(
            names = "--add-sums",
            description = "with --merge: in columns with the policy sum each site has counted by itself, beginning with"
                    + " nothing, so their values are added; without it they have to be the same")
    private boolean addSums;

    InitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, RefusedException {
        Configuration loaded = configuration.load(context);
        if ((dryRun || addSums) && !sites.merge) {
            throw new CommandFailure(ExitCode.USAGE, (dryRun ? "--dry-run" : "--add-sums") + " goes with --merge");
        }
        SiteId source =
                sites.copyFrom.isEmpty() ? loaded.siteIds().getFirst() : configuration.site(loaded, sites.copyFrom);
        List<Table> tables = TablesToSetUp.of(loaded, context, "nothing was initialized");
        List<Endpoint> endpoints =
                loaded.sites().stream().map(SiteSettings::endpoint).toList();
        MergePrinter merging = MergePrinter.of(context.terminal(), loaded);
        Initialization.Settings settings = new Initialization.Settings(
                beginning(source, merging),
                loaded.engine().copyTablesParallel(),
                slotWait.seconds(),
                interleave,
                table -> loaded.ruleFor(table).filter(TableRule::needsWholeRows).isPresent());
        Outcome outcome = Initialization.run(endpoints, tables, settings, new InitProgress(context.terminal()));
        return report(outcome, loaded.siteIds(), merging);
    }

    private Beginning beginning(SiteId source, MergePrinter merging) {
        if (sites.equal) {
            return new Beginning.Equal();
        }
        return sites.merge ? new Beginning.Merge(merging::rule, addSums, dryRun) : new Beginning.CopyFrom(source);
    }

    private int report(Outcome outcome, List<SiteId> names, MergePrinter merging) {
        Terminal terminal = context.terminal();
        return switch (outcome) {
            case Outcome.Initialized done -> {
                if (!done.diverged().isEmpty()) {
                    merging.summary(done.diverged());
                    terminal.out()
                            .println("the engine makes these rows the same when it runs; what loses will be in the"
                                    + " journal");
                }
                terminal.out()
                        .println(terminal.green("initialized") + ": "
                                + FindingPrinter.counted(done.tables(), "table")
                                + " to keep in step; next: entwine run "
                                + configuration.file());
                yield ExitCode.FINE;
            }
            case Outcome.AlreadyInitialized done -> {
                terminal.out()
                        .println("already initialized: " + FindingPrinter.counted(done.tables(), "table")
                                + "; nothing was changed");
                yield ExitCode.FINE;
            }
            case Outcome.Planned planned -> {
                if (planned.diverged().isEmpty()) {
                    terminal.out().println("the sites hold the same rows: there is nothing to merge");
                    yield ExitCode.FINE;
                }
                merging.plan(planned.diverged());
                terminal.err().println("nothing was changed; without --dry-run the sites are merged so");
                yield ExitCode.FOUND;
            }
            case Outcome.BegunAnew done -> throw new IllegalStateException("nobody asked to begin anew");
            case Outcome.NothingToDo nothing -> throw new IllegalStateException("nobody asked to begin anew");
            case Outcome.Different different -> {
                DifferencePrinter printer = new DifferencePrinter(terminal);
                printer.summary(names, different.tables());
                printer.details(different.tables(), (table, difference) -> List.of(), "");
                terminal.err()
                        .println("nothing was initialized: the sites are not equal; use --merge to have the"
                                + " tables' policies decide, make them equal by hand, or empty all but one and use"
                                + " --copy-from");
                yield ExitCode.FOUND;
            }
        };
    }
}
