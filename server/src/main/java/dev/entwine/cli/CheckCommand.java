package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.Catalog;
import dev.entwine.db.SiteException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says everything that must hold before a start, and changes nothing. */
@Command(
        name = "check",
        description = "Check everything that must hold before a start: versions, settings, rights, keys, sequences;"
                + " each problem with the statement that mends it. Changes nothing.")
final class CheckCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    CheckCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            CheckReport report = CheckReport.of(loaded, connections);
            if (json) {
                Json.print(context.terminal(), FindingPrinter.json(!report.hasErrors(), report.findings()));
            } else {
                print(report);
            }
            return report.exitCode();
        }
    }

    private void print(CheckReport report) {
        Terminal terminal = context.terminal();
        for (Catalog catalog : report.catalogs()) {
            terminal.out()
                    .println(catalog.site() + ": PostgreSQL "
                            + catalog.server().version() + ", database "
                            + catalog.server().database() + ", as "
                            + catalog.rights().role());
        }
        FindingPrinter.print(report.findings(), terminal, terminal.out());
        String tables = FindingPrinter.counted(report.tables().tables().size(), "table");
        String verdict = report.hasErrors()
                ? terminal.red("not ready")
                : terminal.green("ready") + ": " + tables + " to keep in step";
        terminal.out().println(verdict + "; " + FindingPrinter.count(report.findings()));
    }
}
