package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.journal.ParkedChange;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Changes that a site's database refused: looks at them, sends them again, or gives them up. */
@Command(
        name = "parked",
        description = {
            "Changes that a site's database has refused: 'list', newest first.",
            "'retry SITE/NUMBER...' sends the row to that site again, as the others have it, once what its database"
                + " refused is mended. 'discard SITE/NUMBER... --reason WHY' gives up what was sent: the row becomes"
                + " everywhere what that site has, and what the others had is in the journal ('conflicts undo' brings"
                + " it back). All parked changes of the row at that site are settled at once.",
            "Both write at one site, and the engine carries it to the others; it need not be stopped.",
            "Exit code 3: some are refused again, or could not be settled."
        })
final class ParkedCommand implements Callable<Integer> {
    private static final List<String> ACTIONS = List.of("list", "retry", "discard");
    private static final int LIMIT_LISTED = 100;
    private static final int ALL_MAX = 10_000;
    private static final int ERROR_LENGTH_MAX = 100;

    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(index = "1", paramLabel = "list|retry|discard", arity = "0..1", defaultValue = "list")
    private String action = "list";

    @Parameters(index = "2..*", paramLabel = "SITE/NUMBER", description = "of parked changes, for retry and discard")
    private List<String> names = new ArrayList<>();

    @Option(names = "--all", description = "with retry: every row of which a change is parked anywhere")
    private boolean all;

    @Option(names = "--reason", paramLabel = "WHY", description = "with discard: for the journal")
    private Optional<String> reason = Optional.empty();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "with list: how many of each site at most (default: " + LIMIT_LISTED + ")")
    private Optional<Integer> limit = Optional.empty();

    @Option(names = "--json", description = "one JSON document on each line")
    private boolean json;

    ParkedCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        requireUsage();
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            return action.equals("list") ? list(connections) : settle(connections);
        }
    }

    private void requireUsage() throws CommandFailure {
        boolean lists = action.equals("list");
        if (!ACTIONS.contains(action)) {
            throw usage("'parked " + action + "' is unknown; there are: " + String.join(", ", ACTIONS));
        } else if (lists && (!names.isEmpty() || all || reason.isPresent())) {
            throw usage("usage: entwine parked CONFIG list [--limit N]");
        } else if (action.equals("retry") && (names.isEmpty() != all || reason.isPresent())) {
            throw usage("usage: entwine parked CONFIG retry SITE/NUMBER..., or retry --all");
        } else if (action.equals("discard")
                && (names.isEmpty() || all || reason.map(String::isBlank).orElse(true))) {
            throw usage("usage: entwine parked CONFIG discard SITE/NUMBER... --reason WHY");
        } else if (limit.isPresent() && (!lists || limit.get() < 1)) {
            throw usage("--limit is for list, and 1 or more");
        }
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message);
    }

    /** Of all sites that can be reached. */
    static List<ParkedChange> read(SiteConnections connections, JournalSites journals, int most) throws SiteException {
        List<ParkedChange> changes = new ArrayList<>();
        for (SiteId site : journals.sites()) {
            changes.addAll(connections.call(
                    site, "reading entwine.parked", connection -> ParkedChange.read(site, connection, most)));
        }
        return changes;
    }

    static ObjectNode document(ParkedChange change) {
        ObjectNode node = Json.object();
        node.put("site", change.site().name()).put("id", change.id());
        node.put("table", change.table().toString());
        node.set("key", change.key());
        node.put("source", change.source()).put("position", change.position());
        node.put("operation", change.operation());
        node.set("image", change.image());
        node.put("sqlstate", change.sqlstate()).put("error", change.error());
        return node.put("at", Json.time(change.at()));
    }

    private int list(SiteConnections connections) throws SiteException, CommandFailure {
        JournalSites journals = JournalSites.of(connections, context.terminal());
        List<ParkedChange> changes = read(connections, journals, limit.orElse(LIMIT_LISTED));
        if (json) {
            changes.forEach(change -> Json.print(context.terminal(), document(change)));
        } else if (changes.isEmpty()) {
            context.terminal().out().println("nothing is parked at " + journals.sites());
        } else {
            TextTable table = new TextTable("PARKED", "AT", "TABLE", "KEY", "CHANGE", "WHY");
            for (ParkedChange change : changes) {
                table.row(
                        SettleParked.id(change),
                        Json.time(change.at()),
                        change.table().toString(),
                        change.key().isNull() ? "" : ConflictPrinter.key(change.key()),
                        change.operation() + " of " + change.source(),
                        error(change));
            }
            table.print(context.terminal());
        }
        return ExitCode.FINE;
    }

    private static String error(ParkedChange change) {
        String line = change.error().lines().findFirst().orElse("");
        return line.length() <= ERROR_LENGTH_MAX ? line : line.substring(0, ERROR_LENGTH_MAX - 2) + " …";
    }

    private int settle(SiteConnections connections) throws SiteException, CommandFailure {
        SettleParked settling = SettleParked.of(connections, Author.user());
        List<ParkedChange> changes = all
                ? read(connections, JournalSites.of(connections, context.terminal()), ALL_MAX).stream()
                        .filter(change -> !change.key().isNull())
                        .sorted(Comparator.comparing(ParkedChange::at).thenComparingLong(ParkedChange::id))
                        .toList()
                : SettleParked.named(connections, names);
        List<SettleParked.Settled> settled = settling.settle(changes, new SettleParked.Order(reason));
        settled.forEach(this::print);
        if (settled.isEmpty() && !json) {
            context.terminal().out().println("nothing is parked that could be sent again");
        }
        if (!settling.running() && settled.stream().anyMatch(one -> one.state() == SettleParked.State.SENT)) {
            context.terminal()
                    .err()
                    .println("the engine does not run, so the other sites get it when it does: 'entwine run "
                            + configuration.file() + "'");
        }
        return settled.stream().allMatch(SettleParked.Settled::isDone) ? ExitCode.FINE : ExitCode.FOUND;
    }

    private void print(SettleParked.Settled settled) {
        Terminal terminal = context.terminal();
        if (json) {
            Json.print(terminal, settled.document());
            return;
        }
        String word = settled.state().word().replace('_', ' ');
        ParkedChange change = settled.change();
        String row = change.key().isNull() ? "" : " " + ConflictPrinter.key(change.key());
        terminal.out()
                .println((settled.isDone() ? terminal.green(word) : terminal.yellow(word)) + "  "
                        + SettleParked.id(change) + "  " + change.table() + row + ": " + settled.what());
    }
}
