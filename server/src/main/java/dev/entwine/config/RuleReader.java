package dev.entwine.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Binds one rule of {@code tables}. */
final class RuleReader {
    private static final List<String> KEYS = List.of("match", "on_conflict");
    private static final List<String> PLANNED_KEYS = List.of(
            "columns",
            "groups",
            "natural_key",
            "on_same_id",
            "on_delete",
            "on_unique",
            "on_orphan",
            "scope",
            "rule",
            "handler");
    private static final List<String> PLANNED_POLICIES =
            List.of("greatest", "least", "merge", "rule", "handler", "manual", "halt");

    private final Section section;
    private final Problems problems;

    RuleReader(Section section, Problems problems) {
        this.section = section;
        this.problems = problems;
    }

    /** One rule, or none when it cannot be used. */
    List<TableRule> read() {
        section.allowOnly(KEYS, PLANNED_KEYS);
        Optional<TablePattern> pattern = section.required("match").flatMap(this::pattern);
        Optional<ConflictPolicy> policy = policy();
        if (pattern.isEmpty() || policy.isEmpty()) {
            return List.of();
        }
        return List.of(new TableRule(pattern.get(), policy.get(), problems.place(section.node())));
    }

    private Optional<TablePattern> pattern(String text) {
        Optional<TablePattern> pattern = TablePattern.parse(text);
        if (pattern.isEmpty()) {
            section.problem("match", "'" + text + "' is not of the form schema.table, such as public.*");
        }
        return pattern;
    }

    private Optional<ConflictPolicy> policy() {
        if (section.value("on_conflict").isEmpty()) {
            return Optional.of(ConflictPolicy.LATEST);
        }
        Optional<String> word = section.text("on_conflict");
        Optional<ConflictPolicy> policy = word.flatMap(RuleReader::known);
        if (word.isPresent() && policy.isEmpty()) {
            section.problem("on_conflict", unusable(word.get()));
        }
        return policy;
    }

    private static Optional<ConflictPolicy> known(String word) {
        return Arrays.stream(ConflictPolicy.values())
                .filter(policy -> policy.word().equals(word))
                .findFirst();
    }

    private static String unusable(String word) {
        List<String> words =
                Arrays.stream(ConflictPolicy.values()).map(ConflictPolicy::word).toList();
        String allowed = "; allowed: " + String.join(", ", words);
        if (PLANNED_POLICIES.contains(word.replaceFirst("[(:\\s].*", ""))) {
            return "policy '" + word + "' is not supported yet" + allowed;
        }
        return "unknown policy '" + word + "'" + allowed + NearMiss.of(word, words);
    }
}
