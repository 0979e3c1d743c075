package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.config.TableRule;
import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import dev.entwine.snapshot.Beginning;
import dev.entwine.snapshot.Initialization;
import dev.entwine.snapshot.Initialization.Outcome;
import dev.entwine.snapshot.RefusedException;
import java.util.List;
import java.util.Optional;

/** Lets a set begin anew. */
record Anew(Context context, Configuration configuration, SlotWait slotWait) {
    /** What the set is to have; refused where that cannot be. */
    List<Table> tables() throws CommandFailure, SiteException {
        return TablesToSetUp.of(configuration, context, "nothing was changed");
    }

    /**
     * Prints what differs.
     *
     * @param tables see {@link #tables}
     * @param sites those that the set has then
     * @return why it was needed, in words; empty when it was not and nothing was changed
     */
    Optional<String> run(Beginning.Anew anew, List<Table> tables, List<SiteSettings> sites, MergePrinter merging)
            throws SiteException, RefusedException {
        List<Endpoint> endpoints = sites.stream().map(SiteSettings::endpoint).toList();
        Initialization.Settings settings = new Initialization.Settings(
                anew,
                configuration.engine().copyTablesParallel(),
                slotWait.seconds(),
                false,
                table -> configuration
                        .ruleFor(table)
                        .filter(TableRule::needsWholeRows)
                        .isPresent());
        Outcome outcome = Initialization.run(endpoints, tables, settings, new InitProgress(context.terminal()));
        if (!(outcome instanceof Outcome.BegunAnew done)) {
            return Optional.empty();
        }
        if (done.diverged().isEmpty()) {
            context.terminal().out().println("the sites hold the same rows");
        } else {
            merging.summary(done.diverged());
            context.terminal()
                    .out()
                    .println("the engine makes these rows the same when it runs; what loses will be in the journal");
        }
        return Optional.of(done.reason());
    }
}
