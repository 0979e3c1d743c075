package dev.entwine.config;

import dev.entwine.config.EngineSettings.Bounds;
import dev.entwine.config.Placeholders.UnresolvedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** One mapping of the file. Everything that is wrong in it goes to {@link Problems}; reading goes on. Not thread-safe. */
final class Section {
    private static final Pattern TIME = Pattern.compile("(\\d{1,9})([smhd])");

    private final String path;
    private final MappingNode node;
    private final Problems problems;
    private final Placeholders placeholders;
    private final Map<String, Node> keys = new LinkedHashMap<>();
    private final Map<String, Node> values = new LinkedHashMap<>();

    private Section(String path, MappingNode node, Problems problems, Placeholders placeholders) {
        this.path = path;
        this.node = node;
        this.problems = problems;
        this.placeholders = placeholders;
        for (NodeTuple entry : node.getValue()) {
            add(entry.getKeyNode(), entry.getValueNode());
        }
    }

    /** Empty, and reported, when the node is not a mapping. */
    static Optional<Section> of(String path, Node node, Problems problems, Placeholders placeholders) {
        if (node instanceof MappingNode mapping) {
            return Optional.of(new Section(path, mapping, problems, placeholders));
        }
        problems.add(
                node, (path.isEmpty() ? "the file" : path) + " must be a mapping of keys to values, not " + kind(node));
        return Optional.empty();
    }

    private void add(Node key, Node value) {
        if (!(key instanceof ScalarNode scalar)) {
            problems.add(key, "a key must be a plain word, not " + kind(key));
            return;
        }
        Node first = keys.get(scalar.getValue());
        if (first != null) {
            problems.add(key, "duplicate key '" + at(scalar.getValue()) + "', first at " + problems.place(first));
            return;
        }
        keys.put(scalar.getValue(), key);
        values.put(scalar.getValue(), value);
    }

    Node node() {
        return node;
    }

    /** The keys in the order of the file. */
    List<String> names() {
        return List.copyOf(keys.keySet());
    }

    Node key(String name) {
        Node key = keys.get(name);
        return key == null ? node : key;
    }

    Optional<Node> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    Optional<Section> section(String name) {
        return value(name).flatMap(value -> of(at(name), value, problems, placeholders));
    }

    /** A key's path from the top of the file, as messages name it. */
    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    void problem(String name, String what) {
        problems.add(value(name).orElse(node), at(name) + ": " + what);
    }

    /** Of the key itself rather than of its value. */
    void keyProblem(String name, String what) {
        problems.add(key(name), what);
    }

    /**
     * Reports every key that is neither known nor planned.
     *
     * @param planned keys that are described but cannot be used yet
     */
    void allowOnly(List<String> known, List<String> planned) {
        for (String name : names()) {
            if (planned.contains(name)) {
                problems.add(
                        key(name),
                        "'" + at(name) + "' is not supported yet; allowed here: " + String.join(", ", known));
            } else if (!known.contains(name)) {
                problems.add(
                        key(name),
                        "unknown key '" + at(name) + "'; allowed: " + String.join(", ", known)
                                + NearMiss.of(name, known));
            }
        }
    }

    /** A text with its placeholders replaced; empty, and reported, when it is missing. */
    Optional<String> required(String name) {
        if (!values.containsKey(name)) {
            problems.add(node, (path.isEmpty() ? "the file" : path) + " needs the key '" + name + "'");
            return Optional.empty();
        }
        Optional<String> text = text(name);
        if (text.isPresent() && text.get().isEmpty()) {
            problem(name, "must not be empty");
            return Optional.empty();
        }
        return text;
    }

