package dev.entwine.config;

import dev.entwine.config.ConfigurationException.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What holds for the tables that a pattern matches.
 *
 * @param argument the column, expression or class that the policy names; empty for one that names none
 * @param columns  the columns with a policy of their own, in the order of the file
 * @param groups   columns that move together when columns are merged
 * @param onDelete empty when a delete is a version like any other, where the policy can compare it
 * @param onUnique what becomes of a row that claims what another row keeps
 * @param claimed  the column that this names; empty for none
 * @param onOrphan what becomes of a row whose parent was deleted
 * @param naturalKey the columns that say what a row stands for, whatever its id is; empty when nothing but the id does
 * @param onSameId what becomes of rows that several sites inserted under the same id
 * @param references the columns that hold ids without a foreign key
 * @param scope    what is decided together with a row in conflict
 * @param deletes  how many rows a site may delete before its log is held; empty for what holds for all tables
 * @param places   where the parts of the rule stand
 */
public record TableRule(
        TablePattern match,
        ConflictPolicy onConflict,
        String argument,
        Map<String, ColumnPolicy> columns,
        List<List<String>> groups,
        Optional<DeletePolicy> onDelete,
        UniquePolicy onUnique,
        String claimed,
        OrphanPolicy onOrphan,
        List<String> naturalKey,
        SameIdPolicy onSameId,
        Map<String, IdReference> references,
        ScopePolicy scope,
        Optional<RateLimit> deletes,
        Places places) {
    public TableRule {
        groups = List.copyOf(groups);
        naturalKey = List.copyOf(naturalKey);
    }

    /** The policy as the journal names it. */
    public String policyText() {
        return switch (onConflict) {
            case GREATEST, LEAST -> onConflict.word() + "(" + argument + ")";
            case RULE, HANDLER -> onConflict.word() + ": " + argument;
            default -> onConflict.word();
        };
    }

    /** Whether the log has to carry whole rows, old and new: {@code REPLICA IDENTITY FULL}. */
    public boolean needsWholeRows() {
        return onConflict.needsWholeRows() || !columns.isEmpty() || scope != ScopePolicy.ROW;
    }

    /** File, line and column of the rule, for messages. */
    public String where() {
        return places.rule().place();
    }

    /**
     * Where the parts of a rule stand in the file.
     *
     * @param parts by path within the rule, such as {@code columns.balance}
     */
    public record Places(Problem rule, Map<String, Problem> parts) {
        /** A problem at a part of the rule. */
        public Problem problem(String part, String what) {
            Problem place = parts.getOrDefault(part, rule);
            return new Problem(place.file(), place.line(), place.column(), what);
        }
    }
}
