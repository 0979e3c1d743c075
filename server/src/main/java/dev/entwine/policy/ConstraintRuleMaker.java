package dev.entwine.policy;

import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.OrphanPolicy;
import dev.entwine.config.TableRule;
import dev.entwine.config.UniquePolicy;
import dev.entwine.db.Catalog;
import dev.entwine.merge.ConstraintRule;
import dev.entwine.merge.ConstraintRule.OnClaim;
import dev.entwine.merge.ConstraintRule.OnOrphan;
import dev.entwine.model.Table;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes what holds for one table's constraints. Used once. */
final class ConstraintRuleMaker {
    private static final Pattern TEXT = Pattern.compile("text|(.*\\.)?citext|character varying(\\((\\d+)\\))?");

    private final TableRule rule;
    private final Table table;
    private final Catalog.Relation relation;
    private final List<Problem> problems;
    private boolean usable = true;

    ConstraintRuleMaker(TableRule rule, Table table, Catalog.Relation relation, List<Problem> problems) {
        this.rule = rule;
        this.table = table;
        this.relation = relation;
        this.problems = problems;
    }

    /** Empty when there are problems. */
    Optional<ConstraintRule> make() {
        int column = rule.onUnique() == UniquePolicy.QUARANTINE ? -1 : claimed();
        int lengthMax = column >= 0 && rule.onUnique() == UniquePolicy.RENAME ? lengthMax() : Integer.MAX_VALUE;
        if (column >= 0 && rule.onUnique() == UniquePolicy.NULL && isNotNull(rule.claimed())) {
            problem("on_unique", "column " + rule.claimed() + " of table " + table + " is NOT NULL");
        }
        if (rule.onOrphan() == OrphanPolicy.SET_NULL) {
            requireNullableReferences();
        }
        ConstraintRule made = new ConstraintRule(onClaim(), column, lengthMax, onOrphan());
        return usable ? Optional.of(made) : Optional.empty();
    }

    private OnClaim onClaim() {
        return switch (rule.onUnique()) {
            case QUARANTINE -> OnClaim.QUARANTINE;
            case RENAME -> OnClaim.RENAME;
            case NULL -> OnClaim.SET_NULL;
        };
    }

    private OnOrphan onOrphan() {
        return switch (rule.onOrphan()) {
            case RESTORE_PARENT -> OnOrphan.RESTORE_PARENT;
            case QUARANTINE_CHILD -> OnOrphan.QUARANTINE_CHILD;
            case SET_NULL -> OnOrphan.SET_NULL;
        };
    }

    private int claimed() {
        Set<String> unique = new TreeSet<>();
        relation.uniques().forEach(index -> unique.addAll(index.columns()));
        boolean expressions = relation.uniques().stream().anyMatch(Catalog.UniqueIndex::expressions);
        int column = table.columns().indexOf(rule.claimed());
        if (column < 0 || table.isKey(column) || !(unique.contains(rule.claimed()) || expressions)) {
            problem(
                    "on_unique",
                    "column '" + rule.claimed() + "' of table " + table
                            + " is in no unique index beside the key; allowed: " + String.join(", ", unique));
            return -1;
        }
        return column;
    }

    private int lengthMax() {
        String type = relation.column(rule.claimed()).map(Catalog.Column::type).orElse("unknown");
        Matcher text = TEXT.matcher(type);
        if (!text.matches()) {
            problem(
                    "on_unique",
                    "column " + rule.claimed() + " of table " + table + " has the type " + type
                            + ", and rename is for text, varchar and citext");
            return Integer.MAX_VALUE;
        }
        return text.group(3) == null ? Integer.MAX_VALUE : Integer.parseInt(text.group(3));
    }

    private boolean isNotNull(String column) {
        return relation.column(column).map(Catalog.Column::notNull).orElse(false);
    }

    private void requireNullableReferences() {
        for (Catalog.ForeignKey key : relation.foreignKeys()) {
            for (String column : key.columns()) {
                if (isNotNull(column)) {
                    problem(
                            "on_orphan",
                            "column " + column + " of table " + table + " is NOT NULL, and foreign key " + key.name()
                                    + " needs it; allowed: restore_parent, quarantine_child");
                }
            }
        }
    }

    private void problem(String part, String what) {
        usable = false;
        problems.add(rule.places().problem(part, what));
    }
}
