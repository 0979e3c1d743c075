package dev.entwine.cli;

import dev.entwine.cli.PolicyTrial.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Counts what would have been the same, and keeps what would not. Owned by one thread. */
final class TrialReport {
    private static final int SHOWN_MAX = 50;

    /** What was recorded under one policy and tried with another. */
    private record Line(String table, String now, String then) implements Comparable<Line> {
        @Override
        public int compareTo(Line other) {
            return (table + " " + then + " " + now).compareTo(other.table + " " + other.then + " " + other.now);
        }
    }

    private record Difference(RecordedConflict conflict, Verdict.Different verdict) {}

    private final PolicyTrial trial;
    /** Same, different, cannot be told. */
    private final Map<Line, long[]> counts = new TreeMap<>();

    private final List<Difference> differences = new ArrayList<>();
    /** By table and reason, the conflicts about which nothing can be told. */
    private final Map<String, List<String>> untold = new TreeMap<>();

    TrialReport(PolicyTrial trial) {
        this.trial = trial;
    }

    void add(RecordedConflict conflict) {
        Line line = new Line(
                conflict.table().toString(), trial.policyOf(conflict.table()).orElse("(none)"), conflict.policy());
        long[] count = counts.computeIfAbsent(line, same -> new long[3]);
        switch (trial.judge(conflict)) {
            case Verdict.Same same -> count[0]++;
            case Verdict.Different different -> {
                count[1]++;
                differences.add(new Difference(conflict, different));
            }
            case Verdict.CannotTell cannot -> {
                count[2]++;
                untold.computeIfAbsent(conflict.table() + ": " + cannot.why(), first -> new ArrayList<>())
                        .add(conflict.id());
            }
        }
    }

    boolean hasDifferences() {
        return !differences.isEmpty();
    }

    void print(Terminal terminal) {
        if (counts.isEmpty()) {
            terminal.out().println("no conflicts");
            return;
        }
        TextTable table = new TextTable("TABLE", "POLICY", "RECORDED UNDER", ">SAME", ">DIFFERENT", ">CANNOT BE TOLD");
        counts.forEach((line, count) -> table.row(
                line.table(),
                line.now(),
                line.then(),
                Long.toString(count[0]),
                Long.toString(count[1]),
                Long.toString(count[2])));
        table.print(terminal);
        if (!differences.isEmpty()) {
            terminal.out().println();
            differences(terminal);
        }
        if (!untold.isEmpty()) {
            terminal.out().println();
            terminal.out().println("cannot be told:");
            untold.forEach((why, ids) ->
                    terminal.out().println("  " + why + " (" + ids.size() + ", such as " + ids.getFirst() + ")"));
        }
    }

    private void differences(Terminal terminal) {
        TextTable table = new TextTable("TABLE", "KEY", "KIND", "WON", "WOULD WIN", "WHAT DIFFERS", "ID");
        for (Difference difference : differences.subList(0, Math.min(SHOWN_MAX, differences.size()))) {
            RecordedConflict conflict = difference.conflict();
            table.row(
                    conflict.table().toString(),
                    ConflictPrinter.key(conflict.document().path("key")),
                    conflict.document().path("kind").asString(""),
                    conflict.winner(),
                    difference.verdict().winner(),
                    difference.verdict().how(),
                    conflict.id());
        }
        table.print(terminal);
        if (differences.size() > SHOWN_MAX) {
            terminal.out().println("and " + (differences.size() - SHOWN_MAX) + " more; --json names all");
        }
    }

    ObjectNode document() {
        ObjectNode document = Json.object();
        ArrayNode tables = document.putArray("tables");
        counts.forEach((line, count) -> tables.addObject()
                .put("table", line.table())
                .put("policy", line.now())
                .put("recorded_under", line.then())
                .put("same", count[0])
                .put("different", count[1])
                .put("cannot_be_told", count[2]));
        ArrayNode list = document.putArray("differences");
        for (Difference difference : differences) {
            ObjectNode item = list.addObject();
            item.put("id", difference.conflict().id());
            item.put("table", difference.conflict().table().toString());
            item.set("key", difference.conflict().document().path("key"));
            item.set("kind", difference.conflict().document().path("kind"));
            ObjectNode then = item.putObject("recorded");
            then.put("winner", difference.conflict().winner());
            then.set("result", difference.conflict().result());
            then.put("open", difference.conflict().wasLeftOpen());
            ObjectNode now = item.putObject("would_be");
            now.put("winner", difference.verdict().winner());
            now.set("result", difference.verdict().result());
            now.put("open", difference.verdict().open());
            now.put("reason", difference.verdict().reason());
        }
        ArrayNode cannot = document.putArray("cannot_be_told");
        untold.forEach((why, ids) -> {
            ObjectNode item = cannot.addObject().put("why", why);
            ArrayNode names = item.putArray("ids");
            ids.forEach(names::add);
        });
        return document;
    }
}
