package dev.entwine.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Shows the document of {@code forecast} to people. */
final class ForecastPrinter {
    private final Terminal terminal;

    ForecastPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void uniform(JsonNode document) {
        terminal.out()
                .println(terminal.bold(number(document.path("collisions_per_hour"))) + " collisions an hour are to be"
                        + " expected, if every row is changed equally often");
        terminal.out()
                .println("  (N-1)/N R² L / D with N = " + document.path("sites").asInt() + " sites, R = "
                        + number(document.path("rate")) + " changes a second, L = "
                        + number(document.path("latency_ms")) + " ms, D = " + number(document.path("rows")) + " rows");
    }

    void traffic(JsonNode document) {
        Duration seen = Duration.ofMillis(document.path("seen_ms").asLong());
        terminal.out()
                .println(terminal.bold(number(document.path("collisions_per_hour"))) + " collisions an hour are to be"
                        + " expected; observed: " + number(document.path("observed_per_hour")) + " an hour");
        terminal.out()
                .println("  from the traffic of the last " + seen.toMinutes() + " min " + seen.toSecondsPart() + " s"
                        + (document.path("engine_running").asBoolean() ? "" : " before the engine ended"));
        terminal.out().println();
        tables(document.path("tables"));
        JsonNode cut = document.path("cut");
        terminal.out()
                .println("if the sites did not hear of each other for "
                        + Duration.ofMillis(cut.path("for_ms").asLong()).toSeconds() + " s: "
                        + number(cut.path("rows")) + " rows changed at more than one site, "
                        + number(cut.path("collisions")) + " collisions");
        for (JsonNode table : document.path("advice")) {
            terminal.out()
                    .println("of the last " + number(table.path("conflicts")) + " conflicts of "
                            + table.path("table").asString() + " ("
                            + table.path("policy").asString() + "): "
                            + table.path("in_words").asString());
        }
    }

    private void tables(JsonNode tables) {
        TextTable table = new TextTable("TABLE", ">CHANGES/S", ">EXPECTED/H", ">OBSERVED/H", "MEAN LATENCY");
        for (JsonNode each : tables) {
            table.row(
                    each.path("table").asString(),
                    number(each.path("changes_per_second")),
                    number(each.path("collisions_per_hour")),
                    number(each.path("observed_per_hour")),
                    latencies(each.path("latencies")));
        }
        table.print(terminal);
        terminal.out().println();
    }

    private static String latencies(JsonNode links) {
        List<String> words = new ArrayList<>();
        for (JsonNode link : links) {
            words.add(link.path("from").asString() + " to " + link.path("to").asString() + " "
                    + number(link.path("latency_ms")) + " ms");
        }
        return String.join(", ", words);
    }

    private static String number(JsonNode value) {
        double number = value.asDouble();
        return String.format(Locale.ROOT, Math.abs(number) < 10 && number % 1 != 0 ? "%.3g" : "%,.0f", number);
    }
}
