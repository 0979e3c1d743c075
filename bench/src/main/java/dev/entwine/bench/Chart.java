package dev.entwine.bench;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The results as a drawing: backlogs as shares of what the source's decoder brings forth alone, with the range of all pairs as a thin
 * line, and lags in milliseconds. Follows the reader's light or dark scheme.
 */
final class Chart {
    private static final int WIDTH = 860;
    private static final int LEFT = 190;
    private static final int BARS = 430;
    private static final int BAR = 13;
    private static final int GROUP = 44;
    private static final int TITLE = 46;
    private static final int LETTER = 7;
    private static final int MARGIN = 24;
    private static final double TICK = 0.25;
    private static final String STYLE = """
        <style>
        svg { background: #ffffff; font: 13px system-ui, sans-serif; }
        text { fill: #1b1f24; } .faint { fill: #57606a; font-size: 12px; } .title { font-weight: 600; font-size: 15px; }
        .entwine { fill: #0b63ce; } .native { fill: #8c959f; } .line { stroke: #d0d7de; } .range { stroke: #1b1f24; }
        @media (prefers-color-scheme: dark) {
        svg { background: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9198a1; }
        .entwine { fill: #539bf5; } .native { fill: #6e7681; } .line { stroke: #30363d; } .range { stroke: #e6edf3; }
        }
        </style>
        """;

    private final Results results;
    private final StringBuilder body = new StringBuilder();
    private int y = MARGIN;

    private Chart(Results results) {
        this.results = results;
    }

    static String of(Results results) {
        Chart chart = new Chart(results);
        chart.shares();
        chart.lags();
        int height = chart.y + MARGIN;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + height + "\" width=\"" + WIDTH
                + "\" height=\"" + height
                + "\" role=\"img\" aria-label=\"Entwine beside the server's own replication\">\n"
                + STYLE + chart.body + "</svg>\n";
    }

    private void shares() {
        List<Measure> measures = results.measures().stream()
                .filter(measure -> measure.headline()
                        && results.spread(measure, Measure.LIMIT).isPresent())
                .toList();
        if (measures.isEmpty()) {
            return;
        }
        double most = 1;
        for (Measure measure : measures) {
            double limit = results.spread(measure, Measure.LIMIT).orElseThrow().median();
            for (Rival rival : Rival.values()) {
                most = Math.max(
                        most, spread(measure, rival).map(Spread::greatest).orElse(0.0) / limit);
            }
        }
        title("Backlogs: changes a second, as a share of what the source's decoder brings forth alone");
        int top = y;
        int bottom = y + measures.size() * GROUP;
        for (double share = 0; share <= most; share += TICK) {
            double x = LEFT + BARS * share / most;
            line("line", x, top - 6, x, bottom);
            text("faint", x, bottom + 14, "middle", Math.round(100 * share) + " %");
        }
        for (Measure measure : measures) {
            double limit = results.spread(measure, Measure.LIMIT).orElseThrow().median();
            group(measure, measure.workload(), most * limit);
        }
        y += MARGIN + TITLE / 2;
    }

    private void lags() {
        List<Measure> measures = results.measures().stream()
                .filter(measure -> List.of("lag p50", "lag p99").contains(measure.name()))
                .toList();
        if (measures.isEmpty()) {
            return;
        }
        double most = 0;
        for (Measure measure : measures) {
            for (Rival rival : Rival.values()) {
                most = Math.max(
                        most, spread(measure, rival).map(Spread::greatest).orElse(0.0));
            }
        }
        title("Lag under load, from the commit at one site until visible at the other, ms (shorter is better)");
        for (Measure measure : measures) {
            group(measure, measure.workload() + " " + measure.name().replace("lag ", ""), most);
        }
    }

    private void title(String text) {
        text("title", MARGIN, y + 4, "start", text);
        double legend = y + 26;
        double x = MARGIN;
        for (Rival rival : Rival.values()) {
            rectangle(rival.label(), x, legend - BAR + 2, BAR);
            text("faint", x + BAR + 6, legend, "start", name(rival));
            x += BAR + MARGIN + LETTER * name(rival).length();
        }
        text("faint", x, legend, "start", "thin line: least and greatest of all pairs");
        y += TITLE;
    }

    private static String name(Rival rival) {
        return rival == Rival.ENTWINE ? "Entwine" : "the server's own replication";
    }

    private void group(Measure measure, String label, double most) {
        text("", LEFT - 10, y + BAR + 6, "end", label);
        double at = y;
        for (Rival rival : Rival.values()) {
            Optional<Spread> spread = spread(measure, rival);
            if (spread.isPresent()) {
                bar(rival, spread.get(), most, at);
            }
            at += BAR + 2;
        }
        results.ratio(measure, Rival.ENTWINE.label(), Rival.NATIVE.label())
                .ifPresent(ratio -> text(
                        "faint", WIDTH - MARGIN, y + BAR + 6, "end", String.format(Locale.ROOT, "ratio %.2f", ratio)));
        y += GROUP;
    }

    private void bar(Rival rival, Spread spread, double most, double at) {
        rectangle(rival.label(), LEFT, at, BARS * spread.median() / most);
        double middle = at + BAR / 2.0;
        line("range", LEFT + BARS * spread.least() / most, middle, LEFT + BARS * spread.greatest() / most, middle);
        text(
                "faint",
                LEFT + BARS * spread.greatest() / most + 6,
                at + BAR - 2,
                "start",
                Report.number(spread.median()));
    }

    private Optional<Spread> spread(Measure measure, Rival rival) {
        return results.spread(measure, rival.label());
    }

    private void rectangle(String style, double x, double top, double width) {
        body.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>%n",
                style,
                x,
                top,
                width,
                BAR));
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        body.append(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                style,
                x1,
                y1,
                x2,
                y2));
    }

    private void text(String style, double x, double baseline, String anchor, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                style,
                x,
                baseline,
                anchor,
                text));
    }
}
