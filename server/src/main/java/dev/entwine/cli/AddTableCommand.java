package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.RefusedException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes the tables of a set those that its configuration matches now. */
@Command(
        name = "add-table",
        description =
                "Have all tables in the set that the configuration matches now: new ones are merged as 'init --merge'"
                    + " does it, others leave the set and stay as they are. The engine must not run; applications may"
                    + " write meanwhile. Can be repeated.")
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
    public Integer call() throws CommandFailure, SiteException, RefusedException {
        Configuration loaded = configuration.load(context);
        Terminal terminal = context.terminal();
        MergePrinter merging = MergePrinter.of(terminal, loaded);
        Optional<String> done = new Anew(context, loaded, slotWait)
                .run(new Beginning.OtherTables(merging::rule), loaded.sites(), merging);
        terminal.out()
                .println(
                        done.isPresent()
                                ? terminal.green("done") + ": " + done.get() + "; next: entwine run "
                                        + configuration.file()
                                : "the set has these tables already: nothing was changed");
        return ExitCode.FINE;
    }
}
