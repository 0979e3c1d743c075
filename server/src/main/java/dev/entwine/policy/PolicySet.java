package dev.entwine.policy;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.TableRule;
import dev.entwine.db.Catalog;
import dev.entwine.db.Endpoint;
import dev.entwine.merge.ConstraintRule;
import dev.entwine.merge.Policy;
import dev.entwine.merge.RekeyRules;
import dev.entwine.merge.ScopeRules;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The policy of each table.
 *
 * @param policies of the tables whose rules can be used
 * @param rules    what becomes of their rows for the sake of constraints
 * @param rekeying of tables whose ids are only stand-ins
 * @param scoping  which changes of a transaction are decided together
 * @param problems with the others, in the order of the file
 */
public record PolicySet(
        Map<TableId, Policy> policies,
        Map<TableId, ConstraintRule> rules,
        RekeyRules rekeying,
        ScopeRules scoping,
        List<Problem> problems) {
    public PolicySet {
        rules = Map.copyOf(rules);
        policies = Map.copyOf(policies);
        problems = List.copyOf(problems);
    }

    /**
     * Makes them.
     *
     * @param catalogs of all sites that could be asked; columns have the same types at each
     */
    public static PolicySet compile(Configuration configuration, List<Table> tables, List<Catalog> catalogs) {
        Map<TableId, Policy> policies = new LinkedHashMap<>();
        Map<TableId, ConstraintRule> rules = new LinkedHashMap<>();
        List<Problem> problems = new ArrayList<>();
        Endpoint first = configuration.sites().getFirst().endpoint();
        for (Table table : tables) {
            Optional<Catalog.Relation> relation = catalogs.stream()
                    .flatMap(catalog ->
                            Optional.ofNullable(catalog.ordinaryTables().get(table.id())).stream())
                    .findFirst();
            Optional<TableRule> rule = configuration.ruleFor(table.id());
            if (relation.isPresent() && rule.isPresent()) {
                new PolicyMaker(rule.get(), table, relation.get(), configuration.siteIds(), first, problems)
                        .make()
                        .ifPresent(policy -> policies.put(table.id(), policy));
                new ConstraintRuleMaker(rule.get(), table, relation.get(), problems)
                        .make()
                        .ifPresent(made -> rules.put(table.id(), made));
            }
        }
        RekeyRules rekeying = new RekeyRulesMaker(configuration, tables, catalogs, problems).make();
        ScopeRules scoping = new ScopeRulesMaker(configuration, tables, catalogs, problems).make();
        problems.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
        return new PolicySet(
                policies, rules, rekeying, scoping, problems.stream().distinct().toList());
    }

    /** What becomes of a table's rows for the sake of constraints. */
    public ConstraintRule ruleOf(TableId table) {
        return rules.getOrDefault(table, ConstraintRule.DEFAULT);
    }

    /** The policy of a table that is synchronized. */
    public Policy of(TableId table) {
        Policy policy = policies.get(table);
        if (policy == null) {
            throw new IllegalStateException("table " + table + " has no policy");
        }
        return policy;
    }
}
