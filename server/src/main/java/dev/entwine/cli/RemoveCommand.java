package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.RefusedException;
import dev.entwine.snapshot.Removal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes every trace out of every site that can be reached. */
@Command(
        name = "remove",
        description =
                "Remove slot, publication, schema and replication origin at every site, or at one that leaves the set;"
                        + " the others go on then. User tables are not touched; the conflict journal is lost there.")
final class RemoveCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SITE",
            description = "the site that leaves the set; without it, every site")
    private Optional<String> leaving = Optional.empty();

    @Mixin
    private SlotWait slotWait = new SlotWait();

    RemoveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, RefusedException {
        Configuration loaded = configuration.load(context);
        if (leaving.isPresent()) {
            return removeOne(loaded, configuration.site(loaded, leaving.get()));
        }
        boolean complete = true;
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections
                    .troubles()
                    .forEach(trouble ->
                            context.terminal().err().println("not removed: " + SiteConnections.describe(trouble)));
            complete = connections.troubles().isEmpty();
            for (SiteSettings site : loaded.sites()) {
                if (connections.reachable().contains(site.id())) {
                    complete &= remove(site);
                }
            }
        }
        return complete ? ExitCode.FINE : ExitCode.FAILED;
    }

    /** The others begin anew without it: what it had sent to only some of them goes to all. */
    private int removeOne(Configuration loaded, SiteId site) throws CommandFailure, SiteException, RefusedException {
        List<SiteSettings> staying = loaded.sites().stream()
                .filter(other -> !other.id().equals(site))
                .toList();
        if (staying.size() < 2) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "without " + site + " there is only one site left; 'entwine remove " + configuration.file()
                            + "' removes the set");
        }
        Configuration others = new Configuration(
                staying, loaded.rules(), loaded.guards(), loaded.console(), loaded.notice(), loaded.engine());
        MergePrinter merging = MergePrinter.of(context.terminal(), others);
        Anew set = new Anew(context, others, slotWait);
        set.run(new Beginning.WithoutSite(site, merging::rule), set.tables(), staying, merging);
        boolean complete = true;
        for (SiteSettings left : loaded.sites()) {
            complete &= !left.id().equals(site) || remove(left);
        }
        context.terminal()
                .out()
                .println("the other sites go on without " + site + ": take it out of " + configuration.file()
                        + ", then run the engine");
        return complete ? ExitCode.FINE : ExitCode.FAILED;
    }

    private boolean remove(SiteSettings site) {
        Terminal terminal = context.terminal();
        try {
            List<String> removed = Removal.run(site.endpoint());
            terminal.out()
                    .println(site.id() + ": "
                            + (removed.isEmpty() ? "nothing was there" : "removed " + String.join(", ", removed)));
            return true;
        } catch (RefusedException | SiteException e) {
            terminal.err().println("not removed: " + context.scrub(String.valueOf(e.getMessage())));
            return false;
        }
    }
}
