package dev.entwine.cli;

import dev.entwine.journal.RepairStep;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.TableComparison;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What was found to be repaired, and what was done about it.
 *
 * @param outcomes of the steps that were tried: why not, where it was not done
 * @param applied  whether any were to be tried
 * @param running  whether an engine brings them to the other sites
 */
record RepairReport(
        List<TableComparison> comparisons,
        RepairPlan plan,
        Map<RepairStep, Optional<String>> outcomes,
        boolean applied,
        boolean running) {
    /** A row of a table. */
    private record Row(Table table, List<String> key) {}

    boolean isMended() {
        return notJudged() == 0 && differences() == done();
    }

    private long differences() {
        return comparisons.stream().mapToLong(TableComparison::differenceCount).sum();
    }

    private long notJudged() {
        return comparisons.stream().mapToLong(TableComparison::openCount).sum();
    }

    private long done() {
        return outcomes.values().stream().filter(Optional::isEmpty).count();
    }

    private long unnamed() {
        return differences() - plan.steps().size() - plan.undecided().size();
    }

    void print(Terminal terminal, String file) {
        DifferencePrinter printer = new DifferencePrinter(terminal);
        Map<Row, List<String>> notes = notes(terminal);
        printer.details(
                comparisons,
                (table, difference) -> notes.getOrDefault(new Row(table, difference.key()), List.of()),
                DifferencePrinter.IN_JSON);
        if (differences() > 0) {
            terminal.out().println();
        }
        verdict(terminal, file);
    }

    private Map<Row, List<String>> notes(Terminal terminal) {
        Map<Row, List<String>> notes = new HashMap<>();
        for (RepairStep step : plan.steps()) {
            List<String> lines =
                    new ArrayList<>(List.of(what(step) + " (" + step.policy() + ": " + step.reason() + ")"));
            Optional<String> outcome = outcomes.get(step);
            if (applied && outcome != null) {
                lines.add(outcome.map(why -> terminal.yellow("not repaired") + ": " + why)
                        .orElse(terminal.green("repaired") + " at " + step.at()));
            }
            notes.put(new Row(step.table(), step.key()), lines);
        }
        plan.undecided()
                .forEach(row -> notes.put(
                        new Row(row.table(), row.key()),
                        List.of(terminal.yellow("undecided") + ": " + row.why(), "next: " + row.next())));
        return notes;
    }

    private static String what(RepairStep step) {
        String losers = step.losers().stream().map(SiteId::name).collect(Collectors.joining(", "));
        return step.row().isEmpty()
                ? "is to be deleted at " + losers
                : "is to be at " + losers + " as it is at " + step.stands();
    }

    private void verdict(Terminal terminal, String file) {
        long left = differences() - done();
        if (applied && done() > 0) {
            terminal.out()
                    .println(terminal.green(DifferencePrinter.rows(done()) + " repaired")
                            + "; what was lost is in the journal ('entwine conflicts " + file
                            + " list --kind repair')");
            terminal.out()
                    .println("  next: "
                            + (running
                                    ? "'entwine wait " + file + "' returns when every site has them"
                                    : "'entwine run " + file + "' brings them to the other sites: no engine runs now"));
        }
        if (left > 0) {
            long refused =
                    outcomes.values().stream().filter(Optional::isPresent).count();
            String undecided = plan.undecided().isEmpty()
                    ? ""
                    : left == plan.undecided().size()
                            ? ", undecided"
                            : ", of which "
                                    + DifferencePrinter.rows(plan.undecided().size()) + " undecided";
            terminal.out()
                    .println(
                            applied
                                    ? terminal.yellow(DifferencePrinter.rows(left) + " left") + undecided
                                    : terminal.red("different") + ": " + DifferencePrinter.rows(left) + undecided
                                            + "; nothing was written");
            if (!applied && !plan.steps().isEmpty()) {
                terminal.out()
                        .println("  next: the same with --apply repairs "
                                + DifferencePrinter.rows(plan.steps().size()));
            } else if (unnamed() > 0 || refused > 0) {
                terminal.out().println("  next: run it again for the rest");
            }
        }
        if (notJudged() > 0) {
            terminal.out()
                    .println(DifferencePrinter.rows(notJudged()) + " could not be judged; 'entwine verify " + file
                            + "' says why");
        }
        if (differences() == 0 && notJudged() == 0) {
            terminal.out().println(terminal.green("equal") + ": nothing is to be repaired");
        }
    }

    ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("mended", isMended());
        document.put("applied", applied);
        document.put("difference_count", differences());
        document.put("repaired_count", done());
        document.put("not_judged_count", notJudged());
        document.put("engine_running", running);
        ArrayNode repairs = document.putArray("repairs");
        for (RepairStep step : plan.steps()) {
            ObjectNode node = row(repairs.addObject(), step.table(), step.key());
            node.put("stands", step.stands().name());
            node.put("operation", step.row().isEmpty() ? "delete" : "update");
            node.put("at", step.at().name());
            ArrayNode losers = node.putArray("losers");
            step.losers().forEach(site -> losers.add(site.name()));
            node.put("policy", step.policy());
            node.put("reason", step.reason());
            Optional<String> outcome = outcomes.get(step);
            node.put("done", outcome != null && outcome.isEmpty());
            node.put("why_not", outcome == null ? null : outcome.orElse(null));
        }
        ArrayNode undecided = document.putArray("undecided");
        for (RepairPlan.Undecided row : plan.undecided()) {
            row(undecided.addObject(), row.table(), row.key())
                    .put("why", row.why())
                    .put("next", row.next());
        }
        return document;
    }

    private static ObjectNode row(ObjectNode node, Table table, List<String> key) {
        node.put("table", table.id().toString());
        node.set("key", Json.key(table, key));
        return node;
    }
}
