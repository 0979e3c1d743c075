package dev.entwine.cli;

import dev.entwine.engine.TrafficForecast;
import dev.entwine.forecast.Forecast;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The document of {@code forecast --json}. */
final class ForecastDocument {
    private static final double HOUR_SECONDS = 3600;

    private ForecastDocument() {}

    /** By the formula alone. */
    static ObjectNode uniform(double rate, double rows, Duration latency, int sites) {
        double perSecond = Forecast.uniform(rate, rows, latency.toNanos() / 1e9, sites);
        ObjectNode document = Json.object();
        document.put("collisions_per_hour", perSecond * HOUR_SECONDS);
        document.put("collisions_per_second", perSecond);
        document.put("rate", rate);
        document.put("rows", rows);
        document.put("latency_ms", latency.toNanos() / 1e6);
        document.put("sites", sites);
        return document;
    }

    /** From traffic. */
    static ObjectNode of(TrafficForecast seen, Duration cut, List<PolicyAdvice.Table> advice) {
        ObjectNode document = Json.object();
        document.put("collisions_per_hour", seen.expectedPerHour());
        document.put("observed_per_hour", seen.observedPerHour());
        document.put("seen_ms", Math.round(seen.seconds() * 1_000));
        ArrayNode tables = document.putArray("tables");
        for (TrafficForecast.Table table : seen.tables()) {
            ObjectNode node = tables.addObject();
            node.put("table", table.table().toString());
            node.put("changes_per_second", table.rate());
            node.put("collisions_per_hour", table.expectedPerHour());
            node.put("observed_per_hour", table.observedPerHour());
            latencies(node.putArray("latencies"), seen, table);
        }
        Forecast.Cut met = seen.cut(cut.toMillis() / 1e3);
        document.putObject("cut")
                .put("for_ms", cut.toMillis())
                .put("rows", met.rows())
                .put("collisions", met.collisions());
        advice(document.putArray("advice"), advice);
        return document;
    }

    private static void latencies(ArrayNode node, TrafficForecast seen, TrafficForecast.Table table) {
        for (int from = 0; from < seen.sites().size(); from++) {
            for (int to = 0; to < seen.sites().size(); to++) {
                if (from != to) {
                    node.addObject()
                            .put("from", seen.sites().get(from).name())
                            .put("to", seen.sites().get(to).name())
                            .put("latency_ms", table.delays().get(from).get(to).meanSeconds() * 1e3);
                }
            }
        }
    }

    private static void advice(ArrayNode node, List<PolicyAdvice.Table> advice) {
        for (PolicyAdvice.Table table : advice) {
            ObjectNode each = node.addObject();
            each.put("table", table.table().toString());
            each.put("policy", table.policy());
            each.put("conflicts", table.conflicts());
            each.put("unknown", table.unknown());
            each.put("merge", table.merge());
            ObjectNode sums = each.putObject("sum");
            table.sums().forEach(sums::put);
            each.put("in_words", table.inWords());
        }
    }
}
