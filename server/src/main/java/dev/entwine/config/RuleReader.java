package dev.entwine.config;

import dev.entwine.config.ConfigurationException.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Binds one rule of {@code tables}. */
final class RuleReader {
    private static final List<String> KEYS = List.of("match", "on_conflict", "on_delete", "columns", "groups");
    private static final List<String> PLANNED_KEYS =
            List.of("natural_key", "on_same_id", "on_unique", "on_orphan", "scope");
    private static final Pattern WITH_COLUMN = Pattern.compile("(greatest|least)\\(\\s*([^()]+?)\\s*\\)");

    private final Section section;
    private final Problems problems;
    private final Map<String, Problem> places = new HashMap<>();

    RuleReader(Section section, Problems problems) {
        this.section = section;
        this.problems = problems;
    }

    /** A policy with what it names. */
    private record Chosen(ConflictPolicy policy, String argument) {}

    /** One rule, or none when it cannot be used. */
    List<TableRule> read() {
        section.allowOnly(KEYS, PLANNED_KEYS);
        Optional<TablePattern> pattern = section.required("match").flatMap(this::pattern);
        Optional<Chosen> policy = policy();
        Optional<DeletePolicy> onDelete = onDelete();
        Map<String, ColumnPolicy> columns = columns();
        List<List<String>> groups = groups();
        if (!groups.isEmpty()
                && policy.filter(chosen -> chosen.policy() == ConflictPolicy.MERGE)
                        .isEmpty()) {
            section.problem("groups", "only on_conflict: merge decides by columns");
        }
        if (pattern.isEmpty() || policy.isEmpty()) {
            return List.of();
        }
        section.value("on_conflict").ifPresent(node -> places.put("on_conflict", problems.at(node)));
        section.value("groups").ifPresent(node -> places.put("groups", problems.at(node)));
        return List.of(new TableRule(
                pattern.get(),
                policy.get().policy(),
                policy.get().argument(),
                columns,
                groups,
                onDelete,
                new TableRule.Places(problems.at(section.node()), Map.copyOf(places))));
    }

    private Optional<TablePattern> pattern(String text) {
        Optional<TablePattern> pattern = TablePattern.parse(text);
        if (pattern.isEmpty()) {
            section.problem("match", "'" + text + "' is not of the form schema.table, such as public.*");
        }
        return pattern;
    }

    private Optional<Chosen> policy() {
        Optional<Node> node = section.value("on_conflict");
        if (node.isEmpty()) {
            return Optional.of(new Chosen(ConflictPolicy.LATEST, ""));
        }
        if (node.get() instanceof MappingNode) {
            return section.section("on_conflict").flatMap(this::written);
        }
        Optional<String> word = section.text("on_conflict");
        Optional<Chosen> policy = word.flatMap(RuleReader::known);
        if (word.isPresent() && policy.isEmpty()) {
            section.problem("on_conflict", unusable(word.get()));
        }
        return policy;
    }

    /** A rule or a handler: a mapping with one key. */
    private Optional<Chosen> written(Section mapping) {
        mapping.allowOnly(List.of("rule", "handler"), List.of());
        List<String> names = mapping.names();
        if (names.size() != 1) {
            section.problem("on_conflict", "needs either the key rule or the key handler");
            return Optional.empty();
        }
        ConflictPolicy policy = names.getFirst().equals("rule") ? ConflictPolicy.RULE : ConflictPolicy.HANDLER;
        return mapping.required(names.getFirst()).map(text -> new Chosen(policy, text));
    }

    private static Optional<Chosen> known(String word) {
        Matcher withColumn = WITH_COLUMN.matcher(word);
        if (withColumn.matches()) {
            return word(ConflictPolicy.values(), ConflictPolicy::word, withColumn.group(1))
                    .map(policy -> new Chosen(policy, withColumn.group(2)));
        }
        return word(ConflictPolicy.values(), ConflictPolicy::word, word)
                .filter(policy -> policy.form().equals(word))
                .map(policy -> new Chosen(policy, ""));
    }

    private static <T> Optional<T> word(T[] values, Function<T, String> text, String word) {
        return Arrays.stream(values)
                .filter(value -> text.apply(value).equals(word))
                .findFirst();
    }

    private static String unusable(String word) {
        List<String> forms =
                Arrays.stream(ConflictPolicy.values()).map(ConflictPolicy::form).toList();
        return "unknown policy '" + word + "'; allowed: " + String.join(", ", forms) + NearMiss.of(word, forms);
    }

    private Optional<DeletePolicy> onDelete() {
        Optional<String> word = section.text("on_delete");
        Optional<DeletePolicy> policy = word.flatMap(text -> word(DeletePolicy.values(), DeletePolicy::word, text));
        if (word.isPresent() && policy.isEmpty()) {
            List<String> words =
                    Arrays.stream(DeletePolicy.values()).map(DeletePolicy::word).toList();
            section.problem(
                    "on_delete",
                    "unknown policy '" + word.get() + "'; allowed: " + String.join(", ", words)
                            + NearMiss.of(word.get(), words));
        }
        return policy;
    }

    private Map<String, ColumnPolicy> columns() {
        Map<String, ColumnPolicy> result = new LinkedHashMap<>();
        section.section("columns").ifPresent(columns -> {
            for (String name : columns.names()) {
                places.put("columns." + name, problems.at(columns.key(name)));
                Optional<String> word = columns.text(name);
                Optional<ColumnPolicy> policy =
                        word.flatMap(text -> word(ColumnPolicy.values(), ColumnPolicy::word, text));
                policy.ifPresent(chosen -> result.put(name, chosen));
                if (word.isPresent() && policy.isEmpty()) {
                    List<String> words = Arrays.stream(ColumnPolicy.values())
                            .map(ColumnPolicy::word)
                            .toList();
                    columns.problem(
                            name,
                            "unknown policy '" + word.get() + "'; allowed: " + String.join(", ", words)
                                    + NearMiss.of(word.get(), words));
                }
            }
        });
        return result;
    }

    private List<List<String>> groups() {
        Optional<List<List<String>>> lists = section.lists("groups");
        List<List<String>> result = lists.orElse(List.of());
        List<String> all = new ArrayList<>();
        result.forEach(all::addAll);
        all.stream()
                .filter(name -> all.indexOf(name) != all.lastIndexOf(name))
                .distinct()
                .forEach(name -> section.problem("groups", "column " + name + " stands in two groups"));
        return result;
    }
}
