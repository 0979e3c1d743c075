package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.ChangeLock;
import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes the tables of a set those that its configuration matches now. */
@Command(
        name = "add-table",
        description =
                "Have all tables in the set that the configuration matches now: new ones are merged as 'init --merge'"
                        + " does it, others leave the set and stay as they are. A running engine gives way and goes on"
                        + " afterwards, with the configuration as it is then; applications may write meanwhile. Can be"
                        + " repeated.")
final class AddTableCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Mixin
    private SlotWait slotWait = new SlotWait();

    AddTableCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, RefusedException, InterruptedException {
        Configuration loaded = configuration.load(context);
        Terminal terminal = context.terminal();
        MergePrinter merging = MergePrinter.of(terminal, loaded);
        Anew set = new Anew(context, loaded, slotWait);
        List<Table> tables = set.tables();
        List<Endpoint> endpoints =
                loaded.sites().stream().map(SiteSettings::endpoint).toList();
        try (ChangeLock lock = ChangeLock.take(endpoints)) {
            if (lock.madeWay()) {
                terminal.err().println("the engine has given way, and goes on when this is done");
            }
            Optional<String> done = set.run(new Beginning.OtherTables(merging::rule), tables, loaded.sites(), merging);
            String next = lock.madeWay()
                    ? "the engine goes on"
                    : "next: entwine run " + configuration.file() + ", unless an engine waits for this";
            terminal.out()
                    .println(
                            done.isPresent()
                                    ? terminal.green("done") + ": " + done.get() + "; " + next
                                    : "the set has these tables already: nothing was changed");
        }
        return ExitCode.FINE;
    }
}
