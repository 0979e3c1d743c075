package dev.entwine.cli;

import dev.entwine.journal.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Entries as comma-separated values (RFC 4180), with a line of names first. What is an object or a list is JSON in its cell. */
final class CsvPrinter {
    private final Terminal terminal;
    private boolean begun;

    CsvPrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    void line(JournalEntry entry) {
        JsonNode document = ConflictDocument.of(entry);
        if (!begun) {
            print(List.copyOf(document.propertyNames()));
            begun = true;
        }
        List<String> cells = new ArrayList<>();
        for (JsonNode value : document.values()) {
            cells.add(value.isNull() ? "" : value.isString() ? value.asString() : value.toString());
        }
        print(cells);
    }

    private void print(List<String> cells) {
        terminal.out()
                .print(String.join(",", cells.stream().map(CsvPrinter::quoted).toList()) + "\r\n");
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
