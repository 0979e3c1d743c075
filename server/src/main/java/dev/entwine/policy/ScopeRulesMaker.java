package dev.entwine.policy;

import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.ConflictPolicy;
import dev.entwine.config.DeletePolicy;
import dev.entwine.config.SameIdPolicy;
import dev.entwine.config.ScopePolicy;
import dev.entwine.config.TableRule;
import dev.entwine.db.Catalog;
import dev.entwine.merge.ScopeRules;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes what is decided together, of all tables. Used once. */
final class ScopeRulesMaker {
    private final Configuration configuration;
    private final Map<TableId, Table> tables = new LinkedHashMap<>();
    private final List<Catalog> catalogs;
    private final List<Problem> problems;

    ScopeRulesMaker(Configuration configuration, List<Table> tables, List<Catalog> catalogs, List<Problem> problems) {
        this.configuration = configuration;
        tables.forEach(table -> this.tables.put(table.id(), table));
        this.catalogs = catalogs;
        this.problems = problems;
    }

    ScopeRules make() {
        Set<TableId> whole = new LinkedHashSet<>();
        Map<TableId, ScopeRules.Part> objects = new LinkedHashMap<>();
        for (Table table : tables.values()) {
            TableRule rule = configuration.ruleFor(table.id()).orElse(null);
            if (rule == null || rule.scope() == ScopePolicy.ROW) {
                continue;
            }
            requireOneWinner(table, rule);
            if (rule.scope() == ScopePolicy.TRANSACTION) {
                whole.add(table.id());
            } else {
                part(table, rule).ifPresent(part -> objects.put(table.id(), part));
            }
        }
        return new ScopeRules(whole, objects);
    }

    /** Of two transactions one must lose at every row where they meet, and nobody who comes later may make it win after all. */
    private void requireOneWinner(Table table, TableRule rule) {
        String scope = "scope: " + rule.scope().word();
        if (rule.onConflict() != ConflictPolicy.LATEST) {
            problem(rule, scope + " is for on_conflict: latest, and table " + table + " has " + rule.policyText());
        }
        if (rule.onDelete().filter(policy -> policy != DeletePolicy.LATEST).isPresent()) {
            problem(rule, scope + " is for on_delete: latest; table " + table + " has another");
        }
        if (!rule.columns().isEmpty()) {
            problem(
                    rule,
                    scope + " decides whole rows, and table " + table + " has columns with policies of their own");
        }
        if (!rule.naturalKey().isEmpty() || rule.onSameId() == SameIdPolicy.REKEY) {
            problem(rule, scope + " is not for table " + table + ", whose ids are only stand-ins");
        }
    }

    private Optional<ScopeRules.Part> part(Table table, TableRule rule) {
        List<Catalog.ForeignKey> up = parents(table);
        if (up.isEmpty()) {
            return Optional.of(new ScopeRules.Part(table, table.key()));
        }
        if (up.size() > 1) {
            problem(
                    rule,
                    "table " + table + " refers to rows of scope object by " + names(up)
                            + ", and can be part of one object only; give the others another scope");
            return Optional.empty();
        }
        Catalog.ForeignKey key = up.getFirst();
        Table root = tables.get(key.parent());
        if (root == null || !parents(root).isEmpty()) {
            problem(
                    rule,
                    "table " + table + " refers to " + key.parent() + ", which is itself part of another object: an"
                            + " object is a row with those that refer to it directly");
            return Optional.empty();
        }
        List<String> rootKey = root.key().stream().map(root.columns()::get).toList();
        if (!Set.copyOf(rootKey).equals(Set.copyOf(key.parentColumns()))) {
            problem(
                    rule,
                    "foreign key " + key.name() + " of table " + table + " does not refer to the key of " + root + " ("
                            + String.join(", ", rootKey) + ")");
            return Optional.empty();
        }
        List<Integer> columns = rootKey.stream()
                .map(name -> key.columns().get(key.parentColumns().indexOf(name)))
                .map(table.columns()::indexOf)
                .toList();
        return Optional.of(new ScopeRules.Part(root, columns));
    }

    /** The foreign keys to other tables of scope object. */
    private List<Catalog.ForeignKey> parents(Table table) {
        return catalogs.stream()
                .flatMap(catalog -> Optional.ofNullable(catalog.ordinaryTables().get(table.id())).stream())
                .findFirst()
                .map(Catalog.Relation::foreignKeys)
                .orElse(List.of())
                .stream()
                .filter(key -> !key.parent().equals(table.id()) && tables.containsKey(key.parent()))
                .filter(key -> configuration
                        .ruleFor(key.parent())
                        .filter(rule -> rule.scope() == ScopePolicy.OBJECT)
                        .isPresent())
                .toList();
    }

    private static String names(List<Catalog.ForeignKey> keys) {
        return String.join(
                " and ",
                keys.stream().map(key -> key.name() + " (" + key.parent() + ")").toList());
    }

    private void problem(TableRule rule, String what) {
        problems.add(rule.places().problem("scope", what));
    }
}
