package dev.entwine.cli;

import dev.entwine.journal.JournalEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes journal entries for people and for machines. */
final class ConflictPrinter {
    private static final String NOT_KNOWN = "(not known)";
    private static final int CELL_LENGTH_MAX = 40;

    private final Terminal terminal;

    ConflictPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void json(JournalEntry entry) {
        ObjectNode document = Json.object();
        document.put("id", entry.id());
        document.put("at", Json.time(entry.at()));
        document.put("table", entry.table().toString());
        document.set("key", Json.parse(entry.key()));
        document.put("kind", entry.kind());
        document.put("policy", entry.policy());
        document.put("status", entry.status());
        document.put("winner", entry.winner());
        document.set("losers", Json.parse(entry.losers()));
        document.set("base", Json.parse(entry.base().orElse("null")));
        document.set("result", Json.parse(entry.result().orElse("null")));
        Json.print(terminal, document);
    }

    void table(List<JournalEntry> entries) {
        if (entries.isEmpty()) {
            terminal.out().println("no conflicts");
            return;
        }
        TextTable table = new TextTable("AT", "TABLE", "KEY", "KIND", "POLICY", "WINNER", "LOST", "STATUS", "ID");
        for (JournalEntry entry : entries) {
            table.row(
                    Json.time(entry.at()),
                    entry.table().toString(),
                    key(entry),
                    entry.kind(),
                    entry.policy(),
                    entry.winner(),
                    losers(entry),
                    entry.status(),
                    entry.id());
        }
        table.print(terminal);
    }

    private static String key(JournalEntry entry) {
        return shortened(Json.parse(entry.key()).properties().stream()
                .map(column -> column.getKey() + "=" + column.getValue().asString("NULL"))
                .collect(Collectors.joining(", ")));
    }

    private static String losers(JournalEntry entry) {
        List<String> names = new ArrayList<>();
        for (JsonNode loser : Json.parse(entry.losers())) {
            names.add(loser.path("site").asString("?"));
        }
        return String.join(", ", names);
    }

    /** The base and every version side by side; a column that is not the same in all of them is marked. */
    void whole(JournalEntry entry) {
        terminal.out().println("conflict " + terminal.bold(entry.id()) + " (" + entry.status() + ")");
        terminal.out().println(entry.table() + " " + key(entry) + ", " + entry.kind() + " at " + Json.time(entry.at()));
        terminal.out()
                .println("policy " + entry.policy() + ", winner " + terminal.green(entry.winner()) + ", version "
                        + entry.vector());
        terminal.out().println();
        Map<String, JsonNode> versions = versions(entry);
        List<String> headings = new ArrayList<>(List.of("", "COLUMN"));
        headings.addAll(versions.keySet());
        TextTable table = new TextTable(headings.toArray(String[]::new));
        for (String column : columns(versions)) {
            List<String> cells = new ArrayList<>();
            versions.values().forEach(version -> cells.add(cell(version, column)));
            Set<String> distinct = new LinkedHashSet<>(cells);
            distinct.remove(NOT_KNOWN);
            List<String> row = new ArrayList<>(List.of(distinct.size() > 1 ? "*" : "", column));
            row.addAll(cells);
            table.row(row.toArray(String[]::new));
        }
        table.print(terminal);
    }

    private static Map<String, JsonNode> versions(JournalEntry entry) {
        Map<String, JsonNode> versions = new LinkedHashMap<>();
        boolean wasThere = !entry.kind().equals("insert_insert");
        versions.put("BASE", Json.parse(entry.base().orElse(wasThere ? "{}" : "null"))); // the log need not carry it
        for (JsonNode loser : Json.parse(entry.losers())) {
            String title = "LOST: " + loser.path("site").asString("?");
            while (versions.containsKey(title)) {
                title += "'";
            }
            versions.put(title, loser.path("image"));
        }
        versions.put("KEPT: " + entry.winner(), Json.parse(entry.result().orElse("null")));
        return versions;
    }

    private static Set<String> columns(Map<String, JsonNode> versions) {
        Set<String> columns = new LinkedHashSet<>();
        versions.values().forEach(version -> version.properties().forEach(column -> columns.add(column.getKey())));
        return columns;
    }

    private static String cell(JsonNode version, String column) {
        if (!version.isObject()) {
            return "(no row)";
        }
        JsonNode value = version.path(column);
        if (value.isMissingNode()) {
            return NOT_KNOWN;
        }
        return value.isNull() ? "NULL" : shortened(value.asString(value.toString()));
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\R", " ");
        return line.codePointCount(0, line.length()) <= CELL_LENGTH_MAX
                ? line
                : line.substring(0, line.offsetByCodePoints(0, CELL_LENGTH_MAX - 3)) + "...";
    }
}
