package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.journal.ParkedChange;
import dev.entwine.journal.RepairStep;
import dev.entwine.journal.Repairer;
import dev.entwine.journal.RowAtSite;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Settles parked changes, row by row: what a site refused is sent to it again, or given up for what the site has. Either way the row
 * becomes the same at all sites by a change at one of them, and is in the journal as a repair.
 */
final class SettleParked {
    /** A row that is being written, or whose changes are on their way, is looked at again. */
    private static final int TRIES = 20;

    private static final Duration PAUSE = Duration.ofMillis(250);

    private static final String WRITTEN = "the row is not at rest: changes of it are on their way, or being made";

    private final SiteConnections connections;
    private final VerifiedTables tables;
    private final boolean running;
    private final String by;

    /** @param by who orders it, in words: one line */
    private SettleParked(SiteConnections connections, VerifiedTables tables, boolean running, String by) {
        this.connections = connections;
        this.tables = tables;
        this.running = running;
        this.by = by;
    }

    static SettleParked of(SiteConnections connections, String by) throws SiteException, CommandFailure {
        connections.requireAll();
        return new SettleParked(
                connections,
                VerifiedTables.of(connections),
                EngineState.of(connections).running(),
                by);
    }

    /**
     * What is to be done.
     *
     * @param reason why changes are given up; empty when they are sent again
     */
    record Order(Optional<String> reason) {
        boolean again() {
            return reason.isEmpty();
        }
    }

    /** How it ended. */
    enum State {
        /** All sites have the same row. */
        SETTLED,
        /** It is done, and on its way to the other sites. */
        SENT,
        /** The site's database has refused it once more. */
        PARKED_AGAIN,
        /** Nothing was done. */
        REFUSED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What became of a row.
     *
     * @param change one of its parked changes
     * @param what   in words
     */
    record Settled(ParkedChange change, State state, String what) {
        boolean isDone() {
            return state == State.SETTLED || state == State.SENT;
        }

        ObjectNode document() {
            ObjectNode node = Json.object();
            node.put("id", id(change)).put("site", change.site().name());
            node.put("table", change.table().toString());
            node.set("key", change.key());
            return node.put("done", isDone()).put("state", state.word()).put("what", what);
        }
    }

    static String id(ParkedChange change) {
        return change.site() + "/" + change.id();
    }

    boolean running() {
        return running;
    }

