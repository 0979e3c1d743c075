package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.db.SiteState;
import dev.entwine.model.SiteId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
    private final EngineState state;
    private final ObjectNode published;

    private StatusDocument(List<SiteId> sites, Optional<Duration> within, EngineState state) {
        this.sites = sites;
        this.within = within;
        this.state = state;
        JsonNode document = state.freshest()
                .flatMap(SiteState.Lease::status)
                .map(Json::parse)
                .orElseGet(Json::object);
        this.published = document instanceof ObjectNode object ? object : Json.object();
    }

    static ObjectNode of(Configuration configuration, EngineState state) {
        return new StatusDocument(
                        configuration.siteIds(), configuration.engine().verifyWithin(), state)
                .document();
    }

    private ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("in_step", state.running() && published.path("in_step").asBoolean(false) && parked() == 0);
        ObjectNode siteNodes = document.putObject("sites");
        sites.forEach(site -> siteNodes.set(site.name(), site(site)));
        document.set("links", links());
        document.set("counters", counters());
        document.put("open_conflicts", most(SiteState.Lease::openConflicts));
        document.set("verification", new VerificationDocument(within, state, published).document());
        document.set("engine", engine());
        return document;
    }

    private ObjectNode site(SiteId id) {
        Optional<SiteState> reached = Optional.ofNullable(state.sites().get(id));
        ObjectNode node = Json.object();
        JsonNode said = published.path("sites").path(id.name());
        boolean engineSays = state.running() && said.isObject();
        node.put(
                "connected",
                reached.isPresent() && (!engineSays || said.path("connected").asBoolean(false)));
        node.set(
                "since",
                engineSays && reached.isPresent()
                        ? said.path("since")
                        : Json.object().nullNode());
        node.put("reachable", reached.isPresent());
        node.put("server", reached.map(site -> "PostgreSQL " + site.version()).orElse(null));
        node.put("position", reached.map(site -> site.position().toString()).orElse(null));
        node.put("wal_held_bytes", reached.map(SiteState::heldBytes).orElse(null));
        Optional<SiteState.Lease> lease = reached.flatMap(SiteState::lease);
        node.put("incarnation", lease.map(SiteState.Lease::incarnation).orElse(null));
        node.put("initialized", lease.map(SiteState.Lease::initialized).orElse(null));
        node.put("conflicts", lease.map(SiteState.Lease::conflicts).orElse(null));
        node.put("open_conflicts", lease.map(SiteState.Lease::openConflicts).orElse(null));
        node.put("parked", lease.map(SiteState.Lease::parked).orElse(null));
        return node;
    }

    private ArrayNode links() {
        if (state.running() && published.path("links") instanceof ArrayNode links) {
            return links;
        }
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
                    link.put("state", "down");
                    link.put("held", "no engine runs");
                }
            }
        }
        return links;
    }

    private ObjectNode counters() {
        ObjectNode counters = Json.object();
        COUNTERS.forEach(name -> counters.put(name, 0L));
        counters.put("conflicts", most(SiteState.Lease::conflicts));
        if (published.path("counters") instanceof ObjectNode said) {
            counters.setAll(said);
        }
        counters.put("parked", parked());
        return counters;
    }

    /** What is parked now; the engine itself only knows what it has parked since it started. */
    private long parked() {
        return leases().stream().mapToLong(SiteState.Lease::parked).sum();
    }

    private ObjectNode engine() {
        ObjectNode engine = Json.object();
        engine.put("running", state.running());
        engine.put("lease_epoch", state.freshest().map(SiteState.Lease::epoch).orElse(0L));
        engine.put("host", state.freshest().map(SiteState.Lease::host).orElse(""));
        return engine;
    }

    /** A conflict stands at several sites; what the site that has most of them says is nearest to the truth. */
    private long most(java.util.function.ToLongFunction<SiteState.Lease> number) {
        return leases().stream().mapToLong(number).max().orElse(0);
    }

    private List<SiteState.Lease> leases() {
        return state.sites().values().stream()
                .map(SiteState::lease)
                .flatMap(Optional::stream)
                .toList();
    }
}
