package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Waits until everything that was committed before the call is everywhere. */
@Command(
        name = "wait",
        description = "Wait until everything committed before this call is applied at every site and no decision is"
                + " outstanding; exit code 3 when the time is over before that.")
final class WaitCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "how long to wait, such as 500ms, 60s or 5m (default: ${DEFAULT-VALUE})")
    private Duration timeout = Duration.ofSeconds(60);

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    WaitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        long startNanos = System.nanoTime();
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections.requireAll();
            StepWait wait = new StepWait(connections, startNanos + timeout.toNanos());
            List<StepWait.Behind> behind = wait.run();
            List<StepWait.Parked> parked = wait.parked();
            long waitedMs = (System.nanoTime() - startNanos) / 1_000_000;
            report(behind, parked, waitedMs);
            if (!behind.isEmpty()) {
                explain(EngineState.of(connections));
            }
            return behind.isEmpty() && parked.isEmpty() ? ExitCode.FINE : ExitCode.FOUND;
        }
    }

    private void report(List<StepWait.Behind> behind, List<StepWait.Parked> parked, long waitedMs) {
        Terminal terminal = context.terminal();
        if (json) {
            Json.print(terminal, document(behind, parked, waitedMs));
        } else if (behind.isEmpty() && parked.isEmpty()) {
            terminal.out().println(terminal.green("in step") + " after " + waitedMs + " ms");
        } else {
            terminal.out().println(terminal.yellow("not in step") + " after " + waitedMs + " ms");
            print(behind, parked);
        }
    }

    private void explain(EngineState engine) {
        Terminal terminal = context.terminal();
        if (!engine.waiting().isEmpty()) {
            terminal.err()
                    .println("the engine waits until the tables are alike again at all sites:\n" + engine.waiting());
        }
        if (!engine.running()) {
            terminal.err().println("the engine does not run: start it with 'entwine run " + configuration.file() + "'");
        }
    }

    private static ObjectNode document(List<StepWait.Behind> behind, List<StepWait.Parked> parked, long waitedMs) {
        ObjectNode document = Json.object();
        document.put("in_step", behind.isEmpty() && parked.isEmpty());
        document.put("waited_ms", waitedMs);
        ArrayNode list = document.putArray("behind");
        for (StepWait.Behind link : behind) {
            ObjectNode item = list.addObject();
            item.put("from", link.from().name());
            item.put("to", link.to().name());
            item.put("applied", link.applied().toString());
            item.put("wanted", link.wanted().toString());
        }
        for (StepWait.Parked site : parked) {
            ObjectNode item = list.addObject();
            item.put("to", site.site().name());
            item.put("parked", site.changes());
        }
        return document;
    }

    private void print(List<StepWait.Behind> behind, List<StepWait.Parked> parked) {
        Terminal terminal = context.terminal();
        if (!behind.isEmpty()) {
            TextTable table = new TextTable("FROM", "TO", "APPLIED UP TO", "WANTED");
            behind.forEach(link -> table.row(
                    link.from().name(),
                    link.to().name(),
                    link.applied().toString(),
                    link.wanted().toString()));
            table.print(terminal);
        }
        parked.forEach(site -> terminal.out()
                .println("site " + site.site() + " has parked " + site.changes()
                        + (site.changes() == 1 ? " change" : " changes")
                        + " that its database refused; see 'entwine parked CONFIG list'"));
    }
}
