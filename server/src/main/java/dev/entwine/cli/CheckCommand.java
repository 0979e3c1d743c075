package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.Catalog;
import dev.entwine.db.GrantScript;
import dev.entwine.db.SiteException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

    @Option(
            names = "--grants",
            paramLabel = "ROLE",
            arity = "0..1",
            fallbackValue = "",
            description = "print for each site, instead, the statements that give a role all that the engine needs and"
                    + " nothing else; without ROLE the one that the configuration names")
    private @Nullable String grants;

    CheckCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            if (grants != null) {
                connections.requireAll();
                printGrants(loaded, connections, grants);
                return ExitCode.FINE;
            }
            CheckReport report = CheckReport.of(loaded, connections);
            if (json) {
                Json.print(context.terminal(), FindingPrinter.json(!report.hasErrors(), report.findings()));
            } else {
                print(report);
            }
            return report.exitCode();
        }
    }

    private void printGrants(Configuration loaded, SiteConnections connections, String role)
            throws CommandFailure, SiteException {
        if (json) {
            throw new CommandFailure(ExitCode.USAGE, "--grants prints SQL; leave --json out");
        }
        for (SiteSettings site : loaded.sites()) {
            String whose = role.isEmpty() ? site.endpoint().user() : role;
            List<String> script = connections.call(
                    site.id(),
                    "reading the catalog",
                    connection -> GrantScript.of(
                            connection,
                            Catalog.read(site.id(), connection),
                            table -> loaded.ruleFor(table).isPresent(),
                            whose));
            script.forEach(context.terminal().out()::println);
            context.terminal().out().println();
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
