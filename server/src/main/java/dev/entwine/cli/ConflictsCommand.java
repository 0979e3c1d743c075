package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.journal.Journal;
import dev.entwine.journal.JournalEntry;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the conflict journal: the union of what the reachable sites have. */
@Command(name = "conflicts", description = "Show the conflict journal: 'list', newest first, or 'show ID'.")
final class ConflictsCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(index = "1", paramLabel = "list|show", arity = "0..1", defaultValue = "list")
    private String action = "list";

    @Parameters(index = "2", paramLabel = "ID", arity = "0..1", description = "of a conflict, for show")
    private Optional<String> id = Optional.empty();

    @Option(names = "--json", description = "one JSON document on each line")
    private boolean json;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "how many to list (default: ${DEFAULT-VALUE})")
    private int limit = 100;

    ConflictsCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        if (!List.of("list", "show").contains(action)) {
            boolean planned = List.of("keep", "undo", "export").contains(action);
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'conflicts " + action + "' is " + (planned ? "not there yet" : "unknown")
                            + "; there are: list, show ID");
        }
        if (action.equals("show") == id.isEmpty() || limit < 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "usage: entwine conflicts CONFIG list [--limit N], or entwine conflicts CONFIG show ID");
        }
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections
                    .troubles()
                    .forEach(trouble -> context.terminal().err().println(SiteConnections.describe(trouble)));
            List<SiteId> sites = journals(connections);
            return id.isPresent() ? show(connections, sites, id.get()) : list(connections, sites);
        }
    }

    private static List<SiteId> journals(SiteConnections connections) throws SiteException, CommandFailure {
        List<SiteId> sites = new ArrayList<>();
        for (SiteId site : connections.reachable()) {
            if (connections.call(site, "looking for the journal", Journal::exists)) {
                sites.add(site);
            }
        }
        if (sites.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    connections.reachable().isEmpty()
                            ? "no site can be reached"
                            : "no site that can be reached is initialized; run 'entwine init' first");
        }
        return sites;
    }

    private int list(SiteConnections connections, List<SiteId> sites) throws SiteException {
        Map<String, JournalEntry> byId = new LinkedHashMap<>();
        for (SiteId site : sites) {
            connections
                    .call(site, "reading entwine.conflict", connection -> Journal.newest(connection, limit))
                    .forEach(entry -> byId.putIfAbsent(entry.id(), entry));
        }
        List<JournalEntry> newest = byId.values().stream()
                .sorted(Comparator.comparing(JournalEntry::at).reversed().thenComparing(JournalEntry::id))
                .limit(limit)
                .toList();
        ConflictPrinter printer = new ConflictPrinter(context.terminal());
        if (json) {
            newest.forEach(printer::json);
        } else {
            printer.table(newest);
        }
        return ExitCode.FINE;
    }

    private int show(SiteConnections connections, List<SiteId> sites, String wanted)
            throws SiteException, CommandFailure {
        for (SiteId site : sites) {
            Optional<JournalEntry> entry =
                    connections.call(site, "reading entwine.conflict", connection -> Journal.find(connection, wanted));
            if (entry.isPresent()) {
                ConflictPrinter printer = new ConflictPrinter(context.terminal());
                if (json) {
                    printer.json(entry.get());
                } else {
                    printer.whole(entry.get());
                }
                return ExitCode.FINE;
            }
        }
        throw new CommandFailure(
                ExitCode.FAILED, "no conflict '" + wanted + "' in the journal of " + sites + "; 'list' shows the ids");
    }
}
