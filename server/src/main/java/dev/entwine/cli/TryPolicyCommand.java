package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteException;
import dev.entwine.journal.Filter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;

/** Asks other policies about conflicts that were decided already. */
@Command(
        name = "try-policy",
        description = {
            "Tell what the policies of CONFIG would have made of recorded conflicts; writes nothing.",
            "Exit code 3 when there are differences."
        })
final class TryPolicyCommand implements Callable<Integer> {
    private static final String LIVE = "live";
    private static final String STANDARD_INPUT = "-";

    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Option(
            names = "--against",
            paramLabel = "JOURNAL",
            required = true,
            description = "a file made by 'conflicts CONFIG export', '-' for standard input, or 'live': the sites' own"
                    + " journal")
    private String against = "";

    @Option(names = "--json", description = "one JSON document")
    private boolean json;

    TryPolicyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        Configuration loaded = configuration.load(context);
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            TrialReport report = new TrialReport(trial(loaded, connections));
            if (against.equals(LIVE)) {
                JournalSites.of(connections, context.terminal())
                        .read(
                                Filter.ALL,
                                false,
                                Long.MAX_VALUE,
                                entry -> report.add(new RecordedConflict(ConflictDocument.of(entry))));
            } else {
                read(report);
            }
            if (json) {
                Json.print(context.terminal(), report.document());
            } else {
                report.print(context.terminal());
            }
            return report.hasDifferences() ? ExitCode.FOUND : ExitCode.FINE;
        }
    }

    private static PolicyTrial trial(Configuration loaded, SiteConnections connections)
            throws CommandFailure, SiteException {
        CompiledRules rules = CompiledRules.of(loaded, connections);
        return new PolicyTrial(loaded, rules.tables().tables(), rules.policies());
    }

    private void read(TrialReport report) throws CommandFailure {
        try (BufferedReader lines = against.equals(STANDARD_INPUT)
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(against))) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    report.add(conflict(line, number));
                }
            }
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the journal '" + against + "' cannot be read (" + e
                            + "); name a file made by 'conflicts CONFIG export', '-', or 'live'");
        }
    }

    private RecordedConflict conflict(String line, int number) throws CommandFailure {
        String what;
        try {
            return RecordedConflict.of(Json.parse(line));
        } catch (JacksonException e) {
            what = "it is not JSON";
        } catch (RecordedConflict.NotOneException e) {
            what = String.valueOf(e.getMessage());
        }
        throw new CommandFailure(
                ExitCode.USAGE,
                against + ", line " + number + ": not a conflict of an export: " + what
                        + "; make the file with 'conflicts CONFIG export --format json'");
    }
}
