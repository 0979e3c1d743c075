package dev.entwine.cli;

import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import dev.entwine.verify.TableComparison.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints what a comparison found, for people: one line for each table, then the rows that differ, with the columns that do. */
final class DifferencePrinter {
    /** More than these nobody reads on a screen. */
    private static final int ROWS_MAX = 20;

    /** For commands that have the option. */
    static final String IN_JSON = " (--json names more of them)";

    private static final int VALUE_LENGTH_MAX = 60;

    private final Terminal terminal;

    DifferencePrinter(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What else is to be said of a row that differs, one line each. */
    interface Notes {
        List<String> of(Table table, Difference difference);
    }

    void summary(List<SiteId> sites, List<TableComparison> comparisons) {
        List<String> headings = new ArrayList<>(List.of("TABLE"));
        sites.forEach(site -> headings.add(">ROWS AT " + site.name().toUpperCase(java.util.Locale.ROOT)));
        headings.add("RESULT");
        TextTable text = new TextTable(headings.toArray(String[]::new));
        for (TableComparison comparison : comparisons) {
            List<String> cells = new ArrayList<>(List.of(comparison.table().toString()));
            sites.forEach(site -> cells.add("%,d".formatted(comparison.rows().getOrDefault(site, 0L))));
            cells.add(result(comparison));
            text.row(cells.toArray(String[]::new));
        }
        text.print(terminal);
    }

    private static String result(TableComparison comparison) {
        String differ =
                rows(comparison.differenceCount()) + (comparison.differenceCount() == 1 ? " differs" : " differ");
        String open = rows(comparison.openCount()) + " not judged";
        String byText = comparison.byText() ? " (compared as texts)" : "";
        if (comparison.differenceCount() > 0) {
            return differ + (comparison.openCount() > 0 ? ", " + open : "") + byText;
        }
        return (comparison.openCount() > 0 ? open + ", the others equal" : "equal") + byText;
    }

    static String rows(long count) {
        return "%,d %s".formatted(count, count == 1 ? "row" : "rows");
    }

    /** @param more where the others are named, in words */
    void details(List<TableComparison> comparisons, Notes notes, String more) {
        for (TableComparison comparison : comparisons) {
            List<Difference> shown =
                    comparison.differences().stream().limit(ROWS_MAX).toList();
            for (Difference difference : shown) {
                terminal.out().println();
                print(comparison.table(), difference);
                notes.of(comparison.table(), difference)
                        .forEach(note -> terminal.out().println("  " + note));
            }
            long left = comparison.differenceCount() - shown.size();
            if (left > 0) {
                terminal.out().println();
                terminal.out().println(comparison.table() + ": and " + rows(left) + " more" + more);
            }
        }
    }

    private void print(Table table, Difference difference) {
        String key = keyText(table, difference.key());
        terminal.out().println(terminal.bold(table + " " + key) + ": " + found(difference));
        if (difference.kind() == Kind.MISSING && present(difference).size() == 1) {
            return;
        }
        List<SiteId> sites = present(difference);
        List<String> headings = new ArrayList<>(List.of("  COLUMN"));
        sites.forEach(site -> headings.add(site.name()));
        TextTable text = new TextTable(headings.toArray(String[]::new));
        boolean any = false;
        for (int i : difference.columns()) {
            int column = i;
            List<String> cells = new ArrayList<>(List.of("  " + table.columns().get(i)));
            sites.forEach(site -> cells.add(shortened(value(difference, site, column))));
            text.row(cells.toArray(String[]::new));
            any = true;
        }
        if (any) {
            text.print(terminal);
        }
    }

    static String keyText(Table table, List<String> key) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            parts.add(table.columns().get(table.key().get(i)) + "=" + key.get(i));
        }
        return String.join(", ", parts);
    }

    private static List<SiteId> present(Difference difference) {
        return difference.sites().entrySet().stream()
                .filter(site -> site.getValue().isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    private String found(Difference difference) {
        if (difference.kind() == Kind.DIFFERENT) {
            return terminal.red("different");
        }
        String missing = difference.sites().entrySet().stream()
                .filter(site -> site.getValue().isEmpty())
                .map(site -> site.getKey().name())
                .collect(Collectors.joining(", "));
        String there = present(difference).stream().map(SiteId::name).collect(Collectors.joining(", "));
        return terminal.red("missing") + " at " + missing + ", there at " + there;
    }

    private static Optional<String> value(Difference difference, SiteId site, int column) {
        return difference.sites().getOrDefault(site, Optional.empty()).flatMap(row -> row.get(column));
    }

    private static String shortened(Optional<String> value) {
        if (value.isEmpty()) {
            return "NULL";
        }
        String text = value.get().replace("\n", "\\n");
        return text.isEmpty()
                ? "''"
                : text.length() <= VALUE_LENGTH_MAX
                        ? text
                        : text.substring(0, VALUE_LENGTH_MAX) + "... (" + text.length() + " characters)";
    }
}
