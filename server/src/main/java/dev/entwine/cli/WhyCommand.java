package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells a row's story. */
@Command(
        name = "why",
        description =
                "Tell a row's story at every site: what stands there and who wrote it, what it won and lost, and what"
                        + " it waits for.")
final class WhyCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(index = "1", paramLabel = "TABLE", description = "schema.name, or the name alone")
    private String table = "";

    @Parameters(
            index = "2",
            paramLabel = "KEY",
            description = "column=value,... of the primary key, or the value alone of a key of one column")
    private String key = "";

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    WhyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            List<SiteId> sites =
                    JournalSites.of(connections, context.terminal()).sites();
            RowStory story = new StoryFinder(connections, sites).find(table, key);
            if (json) {
                Json.print(context.terminal(), story.document());
            } else {
                new StoryPrinter(context.terminal()).print(story);
            }
            return ExitCode.FINE;
        }
    }
}
