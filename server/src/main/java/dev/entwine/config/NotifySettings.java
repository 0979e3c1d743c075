package dev.entwine.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who is told when something needs a person.
 *
 * @param webhook an address that gets each notice as a JSON document; may be a secret
 * @param command a program with its arguments, which gets the same on its standard input; empty for none
 * @param lagMax  how long changes may wait for a site before somebody is told
 */
public record NotifySettings(Optional<String> webhook, List<String> command, Duration lagMax) {
    static final Duration LAG_MAX = Duration.ofSeconds(60);
    static final Duration LAG_MAX_MIN = Duration.ofSeconds(1);
    static final Duration LAG_MAX_MAX = Duration.ofDays(30);

    public static final NotifySettings NOBODY = new NotifySettings(Optional.empty(), List.of(), LAG_MAX);

    public NotifySettings {
        command = List.copyOf(command);
    }

    public boolean isWanted() {
        return webhook.isPresent() || !command.isEmpty();
    }

    /** Without the address, which may be a secret. */
    @Override
    public String toString() {
        return "webhook " + (webhook.isPresent() ? "given" : "none") + ", command " + command + ", lag " + lagMax;
    }
}
