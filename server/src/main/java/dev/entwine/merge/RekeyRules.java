package dev.entwine.merge;

import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.List;
import java.util.Map;

/**
 * Which tables' ids are only stand-ins for what their rows mean, and where those ids are held.
 *
 * @param rules      of the tables whose rows may get other ids
 * @param references per table the columns that hold ids of such tables, by declaration or by foreign key
 */
public record RekeyRules(Map<TableId, Rule> rules, Map<TableId, List<Reference>> references) {
    public static final RekeyRules NONE = new RekeyRules(Map.of(), Map.of());

    public RekeyRules {
        rules = Map.copyOf(rules);
        references = Map.copyOf(references);
    }

    /**
     * What holds for the rows of one table, whose key is one column.
     *
     * @param naturalKey the columns that say what a row stands for; empty when nothing but the id does
     * @param onSameId   whether two rows that were inserted with the same id are to stand both
     */
    public record Rule(Table table, List<Integer> naturalKey, boolean onSameId) {
        public Rule {
            naturalKey = List.copyOf(naturalKey);
        }
    }

    /**
     * A column whose values hold ids of another table's rows, or of the same table's.
     *
     * @param declared whether the database knows it, as a foreign key
     */
    public record Reference(Table table, int column, TableId parent, IdHolder holder, boolean declared) {}

    /** Whether nothing is ever to get another id. */
    public boolean isEmpty() {
        return rules.isEmpty();
    }
}
