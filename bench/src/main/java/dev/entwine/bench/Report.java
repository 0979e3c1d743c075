package dev.entwine.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The tables that are printed. */
final class Report {
    private static final String GAP = "  ";
    private static final String NONE = "-";
    private static final int WHOLE_FROM = 100;
    private static final int ONE_DIGIT_FROM = 10;

    private Report() {}

    /** Lines: what the workloads are about, and then what that took. */
    static List<String> lines(Results results) {
        List<String> lines = new ArrayList<>(table(headings(), rows(results, true)));
        List<List<String>> taken = rows(results, false);
        if (!taken.isEmpty()) {
            lines.add("");
            lines.addAll(table(headings(), taken));
        }
        return lines;
    }

    private static List<String> headings() {
        return List.of(
                "WORKLOAD",
                "MEASURE",
                "UNIT",
                ">ENTWINE",
                "(MIN-MAX)",
                ">NATIVE",
                "(MIN-MAX)",
                ">RATIO",
                ">OF PAIRS",
                ">LIMIT",
                ">ENTWINE/LIMIT",
                ">NATIVE/LIMIT",
                ">NOTHING");
    }

    private static List<List<String>> rows(Results results, boolean headline) {
        return results.measures().stream()
                .filter(measure -> measure.headline() == headline)
                .map(measure -> row(results, measure))
                .toList();
    }

    private static List<String> row(Results results, Measure measure) {
        String entwine = Rival.ENTWINE.label();
        String other = Rival.NATIVE.label();
        return List.of(
                measure.workload(),
                measure.name(),
                measure.unit(),
                median(results, measure, entwine),
                range(results, measure, entwine),
                median(results, measure, other),
                range(results, measure, other),
                ratio(results.ratio(measure, entwine, other)),
                ratio(results.pairRatio(measure)),
                median(results, measure, Measure.LIMIT),
                ratio(results.ratio(measure, entwine, Measure.LIMIT)),
                ratio(results.ratio(measure, other, Measure.LIMIT)),
                median(results, measure, Measure.NOTHING));
    }

    private static String median(Results results, Measure measure, String subject) {
        return results.spread(measure, subject)
                .map(spread -> number(spread.median()))
                .orElse(NONE);
    }

    private static String range(Results results, Measure measure, String subject) {
        return results.spread(measure, subject)
                .map(spread -> "(" + number(spread.least()) + "-" + number(spread.greatest()) + ")")
                .orElse(NONE);
    }

    private static String ratio(Optional<Double> ratio) {
        return ratio.map(value -> String.format(Locale.ROOT, "%.2f", value)).orElse(NONE);
    }

    /** With three digits that count, or more before the point. */
    static String number(double value) {
        String form = value >= WHOLE_FROM || value == 0 ? "%,.0f" : value >= ONE_DIGIT_FROM ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, form, value);
    }

    /** Columns aligned; numbers under a heading that begins with {@code >} to the right. Columns that say nothing are left out. */
    private static List<String> table(List<String> headings, List<List<String>> rows) {
        List<StringBuilder> lines = new ArrayList<>();
        for (int i = 0; i <= rows.size(); i++) {
            lines.add(new StringBuilder());
        }
        for (int column = 0; column < headings.size(); column++) {
            int at = column;
            if (rows.stream().allMatch(row -> row.get(at).equals(NONE))) {
                continue;
            }
            boolean right = headings.get(column).startsWith(">");
            List<String> cells = new ArrayList<>(List.of(headings.get(column).replace(">", "")));
            rows.forEach(row -> cells.add(row.get(at)));
            int width = cells.stream().mapToInt(String::length).max().orElse(0);
            for (int i = 0; i < cells.size(); i++) {
                String padding = " ".repeat(width - cells.get(i).length());
                lines.get(i)
                        .append(column == 0 ? "" : GAP)
                        .append(right ? padding + cells.get(i) : cells.get(i) + padding);
            }
        }
        return lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }
}
