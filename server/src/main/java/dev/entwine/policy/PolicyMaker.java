package dev.entwine.policy;

import dev.entwine.config.ColumnPolicy;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.ConflictPolicy;
import dev.entwine.config.TableRule;
import dev.entwine.db.Catalog;
import dev.entwine.db.Endpoint;
import dev.entwine.merge.Arbiter;
import dev.entwine.merge.ArbitratedPolicy;
import dev.entwine.merge.CellOrder;
import dev.entwine.merge.Columns;
import dev.entwine.merge.DeleteRule;
import dev.entwine.merge.Elements;
import dev.entwine.merge.Policy;
import dev.entwine.merge.RowPolicy;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes one table's policy. Used once. */
final class PolicyMaker {
    private final TableRule rule;
    private final Table table;
    private final Catalog.Relation relation;
    private final List<SiteId> precedence;
    private final Endpoint first;
    private final List<Problem> problems;
    private boolean usable = true;

    private final List<List<Integer>> groups = new ArrayList<>();
    private final List<Integer> sums = new ArrayList<>();
    private final Map<Integer, Elements> sets = new HashMap<>();
    private final Map<Integer, CellOrder> extremes = new HashMap<>();
    private final Set<Integer> placed = new HashSet<>();

    PolicyMaker(
            TableRule rule,
            Table table,
            Catalog.Relation relation,
            List<SiteId> precedence,
            Endpoint first,
            List<Problem> problems) {
        this.rule = rule;
        this.table = table;
        this.relation = relation;
        this.precedence = precedence;
        this.first = first;
        this.problems = problems;
    }

    /** Empty when there are problems. */
    Optional<Policy> make() {
        rule.columns().forEach(this::place);
        rule.groups().forEach(this::placeGroup);
        if (rule.onConflict() == ConflictPolicy.MERGE) {
            placeOthers();
        }
        boolean asked = rule.onConflict() == ConflictPolicy.RULE || rule.onConflict() == ConflictPolicy.HANDLER;
        Columns columns = new Columns(table.columns(), groups, sums, sets, extremes, asked);
        Optional<Policy> policy = asked ? arbitrated(columns) : chosen().map(row -> whole(row, columns));
        return policy.filter(made -> usable);
    }

    private Policy whole(RowPolicy row, Columns columns) {
        return row.named(rule.policyText()).onDelete(deletes()).with(columns.isEmpty() ? Columns.NONE : columns);
    }

    private DeleteRule deletes() {
        return rule.onDelete()
                .map(policy -> switch (policy) {
                    case LATEST -> DeleteRule.LATEST;
                    case UPDATE_WINS -> DeleteRule.UPDATE_WINS;
                    case DELETE_WINS -> DeleteRule.DELETE_WINS;
                })
                .orElse(DeleteRule.AS_ROW);
    }

    private Optional<RowPolicy> chosen() {
        RowPolicy latest = RowPolicy.latest(precedence);
        return switch (rule.onConflict()) {
            case LATEST, MERGE -> Optional.of(latest);
            case EARLIEST -> Optional.of(RowPolicy.earliest(precedence));
            case PRECEDENCE -> Optional.of(RowPolicy.precedence(precedence));
            case MANUAL -> Optional.of(latest.leavingOpen());
            case HALT -> Optional.of(latest.halting());
            case GREATEST -> compared().map(by -> RowPolicy.greatest(by.column(), by.order(), precedence));
            case LEAST -> compared().map(by -> RowPolicy.least(by.column(), by.order(), precedence));
            case RULE, HANDLER -> throw new IllegalStateException(rule.onConflict() + " is not chosen by an order");
        };
    }

    private record Compared(int column, CellOrder order) {}

    private Optional<Compared> compared() {
        Optional<Integer> column = column("on_conflict", rule.argument());
        Optional<CellOrder> order = column.flatMap(index -> kind(index).order());
        if (column.isPresent() && order.isEmpty()) {
            wrongType("on_conflict", rule.argument(), rule.onConflict().word(), ColumnKind.ORDERED);
        }
        return order.map(found -> new Compared(column.orElseThrow(), found));
    }

