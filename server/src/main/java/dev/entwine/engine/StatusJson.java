package dev.entwine.engine;

import dev.entwine.db.HeldLog;
import dev.entwine.db.SiteMarks.Known;
import dev.entwine.model.SiteId;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is noted in the lease row: the engine's status, and what is certain of the sites. */
final class StatusJson {
    private static final JsonMapper MAPPER = new JsonMapper();

    private StatusJson() {}

    static String ofSpread(Map<SiteId, Long> spread) {
        ObjectNode document = MAPPER.createObjectNode();
        spread.forEach((site, oldest) -> document.put(site.name(), oldest));
        return document.toString();
    }

    static String ofKnown(Map<SiteId, Known> known) {
        ObjectNode document = MAPPER.createObjectNode();
        known.forEach((site, of) -> document.putObject(site.name())
                .put("acknowledged", of.acknowledged().toString())
                .put("applied", of.applied().toString()));
        return document.toString();
    }

    static ObjectNode ofHeld(SiteId site, HeldLog held) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("site", site.name());
        node.put("position", held.position().toString());
        held.guards().forEach(node.withArray("guards")::add);
        return node.put("what", held.what()).put("since", held.at().toString());
    }

    static String of(EngineStatus status, VerificationState verification, ObjectNode forecast) {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("in_step", status.inStep());
        ObjectNode sites = document.putObject("sites");
        status.sites().forEach((site, state) -> {
            ObjectNode node = sites.putObject(site.name());
            node.put("connected", state.connected());
            node.put("since", state.since().toString());
            node.put("reason", state.reason());
        });
        ArrayNode links = document.putArray("links");
        for (EngineStatus.Link link : status.links()) {
            ObjectNode node = links.addObject();
            node.put("from", link.from().name());
            node.put("to", link.to().name());
            node.put("lag_ms", link.lagMs());
            node.put("queued_changes", link.queuedChanges());
            node.put("queued_bytes", link.queuedBytes());
            node.put("state", link.state());
            node.put("held", link.held());
        }
        ArrayNode guards = document.putArray("guards");
        status.guarded().forEach((site, held) -> guards.add(ofHeld(site, held)));
        ObjectNode counters = document.putObject("counters");
        counters.put("captured", status.captured());
        counters.put("applied", status.applied());
        counters.put("superseded", status.superseded());
        counters.put("conflicts", status.conflicts());
        counters.put("parked", status.parked());
        counters.put("filtered", 0);
        counters.put("in_flight", status.inFlight());
        ObjectNode memory = document.putObject("memory");
        memory.put("window_rows", status.windowRows());
        memory.put("window_conflicts", status.windowConflicts());
        memory.put("spool_memory_bytes", status.spoolMemoryBytes());
        memory.put("spool_file_bytes", status.spoolFileBytes());
        ObjectNode verifying = document.putObject("verification");
        verifying.put("doing", verification.doing());
        verifying.put("pass", Math.round(verification.share() * 1_000) / 1e3);
        document.set("forecast", forecast);
        return document.toString();
    }
}
