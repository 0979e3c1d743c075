package dev.entwine.cli;

import dev.entwine.model.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What commands that compare the sites have in common. */
final class ComparisonOptions {
    @Option(
            names = "--table",
            paramLabel = "TABLE",
            description = "this table alone, as schema.name or the name alone; may be repeated")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "how long changes that are on their way may take to arrive (default: ${DEFAULT-VALUE})")
    private Duration timeout = Duration.ofSeconds(60);

    List<Table> chosen(VerifiedTables verified) throws CommandFailure {
        return verified.chosen(tables);
    }

    Duration timeout() {
        return timeout;
    }
}
