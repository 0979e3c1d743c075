package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.TableRule;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Policy;
import dev.entwine.merge.Trial;
import dev.entwine.model.Image;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.policy.PolicySet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the policies of a configuration would have made of recorded conflicts. */
final class PolicyTrial {
    private final Configuration configuration;
    private final Map<TableId, Table> tables;
    private final PolicySet policies;

    PolicyTrial(Configuration configuration, List<Table> tables, PolicySet policies) {
        this.configuration = configuration;
        this.tables = tables.stream().collect(Collectors.toMap(Table::id, table -> table));
        this.policies = policies;
    }

    /** How it would have been. */
    sealed interface Verdict {
        /** The same row, and open or not as then. */
        record Same() implements Verdict {}

        /**
         * Another one.
         *
         * @param winner as the journal would name it
         * @param result JSON: the row; null for a delete
         * @param how    what differs, in words
         */
        record Different(String winner, @Nullable ObjectNode result, boolean open, String how, String reason)
                implements Verdict {}

        record CannotTell(String why) implements Verdict {}
    }

    /** The policy as the journal would name it; empty for a table that is not synchronized. */
    Optional<String> policyOf(TableId table) {
        return Optional.ofNullable(policies.policies().get(table)).map(Policy::name);
    }

    Verdict judge(RecordedConflict conflict) {
        Table table = tables.get(conflict.table());
        Policy policy = policies.policies().get(conflict.table());
        Optional<TableRule> rule = configuration.ruleFor(conflict.table());
        if (table == null || policy == null || rule.isEmpty()) {
            return new Verdict.CannotTell("the table is not one of the configuration's that all sites have");
        }
        if (conflict.isForAnotherRow()) {
            return new Verdict.CannotTell("it was decided for the sake of a constraint or of another row");
        }
        if (conflict.isRepair()) {
            return new Verdict.CannotTell("it was no conflict but a repair");
        }
        if (policy.halts()) {
            return new Verdict.CannotTell("the engine would have stopped there (halt)");
        }
        if (conflict.versions().size() != 2) {
            return new Verdict.CannotTell("the entry does not hold both versions");
        }
        Optional<String> columns = changedColumns(conflict, table);
        if (columns.isPresent()) {
            return new Verdict.CannotTell(columns.get());
        }
        List<Contender> versions;
        try {
            versions = conflict.contenders(table);
        } catch (RuntimeException e) {
            return new Verdict.CannotTell("its versions are not of the form of an export (" + e.getMessage() + ")");
        }
        return lacking(rule.get(), policy, versions)
                .<Verdict>map(Verdict.CannotTell::new)
                .orElseGet(() -> compare(conflict, table, tried(policy, versions)));
    }

    private static Optional<String> changedColumns(RecordedConflict conflict, Table table) {
        List<String> then = new ArrayList<>(conflict.columns());
        List<String> now = new ArrayList<>(table.columns());
        now.removeAll(then);
        then.removeAll(table.columns());
        boolean known = !conflict.columns().isEmpty();
        return known && !(now.isEmpty() && then.isEmpty())
                ? Optional.of("the table's columns have changed since, or the log left values out: "
                        + String.join(", ", now.isEmpty() ? then : now))
                : Optional.empty();
    }

    /** What the policy has to know and the entry does not say. */
    private Optional<String> lacking(TableRule rule, Policy policy, List<Contender> versions) {
        for (Contender version : versions) {
            if (!configuration.siteIds().contains(version.site())) {
                return Optional.of("site " + version.site() + " is not one of the configuration's");
            }
            Image image = version.image();
            if (rule.needsWholeRows() && image != null && !image.isComplete()) {
                return Optional.of("the policy needs whole rows, and the log left out values of site " + version.site()
                        + "'s version");
            }
        }
        if (policy.columns().isEmpty()) {
            return Optional.empty();
        }
        for (Contender version : versions) {
            if (!version.isInsert() && version.before() == null) {
                return Optional.of("the policy needs the row before each change, and the log did not carry it of site "
                        + version.site() + "'s (REPLICA IDENTITY FULL was not set)");
            }
        }
        return Objects.equals(versions.get(0).before(), versions.get(1).before())
                ? Optional.empty()
                : Optional.of("a site had changed the row more than once, and the entry holds its last change alone");
    }

    private Trial tried(Policy policy, List<Contender> versions) {
        return Trial.of(policy, versions.get(0), versions.get(1), configuration.siteIds());
    }

    private static Verdict compare(RecordedConflict conflict, Table table, Trial trial) {
        Image then = RecordedConflict.image(table, conflict.result());
        Image now = trial.image();
        List<String> how = new ArrayList<>();
        if ((then == null) != (now == null)) {
            how.add(now == null ? "the row would be gone" : "the row would be there");
        } else if (then != null && now != null) {
            for (int i = 0; i < table.columns().size(); i++) {
                if (!then.cell(i).equals(now.cell(i))) {
                    how.add(table.columns().get(i));
                }
            }
        }
        if (trial.open() != conflict.wasLeftOpen()) {
            how.add(trial.open() ? "it would be open" : "it would not be open");
        }
        if (how.isEmpty()) {
            return new Verdict.Same();
        }
        boolean whole = Objects.equals(now, trial.standing().image());
        return new Verdict.Different(
                whole ? trial.standing().site().name() : "merged",
                now == null ? null : document(table, now),
                trial.open(),
                String.join(", ", how),
                whole || trial.open() ? trial.reason() : "merged by column");
    }

    private static ObjectNode document(Table table, Image image) {
        ObjectNode document = Json.object();
        for (int column : image.knownColumns()) {
            String text = image.cell(column) instanceof dev.entwine.model.Cell.Value value ? value.text() : null;
            document.put(table.columns().get(column), text);
        }
        return document;
    }
}
