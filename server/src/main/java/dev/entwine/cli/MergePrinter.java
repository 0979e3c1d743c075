package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.ScopePolicy;
import dev.entwine.config.TableRule;
import dev.entwine.db.SiteException;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Outcome;
import dev.entwine.merge.Policy;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.policy.PolicySet;
import dev.entwine.snapshot.Beginning.Divergence;
import dev.entwine.snapshot.Beginning.Rule;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the tables' rules make of sites that are merged, in words. */
final class MergePrinter {
    private final Terminal terminal;
    private final Configuration configuration;
    private final PolicySet policies;

    private MergePrinter(Terminal terminal, Configuration configuration, PolicySet policies) {
        this.terminal = terminal;
        this.configuration = configuration;
        this.policies = policies;
    }

    static MergePrinter of(Terminal terminal, Configuration configuration) throws CommandFailure, SiteException {
        try (SiteConnections connections = SiteConnections.open(configuration)) {
            return new MergePrinter(
                    terminal,
                    configuration,
                    CompiledRules.of(configuration, connections).policies());
        }
    }

    /** What a table's policy can make of rows of which nothing is known from before. */
    Rule rule(TableId table) {
        Policy policy = policies.of(table);
        boolean alone = configuration.ruleFor(table).map(TableRule::scope).orElse(ScopePolicy.ROW) == ScopePolicy.ROW;
        return new Rule(
                policy.columns().sums(),
                policies.rekeying().rules().containsKey(table),
                policy.halts()
                        ? Optional.of(
                                "rows differ, and on_conflict is halt; give the table another policy, such as manual,"
                                        + " until the sites are in step")
                        : Optional.empty(),
                alone
                        ? Optional.empty()
                        : Optional.of("rows are decided together with others of their transaction (scope), and nobody"
                                + " knows which these were; give the table 'scope: row' until the sites are in step"));
    }

    /** One line for each table that differs. */
    void summary(List<Divergence> diverged) {
        List<String> headings = new ArrayList<>(List.of("TABLE"));
        configuration
                .siteIds()
                .forEach(site -> headings.add(">NEW AT " + site.name().toUpperCase(Locale.ROOT)));
        boolean deleted = diverged.stream().anyMatch(table -> table.deleted() > 0);
        if (deleted) {
            headings.add(">DELETED");
        }
        headings.add(">DIFFERENT");
        headings.add("DECIDED BY");
        TextTable text = new TextTable(headings.toArray(String[]::new));
        for (Divergence table : diverged) {
            List<String> cells = new ArrayList<>(List.of(table.table().toString()));
            configuration
                    .siteIds()
                    .forEach(site -> cells.add("%,d".formatted(table.lacking().getOrDefault(site, 0L))));
            if (deleted) {
                cells.add("%,d".formatted(table.deleted()));
            }
            cells.add("%,d".formatted(table.different()));
            cells.add(policies.of(table.table().id()).name());
            text.row(cells.toArray(String[]::new));
        }
        text.print(terminal);
    }

    /** What differs, and what would become of it. */
    void plan(List<Divergence> diverged) {
        summary(diverged);
        List<TableComparison> examples =
                diverged.stream().flatMap(table -> table.examples().stream()).toList();
        Map<TableId, Divergence> byTable = new LinkedHashMap<>();
        diverged.forEach(table -> byTable.put(table.table().id(), table));
        new DifferencePrinter(terminal)
                .details(
                        examples,
                        (table, difference) -> List.of(outcome(
                                table,
                                difference,
                                Optional.ofNullable(byTable.get(table.id()))
                                        .map(Divergence::times)
                                        .map(times -> times.get(difference.key()))
                                        .orElse(Map.of()))),
                        "");
        for (Divergence table : diverged) {
            for (String refusal : table.refusals()) {
                terminal.out().println();
                terminal.out().println(terminal.red(table.table().toString()) + ": cannot be merged: " + refusal);
            }
        }
    }

    private String outcome(Table table, Difference difference, Map<SiteId, Long> times) {
        List<Contender> versions = new ArrayList<>();
        for (SiteId site : configuration.siteIds()) {
            difference
                    .sites()
                    .getOrDefault(site, Optional.empty())
                    .ifPresent(row -> versions.add(RepairPlan.standing(site, times.getOrDefault(site, 0L), row)));
        }
        Policy policy = policies.of(table.id());
        if (policy.halts()) {
            return "not decided: on_conflict is halt";
        }
        Outcome outcome = policy.choose(versions, null);
        Contender stood = outcome.standing();
        String lost = versions.stream()
                .filter(version -> !version.equals(stood))
                .findFirst()
                .map(version -> " (" + policy.reason(stood, version) + ")")
                .orElse("");
        String open = outcome.open() ? ", and stays open for you to look at" : "";
        String merged = policy.columns().isEmpty() && outcome.cells().isEmpty() ? "" : ", with columns of the others";
        return "stands as at " + stood.site() + merged + lost + open;
    }
}
