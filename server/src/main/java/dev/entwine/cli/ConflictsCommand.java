package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.journal.JournalEntry;
import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The conflict journal: looks at it, and revises what was decided. */
@Command(
        name = "conflicts",
        description = {
            "The conflict journal: 'list', newest first; 'show ID'; 'export', oldest first;",
            "'keep ID... --site S' makes the version of site S stand; 'undo ID...' brings the loser back.",
            "Both write at one site, as an application would, and the engine carries it to the others.",
            "Exit code 3: refused, for the row has moved on since, or the database does not take it; nothing is done"
                    + " then."
        })
final class ConflictsCommand implements Callable<Integer> {
    private static final List<String> ACTIONS = List.of("list", "show", "export", "keep", "undo");
    private static final int LIMIT_LISTED = 100;

    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Parameters(index = "1", paramLabel = "list|show|export|keep|undo", arity = "0..1", defaultValue = "list")
    private String action = "list";

    @Parameters(index = "2..*", paramLabel = "ID", description = "of conflicts, for show, keep and undo")
    private List<String> ids = new ArrayList<>();

    @Option(
            names = "--site",
            paramLabel = "SITE",
            description = "whose version is to stand (keep); only conflicts in which it won or lost (list, export)")
    private Optional<String> site = Optional.empty();

    @Option(names = "--as-is", description = "with keep: close an open conflict and leave the row as it stands now")
    private boolean asIs;

    @Option(names = "--json", description = "one JSON document on each line")
    private boolean json;

    @Option(names = "--format", paramLabel = "json|csv", description = "of export (default: json, one document a line)")
    private Optional<String> format = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "how many at most (default: " + LIMIT_LISTED + " for list, all for export)")
    private Optional<Long> limit = Optional.empty();

    ConflictsCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        requireUsage();
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            JournalSites journals = JournalSites.of(connections, context.terminal());
            return switch (action) {
                case "show" -> show(journals, ids.getFirst());
                case "keep" -> revise(loaded, connections, journals, Revision.Kind.KEEP);
                case "undo" -> revise(loaded, connections, journals, Revision.Kind.UNDO);
                case "export" -> export(loaded, journals);
                default -> list(loaded, journals);
            };
        }
    }

    private void requireUsage() throws CommandFailure {
        if (!ACTIONS.contains(action)) {
            throw usage("'conflicts " + action + "' is unknown; there are: " + String.join(", ", ACTIONS));
        }
        boolean revises = action.equals("keep") || action.equals("undo");
        boolean reads = action.equals("list") || action.equals("export");
        if (action.equals("show") && ids.size() != 1) {
            throw usage("usage: entwine conflicts CONFIG show ID");
        } else if (action.equals("keep") && (ids.isEmpty() || site.isPresent() == asIs)) {
            throw usage("usage: entwine conflicts CONFIG keep ID... --site SITE, or keep ID... --as-is");
        } else if (action.equals("undo") && (ids.isEmpty() || site.isPresent() || asIs)) {
            throw usage("usage: entwine conflicts CONFIG undo ID...");
        } else if (reads && (!ids.isEmpty() || asIs)) {
            throw usage("usage: entwine conflicts CONFIG " + action + " [filters] [--limit N]");
        } else if (!reads && (filters.isAnyGiven() || limit.isPresent())) {
            throw usage("filters are for list and export; name conflicts by their ids for " + action);
        } else if (limit.filter(number -> number < 1).isPresent()) {
            throw usage("--limit must be 1 or more");
        } else if (format.isPresent() && !action.equals("export")) {
            throw usage("--format is for export; use --json");
        } else if (revises && ids.stream().distinct().count() != ids.size()) {
            throw usage("an id is named twice");
        }
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message);
    }

    private int list(Configuration loaded, JournalSites journals) throws SiteException, CommandFailure {
        ConflictPrinter printer = new ConflictPrinter(context.terminal());
        List<JournalEntry> newest = new ArrayList<>();
        journals.read(
                filters.filter(loaded, site),
                true,
                limit.orElse((long) LIMIT_LISTED),
                json ? printer::json : newest::add);
        if (!json) {
            printer.table(newest);
        }
        return ExitCode.FINE;
    }

    private int export(Configuration loaded, JournalSites journals) throws SiteException, CommandFailure {
        JournalSites.Reader printer = switch (format.orElse("json")) {
            case "json" -> new ConflictPrinter(context.terminal())::json;
            case "csv" -> new CsvPrinter(context.terminal())::line;
            default -> throw usage("--format: there is no '" + format.orElse("") + "'; there are: json, csv");
        };
        journals.read(filters.filter(loaded, site), false, limit.orElse(Long.MAX_VALUE), printer);
        return ExitCode.FINE;
    }

    private int show(JournalSites journals, String wanted) throws SiteException, CommandFailure {
        JournalEntry entry = journals.find(wanted)
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "no conflict '" + wanted + "' in the journal of " + journals.sites()
                                + "; 'list' shows the ids"));
        ConflictPrinter printer = new ConflictPrinter(context.terminal());
        if (json) {
            printer.json(entry);
        } else {
            printer.whole(entry);
        }
        return ExitCode.FINE;
    }

    private int revise(Configuration loaded, SiteConnections connections, JournalSites journals, Revision.Kind kind)
            throws SiteException, CommandFailure {
        Optional<SiteId> wanted = Optional.empty();
        if (site.isPresent()) {
            wanted = loaded.siteIds().stream()
                    .filter(id -> id.name().equals(site.get()))
                    .findFirst();
            if (wanted.isEmpty()) {
                throw usage("--site: there is no '" + site.get() + "' in " + configuration.file() + "; it has "
                        + loaded.siteIds());
            }
        }
        ReviseConflicts revise = new ReviseConflicts(context.terminal(), loaded, connections, journals, json);
        int exitCode = revise.run(kind, wanted, asIs, ids);
        if (exitCode == ExitCode.FINE && !EngineState.of(connections).running()) {
            context.terminal()
                    .err()
                    .println("the engine does not run, so the other sites get it when it does: 'entwine run "
                            + configuration.file() + "'");
        }
        return exitCode;
    }
}
