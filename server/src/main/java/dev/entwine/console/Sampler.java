package dev.entwine.console;

import dev.entwine.engine.Engine;
import dev.entwine.engine.EngineStatus;
import dev.entwine.engine.Latencies;
import dev.entwine.engine.Measurements;
import dev.entwine.engine.TrafficForecast;
import dev.entwine.model.SiteId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes samples: what the engine says now, and what has changed since the sample before. Without values of rows. Owned by one thread. */
final class Sampler {
    /** Quantiles are of the last ten seconds. */
    private static final int QUANTILE_SAMPLES = 10;

    private static final long LAG_MS_MAX = 5_000;
    private static final int FORECAST_SAMPLES = 10;
    private static final String CONFLICTS = "conflicts";

    private final Deque<Moment> before = new ArrayDeque<>();
    private @Nullable Engine engine;
    private @Nullable TrafficForecast forecast;
    private String lastVerdict = "";
    private Instant since = Instant.EPOCH;
    private long taken;

    private record Moment(Instant at, Measurements measured) {}

    ObjectNode sample(Instant now, Optional<Engine> running, JsonNode status) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("at", now.toString());
        document.put("engine", running.isPresent());
        if (running.orElse(null) != engine) {
            engine = running.orElse(null);
            before.clear();
            forecast = null;
        }
        running.ifPresent(current -> engine(current, now, document));
        databases(status, document);
        String verdict = verdict(document);
        if (!verdict.equals(lastVerdict)) {
            lastVerdict = verdict;
            since = now;
        }
        return document.put("verdict", verdict).put("verdict_since", since.toString());
    }

    /** Whether the sites are in step: what is under way for a moment does not count against it. */
    private static String verdict(ObjectNode document) {
        if (!document.path("engine").asBoolean()) {
            return document.path("waiting").asString("").isEmpty() ? "stopped" : "waiting";
        }
        boolean amiss = document.path("parked").asLong() > 0
                || document.path("differences").asLong() > 0;
        boolean late = false;
        for (JsonNode link : document.path("links")) {
            amiss |= !link.path("state").asString("").equals("streaming");
            late |= link.path("lag_ms").asLong() > LAG_MS_MAX;
        }
        return amiss ? "not_in_step" : late ? "behind" : "in_step";
    }

    private void engine(Engine current, Instant now, ObjectNode document) {
        EngineStatus state = current.status();
        Measurements measured = current.measurements();
        Moment first = before.peekFirst();
        Moment last = before.peekLast();
        document.put("in_step", state.inStep());
        sites(state, measured, rate(last, now), document.putArray("sites"));
        links(state, measured, first, document.putArray("links"));
        ArrayNode guards = document.putArray("guards");
        state.guarded()
                .forEach((site, held) -> guards.addObject()
                        .put("site", site.name())
                        .put("what", held.what())
                        .put("position", held.position().toString())
                        .put("since", held.at().toString()));
        conflicts(measured, document.putArray(CONFLICTS));
        document.put("conflicts_total", state.conflicts());
        document.put("queued_changes", state.inFlight());
        document.put("spool_memory_bytes", state.spoolMemoryBytes());
        document.put("spool_file_bytes", state.spoolFileBytes());
        document.put("window_rows", state.windowRows());
        if (taken++ % FORECAST_SAMPLES == 0 || forecast == null) {
            forecast = current.forecast();
        }
        forecast(document);
        before.addLast(new Moment(now, measured));
        if (before.size() > QUANTILE_SAMPLES) {
            before.removeFirst();
        }
    }

    private void forecast(ObjectNode document) {
        TrafficForecast seen = forecast;
        if (seen != null) {
            document.put("expected_per_hour", seen.expectedPerHour());
            document.put("observed_per_hour", seen.observedPerHour());
        }
    }

    /** Gives what was counted in the second before. */
    private interface Rate {
        double of(java.util.function.ToLongFunction<Measurements> counter, Measurements now);
    }

    private static Rate rate(@Nullable Moment last, Instant now) {
        return (counter, measured) -> {
            if (last == null) {
                return 0;
            }
            double seconds = Math.max(1e-3, Duration.between(last.at(), now).toMillis() / 1e3);
            return Math.max(0, counter.applyAsLong(measured) - counter.applyAsLong(last.measured())) / seconds;
        };
    }

    private static void sites(EngineStatus state, Measurements measured, Rate rate, ArrayNode sites) {
        state.sites()
                .forEach((site, of) -> sites.addObject()
                        .put("site", site.name())
                        .put("connected", of.connected())
                        .put("since", of.since().toString())
                        .put("reason", of.reason())
                        .put(
                                "commits_per_second",
                                rate.of(all -> all.transactions().getOrDefault(site, 0L), measured))
                        .put("changes_per_second", rate.of(all -> all.captured(site), measured)));
    }

    private static void links(EngineStatus state, Measurements measured, @Nullable Moment first, ArrayNode links) {
        for (EngineStatus.Link link : state.links()) {
            ObjectNode node = links.addObject();
            node.put("from", link.from().name());
            node.put("to", link.to().name());
            node.put("state", link.state());
            node.put("held", link.held());
            node.put("lag_ms", link.lagMs());
            node.put("queued_changes", link.queuedChanges());
            node.put("queued_bytes", link.queuedBytes());
            Latencies now = latencies(measured, link.from(), link.to());
            Latencies lately = first == null ? now : now.since(latencies(first.measured(), link.from(), link.to()));
            node.put("latency_p50_ms", lately.quantileSeconds(0.5) * 1e3);
            node.put("latency_p99_ms", lately.quantileSeconds(0.99) * 1e3);
            node.put("arrived", lately.count());
        }
    }

    private static Latencies latencies(Measurements measured, SiteId from, SiteId to) {
        return measured.links().stream()
                .filter(link -> link.from().equals(from) && link.to().equals(to))
                .findFirst()
                .orElseThrow()
                .latencies();
    }

    /** Each decision stands in several journals: by table and policy, what the journal says that has most of them. */
    private static void conflicts(Measurements measured, ArrayNode conflicts) {
        Map<String, Map<SiteId, Long>> sums = new HashMap<>();
        measured.conflicts()
                .forEach((decided, count) -> sums.computeIfAbsent(
                                decided.table() + "\n" + decided.policy(), none -> new HashMap<>())
                        .merge(decided.journal(), count, Long::sum));
        sums.forEach((key, journals) -> conflicts
                .addObject()
                .put("table", key.substring(0, key.indexOf('\n')))
                .put("policy", key.substring(key.indexOf('\n') + 1))
                .put(
                        "total",
                        journals.values().stream()
                                .mapToLong(Long::longValue)
                                .max()
                                .orElse(0)));
    }

    private static void databases(JsonNode status, ObjectNode document) {
        document.put("open_conflicts", status.path("open_conflicts").asLong(0));
        document.put("journal_entries", most(status, CONFLICTS));
        document.put("parked", status.path("counters").path("parked").asLong(0));
        document.put(
                "differences",
                status.path("verification").path("difference_count").asLong(0));
        document.put("trouble", status.path("trouble").asString(""));
        document.put("waiting", status.path("engine").path("waiting").asString(""));
    }

    private static long most(JsonNode status, String name) {
        long most = 0;
        for (JsonNode site : status.path("sites")) {
            most = Math.max(most, site.path(name).asLong(0));
        }
        return most;
    }
}