    /** A text with its placeholders replaced; empty when it is missing, and empty and reported when it is not a text. */
    Optional<String> text(String name) {
        Node value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof ScalarNode scalar)) {
            problem(name, "must be one value, not " + kind(value));
            return Optional.empty();
        }
        try {
            return Optional.of(placeholders.expand(scalar.getValue()));
        } catch (UnresolvedException e) {
            problem(name, e.what());
            return Optional.empty();
        }
    }

    /** A list of texts, one or more; empty when it is missing, and empty and reported when it is something else. */
    Optional<List<String>> list(String name) {
        Node value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        List<String> result = new ArrayList<>();
        for (Node item : value instanceof SequenceNode list ? list.getValue() : List.<Node>of()) {
            if (item instanceof ScalarNode scalar) {
                result.add(scalar.getValue());
            }
        }
        if (!(value instanceof SequenceNode list)
                || result.isEmpty()
                || result.size() != list.getValue().size()) {
            problem(name, "must be a list of columns, such as [path]");
            return Optional.empty();
        }
        return Optional.of(result);
    }

    /** A list of lists of texts; empty when it is missing, and empty and reported when it is something else. */
    Optional<List<List<String>>> lists(String name) {
        Node value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        List<List<String>> result = new ArrayList<>();
        boolean fits = value instanceof SequenceNode;
        for (Node inner : value instanceof SequenceNode outer ? outer.getValue() : List.<Node>of()) {
            List<String> texts = new ArrayList<>();
            for (Node item : inner instanceof SequenceNode list ? list.getValue() : List.<Node>of()) {
                fits &= item instanceof ScalarNode;
                texts.add(item instanceof ScalarNode scalar ? scalar.getValue() : "");
            }
            fits &= texts.size() > 1;
            result.add(texts);
        }
        if (!fits) {
            problem(name, "must be a list of lists of at least two columns each, such as [[street, city]]");
            return Optional.empty();
        }
        return Optional.of(result);
    }

    /** A whole number; the initial one when it is missing or, reported, outside its bounds. */
    long number(String name, Bounds bounds) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return bounds.initial();
        }
        try {
            long number = Long.parseLong(text.get().replace("_", ""));
            if (number >= bounds.min() && number <= bounds.max()) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below, together with what is out of bounds.
        }
        problem(name, "'" + text.get() + "' is not a whole number from " + bounds.min() + " to " + bounds.max());
        return bounds.initial();
    }

    /** A time with its unit, or empty for {@code off}; the initial one when it is missing or, reported, not such a time. */
    Optional<Duration> durationOrOff(String name, Duration initial, Duration min, Duration max) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.of(initial);
        }
        if (text.get().equals("off")) {
            return Optional.empty();
        }
        Optional<Duration> duration =
                duration(text.get()).filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
        if (duration.isEmpty()) {
            problem(
                    name,
                    "'" + text.get() + "' is neither off nor a time from " + min.toSeconds() + "s to " + max.toDays()
                            + "d, such as 90s, 30m, 24h or 7d");
        }
        return duration.or(() -> Optional.of(initial));
    }

    /** Whether the value is the word {@code off}. */
    boolean isOff(String name) {
        return values.get(name) instanceof ScalarNode scalar
                && scalar.getValue().equals("off");
    }

    /** A time with its unit; empty when it is missing or, reported, not such a time. */
    Optional<Duration> duration(String name, Duration min, Duration max) {
        Optional<String> text = text(name);
        Optional<Duration> duration =
                text.flatMap(Section::duration).filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
        if (text.isPresent() && duration.isEmpty()) {
            problem(
                    name,
                    "'" + text.get() + "' is not a time from " + min.toSeconds() + "s to " + max.toDays()
                            + "d, such as 90s, 30m, 24h or 7d");
        }
        return duration;
    }

    private static Optional<Duration> duration(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    case "d" -> Duration.ofDays(number);
                    default -> Duration.ofSeconds(number);
                });
    }

    static String kind(Node node) {
        return switch (node.getNodeType()) {
            case MAPPING -> "a mapping";
            case SEQUENCE -> "a list";
            case SCALAR ->
                node instanceof ScalarNode scalar && scalar.getValue().isEmpty() ? "nothing" : "a single value";
            default -> "an alias";
        };
    }
}
