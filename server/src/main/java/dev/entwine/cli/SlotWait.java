package dev.entwine.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How long a command that makes slots waits for the transactions that are open then. */
final class SlotWait {
    @Option(
            names = "--slot-wait",
            paramLabel = "DURATION",
            defaultValue = "60s",
            converter = DurationConverter.class,
            description = "how long to wait for open transactions when a slot is created (default: ${DEFAULT-VALUE})")
    private Duration atMost = Duration.ofSeconds(60);

    /** At least 1. */
    int seconds() {
        return (int) Math.max(1, atMost.toSeconds());
    }
}
