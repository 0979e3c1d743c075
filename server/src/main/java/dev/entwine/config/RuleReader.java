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
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Binds one rule of {@code tables}. */
final class RuleReader {
    private static final List<String> KEYS = List.of(
            "match",
            "on_conflict",
            "on_delete",
            "columns",
            "groups",
            "on_unique",
            "on_orphan",
            "natural_key",
            "on_same_id",
            "references",
            "scope",
            "deletes");
    private static final Pattern WITH_COLUMN = Pattern.compile("([a-z]+)\\(\\s*([^()]+?)\\s*\\)");

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
        section.allowOnly(KEYS, List.of());
        Optional<TablePattern> pattern = section.required("match").flatMap(this::pattern);
        Optional<Chosen> policy = policy();
        Optional<DeletePolicy> onDelete = enumerated("on_delete", DeletePolicy.values(), DeletePolicy::word);
        Claimed onUnique = onUnique();
        Optional<OrphanPolicy> onOrphan = enumerated("on_orphan", OrphanPolicy.values(), OrphanPolicy::word);
        List<String> naturalKey = section.list("natural_key").orElse(List.of());
        Optional<SameIdPolicy> onSameId = enumerated("on_same_id", SameIdPolicy.values(), SameIdPolicy::word);
        Map<String, IdReference> references = references();
        Optional<ScopePolicy> scope = enumerated("scope", ScopePolicy.values(), ScopePolicy::word);
        Optional<RateLimit> deletes = GuardReader.limit(section, "deletes", "rows");
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
        for (String part : List.of("groups", "on_unique", "on_orphan", "natural_key", "on_same_id", "scope")) {
            section.value(part).ifPresent(node -> places.put(part, problems.at(node)));
        }
        return List.of(new TableRule(
                pattern.get(),
                policy.get().policy(),
                policy.get().argument(),
                columns,
                groups,
                onDelete,
                onUnique.policy(),
                onUnique.column(),
                onOrphan.orElse(OrphanPolicy.RESTORE_PARENT),
                naturalKey,
                onSameId.orElse(SameIdPolicy.LATEST),
                references,
                scope.orElse(ScopePolicy.ROW),
                deletes,
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
            section.problem(
                    "on_conflict",
                    unusable(word.get(), Arrays.stream(ConflictPolicy.values()).map(ConflictPolicy::form)));
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
                    .filter(ConflictPolicy::takesColumn)
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

    private <T> Optional<T> enumerated(String key, T[] values, Function<T, String> text) {
        Optional<String> word = section.text(key);
        Optional<T> policy = word.flatMap(given -> word(values, text, given));
        if (word.isPresent() && policy.isEmpty()) {
            section.problem(key, unusable(word.get(), Arrays.stream(values).map(text)));
        }
        return policy;
    }

    /** A policy with the column that it names. */
    private record Claimed(UniquePolicy policy, String column) {}

    private Claimed onUnique() {
        Optional<String> word = section.text("on_unique");
        if (word.isEmpty()) {
            return new Claimed(UniquePolicy.QUARANTINE, "");
        }
        Matcher withColumn = WITH_COLUMN.matcher(word.get());
        String column = withColumn.matches() ? withColumn.group(2) : "";
        String name = withColumn.matches() ? withColumn.group(1) + "(column)" : word.get();
        Optional<UniquePolicy> policy = word(UniquePolicy.values(), UniquePolicy::form, name);
        if (policy.isEmpty()) {
            section.problem(
                    "on_unique",
                    unusable(word.get(), Arrays.stream(UniquePolicy.values()).map(UniquePolicy::form)));
        }
        return new Claimed(policy.orElse(UniquePolicy.QUARANTINE), column);
    }

    private static String unusable(String word, Stream<String> forms) {
        List<String> allowed = forms.toList();
        return "unknown policy '" + word + "'; allowed: " + String.join(", ", allowed) + NearMiss.of(word, allowed);
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
                    columns.problem(
                            name,
                            unusable(
                                    word.get(),
                                    Arrays.stream(ColumnPolicy.values()).map(ColumnPolicy::word)));
                }
            }
        });
        return result;
    }

    private Map<String, IdReference> references() {
        Map<String, IdReference> result = new LinkedHashMap<>();
        section.section("references").ifPresent(references -> {
            for (String name : references.names()) {
                places.put("references." + name, problems.at(references.key(name)));
                Optional<String> text = references.text(name);
                Optional<IdReference> reference = text.flatMap(IdReference::parse);
                reference.ifPresent(known -> result.put(name, known));
                if (text.isPresent() && reference.isEmpty()) {
                    references.problem(name, "'" + text.get() + "' names no ids; allowed: " + IdReference.FORMS);
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
