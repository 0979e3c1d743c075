package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.Finding;
import dev.entwine.db.SiteException;
import dev.entwine.engine.Shadow;
import dev.entwine.engine.ShadowReport;
import dev.entwine.model.SiteId;
import dev.entwine.policy.WholeRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the logs and tells what would have happened. */
@Command(
        name = "shadow",
        description = {
            "Read the logs of sites that nothing connects, and report what would have collided and how it would have"
                + " been decided. No row is written; at each site there are a publication and a temporary slot for as"
                + " long as it runs, until --for is over or it is stopped.",
            "Exit code 0: nothing would have collided; 3: something would have."
        })
final class ShadowCommand implements Callable<Integer> {
    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);
    private static final Duration FOR_EVER = Duration.ofDays(3_650);

    private final Context context;
    private final CountDownLatch end = new CountDownLatch(1);
    private final CompletableFuture<Integer> result = new CompletableFuture<>();

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description = "how long to look, such as 10m or 1h (default: until it is stopped)")
    private Optional<Duration> time = Optional.empty();

    @Option(
            names = "--delay",
            paramLabel = "DURATION",
            defaultValue = "1s",
            converter = DurationConverter.class,
            description =
                    "how long a change would take to be at the other sites (default: ${DEFAULT-VALUE}); changes of"
                            + " one row at two sites collide when they are closer together")
    private Duration delay = Duration.ofSeconds(1);

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    ShadowCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException, InterruptedException {
        StopSignal signal = StopSignal.onStop(() -> {
            end.countDown();
            return result.join();
        });
        int exitCode = ExitCode.FAILED;
        try {
            exitCode = look();
        } finally {
            result.complete(exitCode);
            signal.cancel();
        }
        return exitCode;
    }

    private int look() throws CommandFailure, SiteException, InterruptedException {
        Configuration loaded = configuration.load(context);
        CompiledRules rules = rules(loaded);
        Terminal terminal = context.terminal();
        terminal.err().println("waiting for open transactions at " + loaded.siteIds());
        try (Shadow shadow = Shadow.begin(
                loaded.sites().stream().map(SiteSettings::endpoint).toList(),
                rules.tables().tables(),
                rules.catalogs(),
                rules.policies(),
                delay,
                end)) {
            terminal.err().println("reading; nothing is written");
            ShadowReport report = shadow.watch(time.orElse(FOR_EVER), REPORT_EVERY, this::line);
            if (json) {
                Json.print(terminal, document(report));
            } else {
                print(report);
            }
            return report.collisionCount() == 0 ? ExitCode.FINE : ExitCode.FOUND;
        }
    }

    private CompiledRules rules(Configuration loaded) throws CommandFailure, SiteException {
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            connections.requireAll();
            List<Finding> errors = CheckReport.of(loaded, connections).findings().stream()
                    .filter(finding -> finding.isError() && !finding.code().equals(WholeRows.CODE))
                    .toList();
            if (!errors.isEmpty()) {
                FindingPrinter.print(
                        errors, context.terminal(), context.terminal().err());
                throw new CommandFailure(
                        ExitCode.FAILED, FindingPrinter.counted(errors.size(), "error") + " must be mended first");
            }
            return CompiledRules.of(loaded, connections);
        }
    }

    private void line(ShadowReport report) {
        String traffic = report.sites().entrySet().stream()
                .map(site ->
                        "%s %,.0f tx/s".formatted(site.getKey(), site.getValue().transactions() / report.seconds()))
                .collect(Collectors.joining("   "));
        context.terminal()
                .err()
                .println("%5.0f s   %s   collisions %,d".formatted(report.seconds(), traffic, report.collisionCount()));
        context.terminal().err().flush();
    }

    private void print(ShadowReport report) {
        Terminal terminal = context.terminal();
        TextTable traffic = new TextTable("SITE", ">TX/S", ">CHANGES", ">MB/H", ">LAG P50 MS", ">LAG P99 MS");
        report.sites()
                .forEach((site, seen) -> traffic.row(
                        site.name(),
                        "%,.1f".formatted(seen.transactions() / report.seconds()),
                        "%,d".formatted(seen.changes()),
                        "%,.1f".formatted(seen.bytes() / 1e6 / report.seconds() * 3_600),
                        "%,d".formatted(seen.lagMillis50()),
                        "%,d".formatted(seen.lagMillis99())));
        traffic.print(terminal);
        terminal.out().println();
        if (report.collisionCount() == 0) {
            terminal.out()
                    .println("nothing would have collided in %.0f s, had changes taken %s to be at the other sites"
                            .formatted(report.seconds(), words(delay)));
            return;
        }
        TextTable collisions = new TextTable("TABLE", "KIND", "BY", "STANDS", ">COLLISIONS", ">AN HOUR");
        report.collisions()
                .forEach((outcome, count) -> collisions.row(
                        outcome.table().toString(),
                        outcome.kind(),
                        outcome.rule(),
                        outcome.result(),
                        "%,d".formatted(count),
                        "%,.0f".formatted(count / report.seconds() * 3_600)));
        collisions.print(terminal);
        terminal.out().println();
        for (ShadowReport.Example example : report.examples()) {
            terminal.out().println(text(example.first()) + "  and  " + text(example.second()));
        }
        terminal.out().println();
        terminal.out()
                .println("%s in %.0f s, had changes taken %s to be at the other sites"
                        .formatted(
                                FindingPrinter.counted(report.collisionCount(), "collision"),
                                report.seconds(),
                                words(delay)));
    }

    private static String words(Duration duration) {
        return duration.toMillis() % 1_000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    private static String text(ShadowReport.Side side) {
        return side.table() + " " + DifferencePrinter.keyText(side.table(), side.key()) + " at " + side.site() + " "
                + side.at();
    }

    private ObjectNode document(ShadowReport report) {
        ObjectNode document = Json.object();
        document.put("seconds", report.seconds());
        document.put("delay_ms", delay.toMillis());
        ObjectNode sites = document.putObject("sites");
        report.sites().forEach((site, seen) -> traffic(sites, site, seen));
        document.put("collision_count", report.collisionCount());
        ArrayNode collisions = document.putArray("collisions");
        report.collisions().forEach((outcome, count) -> {
            ObjectNode item = outcome(outcome);
            item.put("count", count);
            collisions.add(item);
        });
        ArrayNode examples = document.putArray("examples");
        for (ShadowReport.Example example : report.examples()) {
            ObjectNode item = outcome(example.outcome());
            ArrayNode sides = item.putArray("changes");
            for (ShadowReport.Side side : new ArrayList<>(List.of(example.first(), example.second()))) {
                ObjectNode change = sides.addObject();
                change.put("site", side.site().name());
                change.put("at", Json.time(side.at()));
                change.put("table", side.table().toString());
                change.set("key", Json.key(side.table(), side.key()));
            }
            examples.add(item);
        }
        return document;
    }

    private static void traffic(ObjectNode sites, SiteId site, ShadowReport.Traffic seen) {
        ObjectNode item = sites.putObject(site.name());
        item.put("transactions", seen.transactions());
        item.put("changes", seen.changes());
        item.put("bytes", seen.bytes());
        item.put("lag_p50_ms", seen.lagMillis50());
        item.put("lag_p99_ms", seen.lagMillis99());
    }

    private static ObjectNode outcome(ShadowReport.Outcome outcome) {
        ObjectNode item = Json.object();
        item.put("table", outcome.table().toString());
        item.put("kind", outcome.kind());
        item.put("by", outcome.rule());
        item.put("stands", outcome.result());
        return item;
    }
}
