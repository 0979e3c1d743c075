package dev.entwine.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Prints, for people, how far the tables are proved to be equal, and which rows are not. */
final class VerificationPrinter {
    /** Of more tables only those are shown of which something is to be said. */
    private static final int TABLES_MAX = 20;

    private static final int ROWS_MAX = 20;

    private final Terminal terminal;
    private final String file;

    /** @param file the configuration, as the next step names it */
    VerificationPrinter(Terminal terminal, String file) {
        this.terminal = terminal;
        this.file = file;
    }

    void print(JsonNode verification) {
        List<JsonNode> tables = new ArrayList<>();
        verification.path("tables").forEach(tables::add);
        if (tables.isEmpty()) {
            return;
        }
        terminal.out().println();
        List<JsonNode> shown = tables.size() <= TABLES_MAX
                ? tables
                : tables.stream()
                        .filter(table -> !isFine(table))
                        .limit(TABLES_MAX)
                        .toList();
        if (!shown.isEmpty()) {
            TextTable text = new TextTable("TABLE", "LAST PROVEN EQUAL", ">ROWS", "RESULT");
            shown.forEach(table -> text.row(
                    table.path("table").asString(),
                    table.path("proven_at").asString("never yet"),
                    "%,d".formatted(table.path("rows").asLong()),
                    result(table)));
            text.print(terminal);
        }
        if (tables.size() > shown.size()) {
            terminal.out().println("and %,d tables more (--json names all)".formatted(tables.size() - shown.size()));
        }
        JsonNode pass = verification.path("pass");
        terminal.out()
                .println("verification: " + verification.path("doing").asString("")
                        + (pass.isNumber() ? ", %.0f %% of this pass done".formatted(100 * pass.asDouble()) : ""));
        alarms(verification);
    }

    private static boolean isFine(JsonNode table) {
        return table.path("proven_at").isString()
                && !table.path("late").asBoolean()
                && table.path("difference_count").asLong() == 0
                && table.path("not_judged_count").asLong() == 0
                && table.path("trouble").isNull();
    }

    private String result(JsonNode table) {
        long differences = table.path("difference_count").asLong();
        List<String> parts = new ArrayList<>();
        if (differences > 0) {
            parts.add(terminal.red(DifferencePrinter.rows(differences) + (differences == 1 ? " differs" : " differ")));
        }
        if (table.path("not_judged_count").asLong() > 0) {
            parts.add(terminal.yellow(
                    DifferencePrinter.rows(table.path("not_judged_count").asLong()) + " not judged"));
        }
        if (!table.path("trouble").isNull()) {
            parts.add(terminal.yellow(
                    "cannot be compared: " + table.path("trouble").asString("")));
        }
        if (table.path("late").asBoolean()) {
            parts.add(terminal.yellow("longer ago than verify_within"));
        }
        return parts.isEmpty() ? (table.path("proven_at").isString() ? "equal" : "") : String.join(", ", parts);
    }

    private void alarms(JsonNode verification) {
        long count = verification.path("difference_count").asLong();
        if (count == 0) {
            return;
        }
        terminal.out().println();
        List<JsonNode> rows = new ArrayList<>();
        verification.path("differences").forEach(rows::add);
        rows.stream()
                .limit(ROWS_MAX)
                .forEach(row -> terminal.out()
                        .println(terminal.red(row.path("in_words").asString("")) + " (found "
                                + row.path("found_at").asString("") + ")"));
        if (count > ROWS_MAX || count > rows.size()) {
            terminal.out()
                    .println("and " + DifferencePrinter.rows(count - Math.min(ROWS_MAX, rows.size()))
                            + " more that differ");
        }
        terminal.out()
                .println("  next: 'entwine verify " + file + "' shows the values, 'entwine repair " + file
                        + "' how the rows can be mended");
    }
}