    /** The changes that are named {@code SITE/NUMBER}, as {@code parked list} shows them. */
    static List<ParkedChange> named(SiteConnections connections, List<String> names)
            throws SiteException, CommandFailure {
        List<ParkedChange> changes = new ArrayList<>();
        for (String name : names) {
            int slash = name.lastIndexOf('/');
            Optional<SiteId> site = connections.reachable().stream()
                    .filter(id -> slash >= 0 && id.name().equals(name.substring(0, slash)))
                    .findFirst();
            if (site.isEmpty() || !name.substring(slash + 1).matches("[0-9]{1,18}")) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "'" + name + "' names no parked change; 'parked CONFIG list' shows them, as SITE/NUMBER with"
                                + " SITE one of " + connections.reachable());
            }
            long id = Long.parseLong(name.substring(slash + 1));
            changes.add(connections
                    .call(
                            site.get(),
                            "reading entwine.parked",
                            connection -> ParkedChange.find(site.get(), connection, id))
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.FAILED,
                            "nothing is parked as " + name + "; 'parked CONFIG list' shows what is, it may have been"
                                    + " settled meanwhile")));
        }
        return changes;
    }

    /** Each row once, however many changes of it are named. */
    List<Settled> settle(List<ParkedChange> changes, Order order) throws SiteException {
        Map<String, ParkedChange> rows = new LinkedHashMap<>();
        for (ParkedChange change : changes) {
            String row = change.key().isNull() ? id(change) : change.site() + " " + change.table() + change.key();
            rows.putIfAbsent(row, change);
        }
        List<Settled> done = new ArrayList<>();
        for (ParkedChange change : rows.values()) {
            done.add(change.key().isNull() ? truncation(change, order) : row(change, order));
        }
        return done.stream().anyMatch(settled -> settled.state() == State.SENT) && running ? watched(done) : done;
    }

    private Settled truncation(ParkedChange change, Order order) throws SiteException {
        if (order.again()) {
            return new Settled(
                    change,
                    State.REFUSED,
                    "TRUNCATE is not carried over: delete the rows at site " + change.site()
                            + ", or discard it, and 'repair' brings them back at site " + change.source());
        }
        boolean there = connections.call(
                change.site(),
                "taking out a truncation",
                connection -> ParkedChange.deleteTruncation(connection, change.id()));
        return new Settled(
                change,
                there ? State.SETTLED : State.REFUSED,
                there
                        ? "taken out; the rows of the table are as they were: 'verify --table " + change.table()
                                + "' tells what differs"
                        : "somebody has taken it out meanwhile");
    }

    private Settled row(ParkedChange change, Order order) throws SiteException {
        Optional<Table> table = tables.tables().stream()
                .filter(candidate -> candidate.id().equals(change.table()))
                .findFirst();
        if (table.isEmpty()) {
            return new Settled(change, State.REFUSED, "the table is not synchronized any more");
        }
        String why = WRITTEN;
        for (int i = 0; i < TRIES; i++) {
            if (i > 0) {
                pause();
            }
            RowStory story = RowStory.read(connections, table.get(), key(table.get(), change.key()));
            RowAtSite here = story.site(change.site());
            if (here.parked().isEmpty()) {
                return new Settled(change, State.REFUSED, "somebody has taken it out meanwhile");
            }
            Optional<SiteId> stands = order.again() ? sender(story, change) : Optional.of(change.site());
            if (stands.isPresent()) {
                RepairStep step = step(table.get(), story, stands.get(), change, order);
                Optional<String> refused = new Repairer(connections.all(), by).settle(step, change.site());
                if (refused.isEmpty()) {
                    return done(change, step, here.parked().size());
                }
                why = refused.get();
            }
        }
        return new Settled(change, State.REFUSED, why);
    }

    private static Settled done(ParkedChange change, RepairStep step, int changes) {
        String many = changes == 1 ? "the change is" : changes + " changes of the row are";
        if (step.losers().isEmpty()) {
            return new Settled(change, State.SETTLED, many + " taken out; the row is the same at all sites");
        }
        return new Settled(
                change,
                State.SENT,
                many + " taken out, and the row is to be everywhere "
                        + (step.row().isPresent()
                                ? "as site " + step.stands() + " has it"
                                : "gone, as at site " + step.stands()));
    }

    /** The site that sent what is parked, or another one that has taken it; empty while they do not have the same row. */
    private static Optional<SiteId> sender(RowStory story, ParkedChange change) {
        String source = story.site(change.site()).parked().getLast().source();
        List<SiteId> others = story.sites().keySet().stream()
                .filter(site -> !site.equals(change.site()))
                .toList();
        List<SiteId> takers = others.stream()
                .filter(site -> story.site(site).parked().isEmpty())
                .toList();
        Set<Map<String, @Nullable String>> rows = new LinkedHashSet<>();
        takers.forEach(site -> rows.add(story.site(site).cells()));
        if (rows.size() > 1) {
            return Optional.empty();
        }
        List<SiteId> candidates = takers.isEmpty() ? others : takers;
        return candidates.stream()
                .filter(site -> site.name().equals(source))
                .findFirst()
                .or(() -> candidates.stream().findFirst());
    }

    private static RepairStep step(Table table, RowStory story, SiteId stands, ParkedChange change, Order order) {
        Map<SiteId, Optional<List<Optional<String>>>> rows = new LinkedHashMap<>();
        story.sites()
                .forEach((site, row) -> rows.put(
                        site,
                        row.there()
                                ? Optional.of(table.columns().stream()
                                        .map(column ->
                                                Optional.ofNullable(row.cells().get(column)))
                                        .toList())
                                : Optional.empty()));
        String what = "a change that the database of site " + change.site() + " had refused"
                + (change.sqlstate().isEmpty() ? "" : " (SQLSTATE " + change.sqlstate() + ")");
        return new RepairStep(
                table,
                key(table, change.key()),
                rows,
                stands,
                order.again() ? "retry" : "discard",
                order.reason().map(reason -> what + " is given up: " + reason).orElse(what + " is sent again"));
    }

    private static List<String> key(Table table, JsonNode key) {
        return table.key().stream()
                .map(column -> key.path(table.columns().get(column)).asString(""))
                .toList();
    }

    /** Until each is there, or parked again, or it takes too long. */
    private List<Settled> watched(List<Settled> sent) throws SiteException {
        List<Settled> now = sent;
        for (int i = 0; i < 2 * TRIES && now.stream().anyMatch(one -> one.state() == State.SENT); i++) {
            pause();
            List<Settled> next = new ArrayList<>();
            for (Settled one : now) {
                next.add(one.state() == State.SENT ? arrived(one) : one);
            }
            now = next;
        }
        return now;
    }

    private Settled arrived(Settled sent) throws SiteException {
        ParkedChange change = sent.change();
        Table table = tables.tables().stream()
                .filter(candidate -> candidate.id().equals(change.table()))
                .findFirst()
                .orElseThrow();
        RowStory story = RowStory.read(connections, table, key(table, change.key()));
        List<RowAtSite.Parked> parked = story.site(change.site()).parked();
        if (!parked.isEmpty()) {
            return new Settled(
                    change,
                    State.PARKED_AGAIN,
                    "the database of site " + change.site() + " refuses it again, as " + change.site() + "/"
                            + parked.getFirst().id() + ": " + parked.getFirst().error());
        }
        return story.isSame() ? new Settled(change, State.SETTLED, sent.what() + "; it is so now") : sent;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a row", e);
        }
    }
}
