package dev.entwine.engine;

import dev.entwine.forecast.Delays;
import dev.entwine.forecast.KeyClass;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The forecast in the status that an engine publishes, and back. */
public final class ForecastJson {
    /** The status is written at every site every second, so it is not to be large: some 3 kB of it are this. */
    private static final int TABLES_MAX = 8;

    private static final int CLASSES_MAX = 24;
    private static final MathContext ROUNDED = new MathContext(4);

    static final ObjectNode NONE = JsonMapper.builder().build().createObjectNode();

    private ForecastJson() {}

    static ObjectNode of(TrafficForecast forecast) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode sites = document.putArray("sites");
        forecast.sites().forEach(site -> sites.add(site.name()));
        document.put("seconds", rounded(forecast.seconds()));
        ArrayNode tables = document.putArray("tables");
        forecast.tables().stream().limit(TABLES_MAX).forEach(table -> {
            ObjectNode node = tables.addObject();
            node.put("schema", table.table().schema());
            node.put("name", table.table().name());
            node.put("expected_per_hour", rounded(table.expectedPerHour()));
            node.put("observed_per_hour", rounded(table.observedPerHour()));
            ArrayNode delays = node.putArray("delays");
            table.delays().forEach(row -> delays(delays.addArray(), row));
            ArrayNode classes = node.putArray("classes");
            table.classes().stream()
                    .sorted(Comparator.comparingDouble(ForecastJson::weight).reversed())
                    .limit(CLASSES_MAX)
                    .forEach(each -> {
                        ArrayNode numbers = classes.addArray().add(rounded(each.keys()));
                        numbers(numbers, each.rates());
                    });
        });
        return document;
    }

    /** What is left out is what collides least. */
    private static double weight(KeyClass each) {
        double sum = each.rates().stream().mapToDouble(Double::doubleValue).sum();
        return each.keys()
                * each.rates().stream().mapToDouble(rate -> rate * (sum - rate)).sum();
    }

    private static void delays(ArrayNode row, List<Delays> values) {
        for (Delays each : values) {
            ArrayNode parts = row.addArray();
            each.parts()
                    .forEach(part -> parts.addArray().add(rounded(part.share())).add(rounded(part.seconds())));
        }
    }

    private static List<Delays> delays(JsonNode row) {
        List<Delays> values = new ArrayList<>();
        for (JsonNode each : row) {
            List<Delays.Part> parts = new ArrayList<>();
            each.forEach(part -> parts.add(
                    new Delays.Part(part.path(0).asDouble(), part.path(1).asDouble())));
            values.add(new Delays(parts));
        }
        return List.copyOf(values);
    }

    private static void numbers(ArrayNode node, List<Double> values) {
        values.forEach(value -> node.add(rounded(value)));
    }

    private static BigDecimal rounded(double value) {
        return BigDecimal.valueOf(value).round(ROUNDED);
    }

    /** Reads what an engine has published; empty when it has seen nothing yet. */
    public static Optional<TrafficForecast> parse(JsonNode document) {
        if (document.path("sites").isEmpty()) {
            return Optional.empty();
        }
        List<SiteId> sites = new ArrayList<>();
        document.path("sites").forEach(site -> sites.add(new SiteId(site.asString())));
        List<TrafficForecast.Table> tables = new ArrayList<>();
        for (JsonNode table : document.path("tables")) {
            List<List<Delays>> delays = new ArrayList<>();
            table.path("delays").forEach(row -> delays.add(delays(row)));
            List<KeyClass> classes = new ArrayList<>();
            table.path("classes")
                    .forEach(each -> classes.add(new KeyClass(each.path(0).asDouble(), numbers(each, 1))));
            tables.add(new TrafficForecast.Table(
                    new TableId(
                            table.path("schema").asString(), table.path("name").asString()),
                    classes,
                    delays,
                    table.path("expected_per_hour").asDouble(),
                    table.path("observed_per_hour").asDouble()));
        }
        return Optional.of(new TrafficForecast(sites, document.path("seconds").asDouble(), tables));
    }

    private static List<Double> numbers(JsonNode array, int from) {
        List<Double> values = new ArrayList<>();
        for (int i = from; i < array.size(); i++) {
            values.add(array.path(i).asDouble());
        }
        return List.copyOf(values);
    }
}
