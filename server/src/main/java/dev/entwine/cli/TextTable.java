package dev.entwine.cli;

import java.util.ArrayList;
import java.util.List;

/** Prints rows with their columns aligned. Numbers that stand under a heading that begins with {@code >} are aligned right. */
final class TextTable {
    private static final String GAP = "  ";

    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    TextTable(String... headings) {
        this.headings = List.of(headings);
    }

    TextTable row(String... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings.size() + " headings");
        }
        rows.add(List.of(cells));
        return this;
    }

    void print(Terminal terminal) {
        List<String> titles =
                headings.stream().map(heading -> heading.replaceFirst("^>", "")).toList();
        int[] widths = new int[titles.size()];
        measure(titles, widths);
        rows.forEach(row -> measure(row, widths));
        terminal.out().println(terminal.bold(line(titles, widths)));
        rows.forEach(row -> terminal.out().println(line(row, widths)));
    }

    private static void measure(List<String> cells, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(cells.get(i)));
        }
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - width(cells.get(i)));
            boolean right = headings.get(i).startsWith(">");
            line.append(i == 0 ? "" : GAP).append(right ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.toString().stripTrailing();
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
