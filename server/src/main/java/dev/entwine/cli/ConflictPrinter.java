package dev.entwine.cli;

import dev.entwine.journal.JournalEntry;
import dev.entwine.journal.Version;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Writes journal entries for people and for machines. */
final class ConflictPrinter {
    private static final String NOT_KNOWN = "(not known)";
    private static final int CELL_LENGTH_MAX = 40;

    private final Terminal terminal;

    ConflictPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void json(JournalEntry entry) {
        Json.print(terminal, ConflictDocument.of(entry));
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
                    key(entry.key()),
                    entry.kind(),
                    entry.policy(),
                    entry.winnerNow(),
                    losers(entry),
                    entry.status(),
                    entry.id());
        }
        table.print(terminal);
    }

    /** A row's entries, each with why and with what became of it. */
    void story(List<JournalEntry> entries) {
        for (JournalEntry entry : entries) {
            terminal.out()
                    .println("  " + Json.time(entry.at()) + "  " + entry.kind() + ", won by " + entry.winnerNow()
                            + ", lost by " + losers(entry) + " (" + entry.status() + ", " + entry.id() + ")");
            terminal.out().println("    " + entry.policy() + (entry.reason().isEmpty() ? "" : ": " + entry.reason()));
            for (JsonNode revision : entry.revisions()) {
                terminal.out().println("    " + revision(revision));
            }
        }
    }

    static String key(JsonNode key) {
        return shortened(key.properties().stream()
                .map(column -> column.getKey() + "=" + column.getValue().asString("NULL"))
                .collect(Collectors.joining(", ")));
    }

    private static String losers(JournalEntry entry) {
        List<String> names = new ArrayList<>();
        for (JsonNode loser : ConflictDocument.of(entry).path("losers")) {
            names.add(loser.path("site").asString("?"));
        }
        return String.join(", ", names);
    }

    /** All that is known: who, when, why, and every version side by side; a column that is not the same in all of them is marked. */
    void whole(JournalEntry entry) {
        PrintWriter out = terminal.out();
        out.println("conflict " + terminal.bold(entry.id()) + " (" + entry.status() + ")");
        out.println(entry.table() + " " + key(entry.key()) + ", " + entry.kind() + " at " + Json.time(entry.at()));
        out.println("policy " + entry.policy() + ", winner " + terminal.green(entry.winner())
                + (entry.reason().isEmpty() ? "" : ": " + entry.reason()));
        for (JsonNode revision : entry.revisions()) {
            out.println(revision(revision));
        }
        out.println();
        if (!entry.versions().isEmpty()) {
            transactions(entry);
            out.println();
        }
        versionsSideBySide(entry);
    }

    private static String revision(JsonNode revision) {
        boolean undo = revision.path("command").asString("").equals("undo");
        String version = revision.path("stands").isString()
                ? (undo ? "brought back the version of " : "kept the version of ")
                        + revision.path("stands").asString()
                : "closed it and left the row as it was";
        return revision.path("at").asString("") + "  " + revision.path("by").asString("") + " " + version + " (at site "
                + revision.path("made_at").asString("") + ", transaction "
                + revision.path("transaction").asString("") + ")";
    }

    private void transactions(JournalEntry entry) {
        TextTable table = new TextTable("SITE", "DID", "COMMITTED", ">TRANSACTION", "POSITION");
        for (Version version : entry.versions()) {
            table.row(
                    version.site(),
                    version.operation(),
                    version.at(),
                    Long.toString(version.transaction()),
                    version.position());
        }
        table.print(terminal);
    }

    private void versionsSideBySide(JournalEntry entry) {
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
        versions.put(
                "BASE", entry.base().isNull() && wasThere ? Json.object() : entry.base()); // the log need not carry it
        for (JsonNode loser : entry.losers()) {
            versions.put("LOST: " + loser.path("site").asString("?"), loser.path("image"));
        }
        versions.put("KEPT: " + entry.winner(), entry.result());
        return versions;
    }

    private static Set<String> columns(Map<String, JsonNode> versions) {
        Set<String> columns = new LinkedHashSet<>();
        versions.values().forEach(version -> version.properties().forEach(column -> columns.add(column.getKey())));
        return columns;
    }

    static String cell(JsonNode version, String column) {
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
