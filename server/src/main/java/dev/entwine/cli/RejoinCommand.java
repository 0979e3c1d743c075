package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.RefusedException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Brings back a site that is not the one any more that the others know. */
@Command(
        name = "rejoin",
        description =
                "Bring back a site that was restored from a backup, promoted from a standby that lagged, copied, or"
                    + " that lost its slot: the sites are compared, what each has changed since they were in step goes"
                    + " to the others, and rows that several have changed are decided by the tables' policies. The"
                    + " engine must not run; applications may write meanwhile. Can be repeated.")
final class RejoinCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(index = "1", paramLabel = "SITE", description = "the site that is to be brought back")
    private String site = "";

    @Mixin
    private SlotWait slotWait = new SlotWait();

    RejoinCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, RefusedException {
        Configuration loaded = configuration.load(context);
        SiteId rejoining = configuration.site(loaded, site);
        MergePrinter merging = MergePrinter.of(context.terminal(), loaded);
        Beginning.Anew anew = new Beginning.Rejoin(rejoining, merging::rule);
        Terminal terminal = context.terminal();
        Anew set = new Anew(context, loaded, slotWait);
        return set.run(anew, set.tables(), loaded.sites(), merging)
                .map(reason -> {
                    terminal.out().println("site " + rejoining + " had to be brought back: " + reason);
                    terminal.out()
                            .println(terminal.green("rejoined") + " in a new incarnation; next: entwine run "
                                    + configuration.file());
                    return ExitCode.FINE;
                })
                .orElseGet(() -> {
                    terminal.out()
                            .println(
                                    "site " + rejoining + " is the one that the other sites know: nothing was changed");
                    return ExitCode.FINE;
                });
    }
}
