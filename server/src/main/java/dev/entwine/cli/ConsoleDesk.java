package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.TableRule;
import dev.entwine.console.Desk;
import dev.entwine.console.RequestException;
import dev.entwine.db.Bookkeeping;
import dev.entwine.db.ClockReading;
import dev.entwine.db.SiteException;
import dev.entwine.journal.Filter;
import dev.entwine.journal.Journal;
import dev.entwine.journal.JournalEntry;
import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives the console what the commands give. Each call has connections of its own. Safe from any thread. */
final class ConsoleDesk implements Desk {
    private static final int PARKED_MAX = 500;

    private final Context context;
    private final Configuration configuration;

    ConsoleDesk(Context context, Configuration configuration) {
        this.context = context;
        this.configuration = configuration;
    }

    /** Something that needs the sites. */
    private interface Work<T> {
        T run(SiteConnections connections) throws CommandFailure, SiteException;
    }

    /** What commands fail with becomes what requests fail with, without any password. */
    private <T> T with(Work<T> work) throws RequestException {
        try (SiteConnections connections = SiteConnections.open(configuration)) {
            return work.run(connections);
        } catch (CommandFailure e) {
            String message = context.scrub(String.valueOf(e.getMessage()));
            throw switch (e.exitCode()) {
                case ExitCode.USAGE -> RequestException.wrong(message);
                case ExitCode.FOUND -> RequestException.refused(message);
                default -> RequestException.unavailable(message);
            };
        } catch (SiteException e) {
            throw RequestException.unavailable(context.scrub(String.valueOf(e.getMessage())));
        }
    }

    @Override
    public JsonNode status() throws RequestException {
        return with(connections -> StatusDocument.of(configuration, connections));
    }

    @Override
    public JsonNode conflicts(Map<String, String> filters, int offset, int limit) throws RequestException {
        return with(connections -> {
            List<JournalEntry> found = new ArrayList<>();
            JournalSites.of(connections).read(filter(filters), true, offset + limit + 1L, found::add);
            ObjectNode document = Json.object();
            ArrayNode entries = document.putArray("entries");
            found.stream().skip(offset).limit(limit).map(ConflictDocument::of).forEach(entries::add);
            return document.put("more", found.size() > offset + limit);
        });
    }

    private Filter filter(Map<String, String> filters) throws CommandFailure {
        return FilterOptions.checked(
                configuration,
                new Filter(
                        Optional.ofNullable(filters.get("table")),
                        Optional.ofNullable(filters.get("kind")),
                        Optional.ofNullable(filters.get("policy")),
                        Optional.ofNullable(filters.get("status")),
                        Optional.ofNullable(filters.get("site")),
                        time(filters.get("since")),
                        time(filters.get("until"))));
    }

