package dev.entwine.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The results as {@code bench.json} has them: every value of every pair, and where they were measured. */
final class ResultsDocument {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Path LOAD = Path.of("/proc/loadavg");
    private static final Path MEMORY = Path.of("/proc/meminfo");

    private ResultsDocument() {}

    /** Tasks that were running or waiting on this machine in the last minute; measured before anything begins, it tells of other work. */
    static double load() throws IOException {
        return Double.parseDouble(Files.readString(LOAD).split(" ", -1)[0]);
    }

    /**
     * @param begun      when the first workload began
     * @param loadBefore what {@link #load} was then
     */
    static String of(Results results, Scale scale, Instant begun, double loadBefore) throws IOException {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("begun", begun.toString());
        document.put("ended", Instant.now().toString());
        document.put("pairs", scale.pairs());
        ObjectNode machine = document.putObject("machine");
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("memory_bytes", memoryBytes());
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("java", String.valueOf(Runtime.version()));
        machine.put("load_before", loadBefore);
        ObjectNode settings = document.putObject("server_settings");
        Bench.SERVER_SETTINGS.forEach(settings::put);
        ObjectNode failures = document.putObject("failures");
        results.failures().forEach(failures::put);
        ArrayNode measures = document.putArray("measures");
        results.measures().forEach(measure -> add(measures.addObject(), results, measure));
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(document);
    }

    private static long memoryBytes() throws IOException {
        String total = Files.readAllLines(MEMORY).getFirst().replaceAll("[^0-9]", "");
        return 1024 * Long.parseLong(total);
    }

    private static void add(ObjectNode node, Results results, Measure measure) {
        node.put("workload", measure.workload());
        node.put("measure", measure.name());
        node.put("unit", measure.unit());
        node.put("headline", measure.headline());
        results.of(measure).forEach((subject, values) -> add(node.putObject(subject), values));
        results.ratio(measure, Rival.ENTWINE.label(), Rival.NATIVE.label())
                .ifPresent(ratio -> node.put("ratio", rounded(ratio)));
        results.pairRatio(measure).ifPresent(ratio -> node.put("ratio_of_pairs", rounded(ratio)));
        for (Rival rival : Rival.values()) {
            results.ratio(measure, rival.label(), Measure.LIMIT)
                    .ifPresent(ratio -> node.put(rival.label() + "_of_limit", rounded(ratio)));
        }
    }

    private static void add(ObjectNode node, List<Double> values) {
        Spread spread = Spread.of(values);
        node.put("median", rounded(spread.median()));
        node.put("min", rounded(spread.least()));
        node.put("max", rounded(spread.greatest()));
        ArrayNode all = node.putArray("values");
        values.forEach(value -> all.add(rounded(value)));
    }

    private static double rounded(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.4f", value));
    }
}
