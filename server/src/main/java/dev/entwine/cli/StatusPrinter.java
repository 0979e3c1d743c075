package dev.entwine.cli;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Prints the status document for people. */
final class StatusPrinter {
    private final Terminal terminal;
    private final String file;

    /** @param file the configuration, as the next step names it */
    StatusPrinter(Terminal terminal, String file) {
        this.terminal = terminal;
        this.file = file;
    }

    void print(ObjectNode document) {
        engine(document);
        terminal.out().println();
        sites(document);
        terminal.out().println();
        links(document);
        terminal.out().println();
        guards(document);
        counters(document);
        new VerificationPrinter(terminal, file).print(document.path("verification"));
    }

    private void engine(ObjectNode document) {
        JsonNode engine = document.path("engine");
        String waiting = engine.path("waiting").asString("");
        if (!waiting.isEmpty()) {
            terminal.out()
                    .println("engine " + terminal.yellow("waiting") + " on "
                            + engine.path("host").asString("")
                            + " until the tables are alike again at all sites; nothing is carried over,"
                            + " nothing is lost:");
            terminal.out().println(waiting);
        } else if (engine.path("running").asBoolean()) {
            boolean inStep = document.path("in_step").asBoolean();
            long parked = document.path("counters").path("parked").asLong(0);
            terminal.out()
                    .println("engine " + terminal.green("running") + " on "
                            + engine.path("host").asString("")
                            + ", lease epoch " + engine.path("lease_epoch").asLong() + "; "
                            + (inStep ? terminal.green("in step") : terminal.yellow("not in step"))
                            + (parked == 0 ? "" : ", " + parked + " changes parked"));
        } else {
            terminal.out().println("engine " + terminal.red("not running"));
        }
    }

    private void sites(ObjectNode document) {
        TextTable table =
                new TextTable("SITE", "STATE", "SERVER", "POSITION", ">LOG HELD", ">CONFLICTS", ">OPEN", ">PARKED");
        for (Map.Entry<String, JsonNode> entry : document.path("sites").properties()) {
            JsonNode site = entry.getValue();
            table.row(
                    entry.getKey(),
                    siteState(site),
                    text(site, "server"),
                    text(site, "position"),
                    size(site.path("wal_held_bytes")),
                    text(site, "conflicts"),
                    text(site, "open_conflicts"),
                    text(site, "parked"));
        }
        table.print(terminal);
    }

    private static String siteState(JsonNode site) {
        if (!site.path("reachable").asBoolean()) {
            return "unreachable";
        }
        if (!site.path("initialized").asBoolean(false)) {
            return "not initialized";
        }
        return site.path("connected").asBoolean() ? "connected" : "engine not connected";
    }

    private void links(ObjectNode document) {
        TextTable table = new TextTable("FROM", "TO", "STATE", ">LAG", ">QUEUED", ">BYTES");
        for (JsonNode link : document.path("links")) {
            JsonNode lag = link.path("lag_ms");
            table.row(
                    text(link, "from"),
                    text(link, "to"),
                    text(link, "state"),
                    lag.isNumber() ? lag.asLong() + " ms" : "-",
                    text(link, "queued_changes"),
                    size(link.path("queued_bytes")));
        }
        table.print(terminal);
        for (JsonNode link : document.path("links")) {
            String held = link.path("held").asString("");
            if (!held.isEmpty() && document.path("engine").path("waiting").isMissingNode()) {
                terminal.out().println(text(link, "from") + " to " + text(link, "to") + " is held up: " + held);
            }
        }
    }

    private void guards(ObjectNode document) {
        for (JsonNode held : document.path("guards")) {
            String site = text(held, "site");
            terminal.out().println(terminal.yellow("a guard asks") + " about site " + site + ": " + text(held, "what"));
            terminal.out()
                    .println("  nothing that " + site + " has committed from position " + text(held, "position")
                            + " on goes elsewhere, and nothing comes to it. See 'entwine guard " + file
                            + "'; 'entwine guard "
                            + file + " allow " + site + "' lets it through");
        }
        if (!document.path("guards").isEmpty()) {
            terminal.out().println();
        }
    }

    private void counters(ObjectNode document) {
        StringBuilder line = new StringBuilder();
        for (Map.Entry<String, JsonNode> counter : document.path("counters").properties()) {
            line.append(line.isEmpty() ? "" : ", ")
                    .append(counter.getKey().replace('_', ' '))
                    .append(' ')
                    .append(counter.getValue().asString(""));
        }
        terminal.out().println(line);
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isNull() || value.isMissingNode() ? "-" : value.asString("-");
    }

    private static String size(JsonNode node) {
        if (!node.isNumber()) {
            return "-";
        }
        double size = node.asLong();
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        int unit = 0;
        while (size >= 1024 && unit < units.length - 1) {
            size /= 1024;
            unit++;
        }
        return (unit == 0 ? "%.0f %s" : "%.1f %s").formatted(size, units[unit]);
    }
}
