package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.LeaseRow;
import dev.entwine.db.SiteException;
import dev.entwine.engine.ForecastJson;
import dev.entwine.engine.TrafficForecast;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** How many collisions are to be expected. */
@Command(
        name = "forecast",
        description = {
            "Tell how many collisions an hour are to be expected.",
            "With CONFIG: from the keys that the sites have changed lately and the latency, as the engine has seen"
                    + " them, next to what was observed.",
            "With --rate, --rows and --latency: by the formula (N-1)/N R² L / D, for rows that are all changed equally"
                    + " often; needs no database."
        })
final class ForecastCommand implements Callable<Integer> {
    private static final Duration CUT = Duration.ofMinutes(10);

    private final Context context;

    @Parameters(index = "0", arity = "0..1", paramLabel = "CONFIG", description = "the configuration file")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--rate", paramLabel = "R", description = "changes a second, over all sites together")
    private Optional<Double> rate = Optional.empty();

    @Option(names = "--rows", paramLabel = "D", description = "how many rows they fall upon, all alike")
    private Optional<Double> rows = Optional.empty();

    @Option(
            names = "--latency",
            paramLabel = "L",
            converter = DurationConverter.class,
            description = "from a commit until it is visible at the other sites, such as 50ms")
    private Optional<Duration> latency = Optional.empty();

    @Option(
            names = "--sites",
            paramLabel = "N",
            defaultValue = "2",
            description = "how many sites, with --rate (default: ${DEFAULT-VALUE})")
    private int sites = 2;

    @Option(
            names = "--cut",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "what collides if the sites do not hear of each other for so long (default: 10m)")
    private Optional<Duration> cut = Optional.empty();

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    ForecastCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        boolean formula = rate.isPresent() || rows.isPresent() || latency.isPresent();
        if (formula == file.isPresent()) {
            throw usage("usage: entwine forecast CONFIG, or entwine forecast --rate R --rows D --latency L");
        }
        if (formula) {
            byFormula();
        } else {
            fromTraffic();
        }
        return ExitCode.FINE;
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message);
    }

    private void byFormula() throws CommandFailure {
        if (rate.isEmpty() || rows.isEmpty() || latency.isEmpty()) {
            throw usage("--rate, --rows and --latency are all three needed");
        }
        if (cut.isPresent()) {
            throw usage("--cut needs the traffic of a configuration");
        }
        if (!(rate.get() >= 0 && rate.get() < 1e12) || !(rows.get() >= 1 && rows.get() < 1e18) || sites < 2) {
            throw usage("--rate is not below 0, --rows not below 1, and --sites not below 2; they are " + rate.get()
                    + ", " + rows.get() + " and " + sites);
        }
        ObjectNode document = ForecastDocument.uniform(rate.get(), rows.get(), latency.get(), sites);
        if (json) {
            Json.print(context.terminal(), document);
        } else {
            new ForecastPrinter(context.terminal()).uniform(document);
        }
    }

    /** What the engine has published of it last, with what the journal has to say. */
    static ObjectNode ofTraffic(SiteConnections connections, JournalSites journals, Duration cut)
            throws CommandFailure, SiteException {
        EngineState state = EngineState.of(connections);
        TrafficForecast seen = state.freshest()
                .flatMap(LeaseRow::status)
                .flatMap(status -> ForecastJson.parse(Json.parse(status).path("forecast")))
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "no engine has published what it has seen of the traffic yet; start it with 'entwine run' and"
                                + " let the applications write, or give --rate, --rows and --latency"));
        return ForecastDocument.of(seen, cut, PolicyAdvice.of(journals)).put("engine_running", state.running());
    }

    private void fromTraffic() throws CommandFailure, SiteException {
        Configuration loaded = context.configuration(file.orElseThrow());
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            JournalSites journals = JournalSites.of(connections, context.terminal());
            ObjectNode document = ofTraffic(connections, journals, cut.orElse(CUT));
            if (json) {
                Json.print(context.terminal(), document);
            } else {
                new ForecastPrinter(context.terminal()).traffic(document);
            }
        }
    }
}
