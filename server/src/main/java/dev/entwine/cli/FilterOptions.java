package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.journal.Filter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which entries of the journal are wanted. */
final class FilterOptions {
    private static final List<String> KINDS = List.of(
            "insert_insert",
            "update_update",
            "update_delete",
            "delete_update",
            "delete_delete",
            "unique",
            "foreign_key",
            "check",
            "repair");
    private static final List<String> STATUSES = List.of("decided", "open", "undone");

    @Option(names = "--table", paramLabel = "TABLE", description = "only of this table: schema.name, or the name alone")
    private Optional<String> table = Optional.empty();

    @Option(names = "--kind", paramLabel = "KIND", description = "only of this kind, such as update_update")
    private Optional<String> kind = Optional.empty();

    @Option(names = "--policy", paramLabel = "POLICY", description = "only decided by this policy, such as latest")
    private Optional<String> policy = Optional.empty();

    @Option(names = "--status", paramLabel = "STATUS", description = "only decided, open or undone ones")
    private Optional<String> status = Optional.empty();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "only of that time or later: 2026-11-22T12:00:00Z, 2026-11-22, or 2h (ago)")
    private Optional<Instant> since = Optional.empty();

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "only before that time")
    private Optional<Instant> until = Optional.empty();

    Filter filter(Configuration configuration, Optional<String> site) throws CommandFailure {
        return checked(configuration, new Filter(table, kind, policy, status, site, since, until));
    }

    /** @throws CommandFailure nothing has such a status or kind, or there is no such site */
    static Filter checked(Configuration configuration, Filter filter) throws CommandFailure {
        require("--status", filter.status(), STATUSES);
        require("--kind", filter.kind(), KINDS);
        require(
                "--site",
                filter.site(),
                configuration.siteIds().stream().map(Object::toString).toList());
        return filter;
    }

    private static void require(String option, Optional<String> value, List<String> allowed) throws CommandFailure {
        if (value.isPresent() && !allowed.contains(value.get())) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    option + ": there is no '" + value.get() + "'; there are: " + String.join(", ", allowed));
        }
    }

    boolean isAnyGiven() {
        return table.isPresent()
                || kind.isPresent()
                || policy.isPresent()
                || status.isPresent()
                || since.isPresent()
                || until.isPresent();
    }
}