    private Optional<Policy> arbitrated(Columns columns) {
        Optional<Arbiter> arbiter;
        if (rule.onConflict() == ConflictPolicy.RULE) {
            CelRule compiled = CelRule.compile(rule.argument(), table, relation);
            compiled.problems()
                    .forEach(what ->
                            problem("on_conflict", "the rule for table " + table + " does not compile: " + what));
            arbiter = compiled.problems().isEmpty() ? Optional.of(compiled) : Optional.empty();
        } else {
            arbiter = HandlerCall.find(rule.argument(), table, first);
            if (arbiter.isEmpty()) {
                problem(
                        "on_conflict",
                        "there is no handler " + rule.argument() + "; found by ServiceLoader: " + HandlerCall.known()
                                + ". Put its jar on the class path (ENTWINE_CLASSPATH)");
            }
        }
        RowPolicy latest = RowPolicy.latest(precedence).onDelete(deletes());
        return arbiter.map(found -> new ArbitratedPolicy(rule.policyText(), found, latest, columns, precedence));
    }

    private void place(String name, ColumnPolicy policy) {
        String part = "columns." + name;
        Optional<Integer> column = column(part, name);
        if (column.isEmpty()) {
            return;
        }
        int index = column.get();
        placed.add(index);
        switch (policy) {
            case SUM -> {
                sums.add(index);
                requireType(kind(index).canBeSummed(), part, name, "sum", ColumnKind.SUMMED);
            }
            case GREATEST, LEAST -> {
                Optional<CellOrder> order = kind(index).order();
                requireType(order.isPresent(), part, name, policy.word(), ColumnKind.ORDERED);
                order.ifPresent(by -> extremes.put(index, policy == ColumnPolicy.LEAST ? by.reversed() : by));
            }
            case UNION -> {
                Optional<Elements> elements = kind(index).elements();
                requireType(elements.isPresent(), part, name, "union", ColumnKind.UNITED);
                elements.ifPresent(found -> sets.put(index, found));
            }
            case LATEST -> groups.add(List.of(index));
        }
    }

    private void placeGroup(List<String> names) {
        List<Integer> group = new ArrayList<>();
        for (String name : names) {
            Optional<Integer> column = column("groups", name);
            if (column.isPresent() && !placed.add(column.get())) {
                problem("groups", "column " + name + " of table " + table + " has a policy of its own under columns");
            }
            column.ifPresent(group::add);
        }
        groups.add(group);
    }

    private void placeOthers() {
        for (int i = 0; i < table.columns().size(); i++) {
            if (!table.isKey(i) && placed.add(i)) {
                groups.add(List.of(i));
            }
        }
    }

    private ColumnKind kind(int column) {
        return ColumnKind.of(type(table.columns().get(column)));
    }

    private String type(String column) {
        return relation.column(column).map(Catalog.Column::type).orElse("unknown");
    }

    private Optional<Integer> column(String part, String name) {
        int index = table.columns().indexOf(name);
        List<String> allowed = table.columns().stream()
                .filter(column -> !table.isKey(table.columns().indexOf(column)))
                .toList();
        if (index < 0) {
            problem(
                    part,
                    "table " + table + " has no column '" + name + "' that is synchronized; allowed: "
                            + String.join(", ", allowed));
        } else if (table.isKey(index)) {
            problem(
                    part,
                    "column " + name + " is part of the key of table " + table + ", which never changes; allowed: "
                            + String.join(", ", allowed));
        } else {
            return Optional.of(index);
        }
        return Optional.empty();
    }

    private void requireType(boolean fits, String part, String name, String policy, String allowed) {
        if (!fits) {
            wrongType(part, name, policy, allowed);
        }
    }

    private void wrongType(String part, String name, String policy, String allowed) {
        problem(
                part,
                "column " + name + " of table " + table + " has the type " + type(name) + ", and " + policy + " is for "
                        + allowed);
    }

    private void problem(String part, String what) {
        usable = false;
        problems.add(rule.places().problem(part, what));
    }
}
