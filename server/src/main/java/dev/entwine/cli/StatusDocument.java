package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.LeaseRow;
import dev.entwine.db.Proven;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteState;
import dev.entwine.model.SiteId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the document of {@code status --json}: what the engine published last, while it runs, and what the sites say themselves.
 * What the engine said before it stopped is shown where it still holds: its counters, not its links.
 */
final class StatusDocument {
    private static final List<String> COUNTERS =
            List.of("captured", "applied", "superseded", "conflicts", "parked", "filtered", "in_flight");

    private final List<SiteId> sites;
    private final Optional<Duration> within;
    private final Map<SiteId, SiteState> reached;
    private final EngineState state;
    private final ObjectNode published;

    private StatusDocument(List<SiteId> sites, Optional<Duration> within, Map<SiteId, SiteState> reached) {
        this.sites = sites;
        this.within = within;
        this.reached = reached;
        this.state = EngineState.of(own().map(SiteState.Own::lease).toList());
        JsonNode document =
                state.freshest().flatMap(LeaseRow::status).map(Json::parse).orElseGet(Json::object);
        this.published = document instanceof ObjectNode object ? object : Json.object();
    }

    static ObjectNode of(Configuration configuration, SiteConnections connections) throws SiteException {
        return new StatusDocument(
                        configuration.siteIds(),
                        configuration.engine().verifyWithin(),
                        connections.each(connections.reachable(), "reading the state", SiteState::read))
                .document();
    }

    private ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("in_step", state.running() && published.path("in_step").asBoolean(false) && parked() == 0);
        ObjectNode siteNodes = document.putObject("sites");
        sites.forEach(site -> siteNodes.set(site.name(), site(site)));
        document.set("links", links());
        document.set(
                "guards", state.running() && published.path("guards") instanceof ArrayNode held ? held : Json.array());
        document.set("counters", counters());
        document.put("open_conflicts", most(SiteState.Own::openConflicts));
        document.set("verification", new VerificationDocument(within, proven(), state.running(), published).document());
        document.set("engine", engine());
        return document;
    }

    private ObjectNode site(SiteId id) {
        Optional<SiteState> found = Optional.ofNullable(reached.get(id));
        ObjectNode node = Json.object();
        JsonNode said = published.path("sites").path(id.name());
        boolean engineSays = state.running() && said.isObject();
        node.put(
                "connected",
                found.isPresent() && (!engineSays || said.path("connected").asBoolean(false)));
        node.set(
                "since",
                engineSays && found.isPresent()
                        ? said.path("since")
                        : Json.object().nullNode());
        node.put("reachable", found.isPresent());
        node.put("server", found.map(site -> "PostgreSQL " + site.version()).orElse(null));
        node.put("position", found.map(site -> site.position().toString()).orElse(null));
        node.put("wal_held_bytes", found.map(SiteState::heldBytes).orElse(null));
        Optional<SiteState.Own> own = found.flatMap(SiteState::own);
        Optional<LeaseRow> lease = own.map(SiteState.Own::lease);
        node.put("incarnation", lease.map(LeaseRow::incarnation).orElse(null));
        node.put("initialized", lease.map(LeaseRow::initialized).orElse(null));
        node.put("conflicts", own.map(SiteState.Own::conflicts).orElse(null));
        node.put("open_conflicts", own.map(SiteState.Own::openConflicts).orElse(null));
        node.put("parked", own.map(SiteState.Own::parked).orElse(null));
        return node;
    }

    private ArrayNode links() {
        if (state.running() && published.path("links") instanceof ArrayNode links) {
            return links;
        }
        String waiting = state.waiting();
        ArrayNode links = Json.array();
        for (SiteId from : sites) {
            for (SiteId to : sites) {
                if (!from.equals(to)) {
                    ObjectNode link = links.addObject();
                    link.put("from", from.name());
                    link.put("to", to.name());
                    link.putNull("lag_ms");
                    link.put("queued_changes", 0);
                    link.put("queued_bytes", 0);
                    link.put("state", waiting.isEmpty() ? "down" : "paused");
                    link.put("held", waiting.isEmpty() ? "no engine runs" : waiting);
                }
            }
        }
        return links;
    }

    private ObjectNode counters() {
        ObjectNode counters = Json.object();
        COUNTERS.forEach(name -> counters.put(name, 0L));
        counters.put("conflicts", most(SiteState.Own::conflicts));
        if (published.path("counters") instanceof ObjectNode said) {
            counters.setAll(said);
        }
        counters.put("parked", parked());
        return counters;
    }

    /** What is parked now; the engine itself only knows what it has parked since it started. */
    private long parked() {
        return own().mapToLong(SiteState.Own::parked).sum();
    }

    private ObjectNode engine() {
        ObjectNode engine = Json.object();
        engine.put("running", state.running());
        if (!state.waiting().isEmpty()) {
            engine.put("waiting", state.waiting());
        }
        engine.put("lease_epoch", state.freshest().map(LeaseRow::epoch).orElse(0L));
        engine.put("host", state.freshest().map(LeaseRow::host).orElse(""));
        return engine;
    }

    /** A conflict stands at several sites; what the site that has most of them says is nearest to the truth. */
    private long most(ToLongFunction<SiteState.Own> number) {
        return own().mapToLong(number).max().orElse(0);
    }

    private Stream<SiteState.Own> own() {
        return reached.values().stream().map(SiteState::own).flatMap(Optional::stream);
    }

    private Proven proven() {
        return Proven.ofAll(reached.values().stream().map(SiteState::proven).toList());
    }
}
