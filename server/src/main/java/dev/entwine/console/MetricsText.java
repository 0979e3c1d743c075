package dev.entwine.console;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Writes metrics in the text form of Prometheus, version 0.0.4. Used once, by one thread. */
final class MetricsText {
    private final Map<String, StringBuilder> families = new LinkedHashMap<>();

    MetricsText counter(String name, String help, Number value, String... labels) {
        return add(name, "counter", help, "", value, labels);
    }

    MetricsText gauge(String name, String help, Number value, String... labels) {
        return add(name, "gauge", help, "", value, labels);
    }

    /** One line of a histogram. */
    MetricsText histogram(String name, String help, String suffix, Number value, String... labels) {
        return add(name, "histogram", help, suffix, value, labels);
    }

    /** @param labels names and values in turn */
    private MetricsText add(String name, String type, String help, String suffix, Number value, String... labels) {
        StringBuilder text = families.computeIfAbsent(
                name,
                none -> new StringBuilder("# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n"));
        text.append(name).append(suffix);
        for (int i = 0; i < labels.length; i += 2) {
            text.append(i == 0 ? '{' : ',')
                    .append(labels[i])
                    .append("=\"")
                    .append(escaped(labels[i + 1]))
                    .append('"');
        }
        text.append(labels.length == 0 ? " " : "} ").append(number(value)).append('\n');
        return this;
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"");
    }

    private static String number(Number value) {
        return value instanceof Double real ? String.format(Locale.ROOT, "%.9g", real) : value.toString();
    }

    @Override
    public String toString() {
        return String.join("", families.values());
    }
}
