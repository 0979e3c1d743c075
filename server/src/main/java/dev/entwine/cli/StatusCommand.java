package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Says how things are, whether or not the engine runs. */
@Command(
        name = "status",
        description = {
            "Show sites, lag, queues, counters, open conflicts, parked rows, and when each table was last proven equal;"
                    + " works whether or not the engine runs.",
            "Exit code 0: nothing is known to differ; 3: rows differ; 1: no site can be reached."
        })
final class StatusCommand implements Callable<Integer> {
    private static final Duration REDRAW = Duration.ofSeconds(1);

    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Option(names = "--json", description = "one JSON document; with --watch one on each line")
    private boolean json;

    @Option(names = "--watch", description = "show it again every second, until Ctrl-C")
    private boolean watch;

    StatusCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, InterruptedException {
        Configuration loaded = configuration.load(context);
        int exitCode = show(loaded);
        while (watch) {
            Thread.sleep(REDRAW);
            exitCode = show(loaded);
        }
        return exitCode;
    }

    private int show(Configuration loaded) throws SiteException {
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            ObjectNode document = StatusDocument.of(loaded, connections);
            Terminal terminal = context.terminal();
            if (json) {
                Json.print(terminal, document);
            } else {
                if (watch && terminal.colour()) {
                    terminal.out().print("\u001b[H\u001b[2J");
                }
                new StatusPrinter(terminal, configuration.file().toString()).print(document);
            }
            terminal.out().flush();
            connections.troubles().forEach(trouble -> terminal.err().println(SiteConnections.describe(trouble)));
            if (connections.reachable().isEmpty()) {
                return ExitCode.FAILED;
            }
            long differences =
                    document.path("verification").path("difference_count").asLong();
            return differences > 0 ? ExitCode.FOUND : ExitCode.FINE;
        }
    }
}
