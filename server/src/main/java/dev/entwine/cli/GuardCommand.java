package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.HeldLog;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** What guards hold, and the answer. */
@Command(
        name = "guard",
        description = {
            "Logs that the guards of the configuration hold: 'list', with what was answered before.",
            "'allow SITE' lets through what is held of that site, and all that it has committed up to now as far as the"
                    + " same guards are concerned; after that they count anew. A running engine sees it within seconds,"
                    + " another one when it starts.",
            "Exit code 3: something is held ('list'), nothing is ('allow')."
        })
final class GuardCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    private ConfigurationArgument configuration = new ConfigurationArgument();

    @Parameters(index = "1", paramLabel = "list|allow", arity = "0..1", defaultValue = "list")
    private String action = "list";

    @Parameters(index = "2", paramLabel = "SITE", arity = "0..1", description = "with allow")
    private Optional<String> site = Optional.empty();

    @Option(names = "--json", description = "one JSON document on each line")
    private boolean json;

    GuardCommand(Context context) {
        this.context = context;
    }

    /** With the site. */
    private record Found(SiteId site, HeldLog log) {
        ObjectNode document() {
            ObjectNode node = Json.object().put("site", site.name());
            node.put("position", log.position().toString());
            log.guards().forEach(node.putArray("guards")::add);
            node.put("what", log.what()).put("since", Json.time(log.at()));
            node.put("state", log.allowed().isPresent() ? "allowed" : "held");
            log.allowed()
                    .ifPresent(allowed -> node.put(
                                    "allowed_through", allowed.through().toString())
                            .put("allowed_at", Json.time(allowed.at()))
                            .put("allowed_by", allowed.by()));
            return node;
        }
    }

    @Override
    public Integer call() throws CommandFailure, SiteException {
        boolean lists = action.equals("list");
        if (!lists && !action.equals("allow")) {
            throw new CommandFailure(ExitCode.USAGE, "'guard " + action + "' is unknown; there are: list, allow");
        } else if (lists == site.isPresent()) {
            throw new CommandFailure(ExitCode.USAGE, "usage: entwine guard CONFIG list, or allow SITE");
        }
        Configuration loaded = configuration.load(context);
        if (lists) {
            return list(loaded);
        }
        return allow(loaded, configuration.site(loaded, site.orElseThrow()));
    }

    private int list(Configuration loaded) throws CommandFailure, SiteException {
        List<Found> found = new ArrayList<>();
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            for (SiteId each : JournalSites.of(connections, context.terminal()).sites()) {
                connections
                        .call(each, "reading entwine.held", HeldLog::read)
                        .forEach(log -> found.add(new Found(each, log)));
            }
        }
        boolean held = found.stream().anyMatch(one -> one.log().allowed().isEmpty());
        if (json) {
            found.forEach(one -> Json.print(context.terminal(), one.document()));
        } else if (found.isEmpty()) {
            context.terminal().out().println("no guard holds anything, or ever did");
        } else {
            print(found);
        }
        return held ? ExitCode.FOUND : ExitCode.FINE;
    }

    private void print(List<Found> found) {
        TextTable table = new TextTable("SITE", "STATE", "SINCE", "POSITION", "WHAT", "ANSWER");
        for (Found one : found) {
            table.row(
                    one.site().name(),
                    one.log().allowed().isPresent() ? "allowed" : "held",
                    Json.time(one.log().at()),
                    one.log().position().toString(),
                    one.log().what(),
                    one.log()
                            .allowed()
                            .map(allowed -> Json.time(allowed.at()) + " by " + allowed.by())
                            .orElse("'entwine guard " + configuration.file() + " allow " + one.site() + "'"));
        }
        table.print(context.terminal());
    }

    private int allow(Configuration loaded, SiteId where) throws CommandFailure, SiteException {
        List<HeldLog> allowed;
        try (SiteConnections connections = SiteConnections.open(loaded)) {
            JournalSites.of(connections, context.terminal());
            allowed = connections.call(
                    where, "writing entwine.held", connection -> HeldLog.allow(connection, Author.at(loaded, where)));
        }
        for (HeldLog log : allowed) {
            if (json) {
                Json.print(context.terminal(), new Found(where, log).document());
            } else {
                context.terminal().out().println("allowed  " + where + "  " + log.what());
            }
        }
        if (allowed.isEmpty() && !json) {
            context.terminal().out().println("no guard holds anything of " + where);
        }
        return allowed.isEmpty() ? ExitCode.FOUND : ExitCode.FINE;
    }
}