    private static Optional<Instant> time(@org.jspecify.annotations.Nullable String text) throws CommandFailure {
        try {
            return Optional.ofNullable(text).map(new TimeConverter()::convert);
        } catch (TypeConversionException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public JsonNode conflict(String id) throws RequestException {
        Optional<JournalEntry> entry =
                with(connections -> JournalSites.of(connections).find(id));
        return ConflictDocument.of(
                entry.orElseThrow(() -> RequestException.notFound("there is no conflict '" + id + "' in the journal")));
    }

    @Override
    public JsonNode decide(String action, Optional<String> site, List<String> ids, String by) throws RequestException {
        return with(connections -> {
            Revision.Kind kind = action.equals("undo") ? Revision.Kind.UNDO : Revision.Kind.KEEP;
            Optional<SiteId> wanted = Optional.empty();
            if (site.isPresent()) {
                wanted = Optional.of(site(site.get()));
            }
            return new ReviseConflicts(
                            QuietTerminal.make(), configuration, connections, JournalSites.of(connections), true)
                    .revise(kind, wanted, action.equals("as_is"), ids, at -> Author.at(configuration, at, by))
                    .document();
        });
    }

    @Override
    public JsonNode edit(String id, ObjectNode values, String by) throws RequestException {
        return with(connections -> new ReviseConflicts(
                        QuietTerminal.make(), configuration, connections, JournalSites.of(connections), true)
                .edit(id, values, at -> Author.at(configuration, at, by + ", with values of their own,"))
                .document());
    }

    @Override
    public JsonNode check() throws RequestException {
        return with(connections -> {
            CheckReport report = CheckReport.of(configuration, connections);
            return FindingPrinter.json(!report.hasErrors(), report.findings());
        });
    }

    private SiteId site(String name) throws CommandFailure {
        return configuration.siteIds().stream()
                .filter(id -> id.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.USAGE, "there is no site '" + name + "'; there are " + configuration.siteIds()));
    }

    @Override
    public JsonNode row(String table, String key) throws RequestException {
        return with(connections -> new StoryFinder(
                        connections, JournalSites.of(connections).sites())
                .find(table, key)
                .document());
    }

    @Override
    public JsonNode tables() throws RequestException {
        return with(connections -> {
            SiteId any = JournalSites.of(connections).sites().getFirst();
            List<TableId> published = connections.call(any, "reading the publication", Bookkeeping::published);
            Map<TableId, Journal.Count> counts = connections.call(any, "reading entwine.conflict", Journal::counts);
            ObjectNode document = Json.object();
            ArrayNode tables = document.putArray("tables");
            for (TableId id : published) {
                Journal.Count count = counts.getOrDefault(id, new Journal.Count(0, 0));
                ObjectNode node = tables.addObject();
                node.put("table", id.toString());
                node.put(
                        "policy",
                        configuration.ruleFor(id).map(TableRule::policyText).orElse("no rule any more"));
                ObjectNode columns = node.putObject("columns");
                configuration
                        .ruleFor(id)
                        .map(TableRule::columns)
                        .orElse(Map.of())
                        .forEach((column, policy) -> columns.put(column, policy.word()));
                node.put("conflicts", count.entries()).put("open", count.open());
            }
            return document;
        });
    }

    @Override
    public JsonNode sites() throws RequestException {
        return with(connections -> {
            ObjectNode document = Json.object();
            ArrayNode sites = document.putArray("sites");
            for (SiteId id : configuration.siteIds()) {
                ObjectNode node = sites.addObject();
                node.put("site", id.name());
                configuration
                        .site(id)
                        .ifPresent(
                                settings -> node.put("url", settings.endpoint().url())
                                        .put("user", settings.endpoint().user()));
                boolean reachable = connections.reachable().contains(id);
                node.put("reachable", reachable);
                if (reachable) {
                    ClockReading clock = connections.call(id, "reading the clock", ClockReading::read);
                    node.put("clock_ahead_ms", clock.ahead().toNanos() / 1e6);
                    node.put("clock_within_ms", clock.within().toNanos() / 1e6);
                } else {
                    node.put(
                            "trouble",
                            context.scrub(connections
                                    .trouble(id)
                                    .map(SiteConnections::describe)
                                    .orElse("")));
                }
            }
            return document;
        });
    }

    @Override
    public JsonNode parked() throws RequestException {
        return with(connections -> {
            ObjectNode document = Json.object();
            ArrayNode entries = document.putArray("entries");
            ParkedCommand.read(connections, JournalSites.of(connections), PARKED_MAX)
                    .forEach(change -> entries.add(ParkedCommand.document(change)));
            return document;
        });
    }

    @Override
    public JsonNode settle(List<String> ids, Optional<String> reason, String by) throws RequestException {
        return with(connections -> {
            ArrayNode outcomes = Json.array();
            SettleParked.of(connections, Author.console(by))
                    .settle(SettleParked.named(connections, ids), new SettleParked.Order(reason))
                    .forEach(settled -> outcomes.add(settled.document()));
            return outcomes;
        });
    }

    @Override
    public JsonNode forecast(long cutSeconds) throws RequestException {
        return with(connections ->
                ForecastCommand.ofTraffic(connections, JournalSites.of(connections), Duration.ofSeconds(cutSeconds)));
    }

    @Override
    public JsonNode verify(Optional<String> table, Progress progress) throws RequestException {
        return with(connections -> new ConsoleComparison(configuration, connections, progress)
                .verify(table.stream().toList()));
    }

    @Override
    public JsonNode repair(Optional<String> table, Optional<String> prefer, boolean apply, String by, Progress progress)
            throws RequestException {
        return with(connections -> {
            Optional<SiteId> preferred = Optional.empty();
            if (prefer.isPresent()) {
                preferred = Optional.of(site(prefer.get()));
            }
            return new ConsoleComparison(configuration, connections, progress)
                    .repair(table.stream().toList(), preferred, apply, Author.console(by));
        });
    }
}
