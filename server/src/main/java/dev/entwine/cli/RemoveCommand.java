package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.SiteException;
import dev.entwine.snapshot.RefusedException;
import dev.entwine.snapshot.Removal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Takes every trace out of every site that can be reached. */
@Command(
        name = "remove",
        description =
                "Remove slot, publication, schema and replication origin at every site. User tables are not touched;"
                        + " the conflict journal is lost.")
final class RemoveCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    RemoveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure {
        Configuration loaded = configuration.load(context);
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
