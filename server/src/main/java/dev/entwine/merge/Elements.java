package dev.entwine.merge;

import dev.entwine.model.Cell;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads and writes values that are sets. */
public enum Elements {
    /** The server's text form of an array of one dimension: <code>{a,"b c",NULL}</code>. */
    ARRAY {
        @Override
        Optional<Set<String>> parse(String text) {
            if (text.length() < 2 || text.charAt(0) != '{') {
                return Optional.empty(); // with bounds of its own: not a plain list
            }
            return items(text.substring(1, text.length() - 1));
        }

        @Override
        String format(Set<String> elements) {
            return "{" + String.join(",", elements) + "}";
        }
    },
    /** A text with commas between its words; blanks around a word do not count. */
    WORDS {
        @Override
        Optional<Set<String>> parse(String text) {
            Set<String> words = new LinkedHashSet<>();
            for (String word : text.split(",", -1)) {
                if (!word.isBlank()) {
                    words.add(word.strip());
                }
            }
            return Optional.of(words);
        }

        @Override
        String format(Set<String> elements) {
            return String.join(",", elements);
        }
    };

    /** The elements in their order, each once, in a form that {@link #format} takes; empty when the value is not a plain list. */
    abstract Optional<Set<String>> parse(String text);

    abstract String format(Set<String> elements);

    /** NULL and what is not known have none. */
    Optional<Set<String>> of(Cell cell) {
        return cell instanceof Cell.Value value ? parse(value.text()) : Optional.of(Set.of());
    }

    /** Cuts at commas outside of quotes. Elements keep their quotes, so that equal ones have equal text. */
    private static Optional<Set<String>> items(String inner) {
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if (!quoted && c == '{') {
                return Optional.empty(); // of more than one dimension
            }
            if (!quoted && c == ',') {
                items.add(item.toString());
                item.setLength(0);
                continue;
            }
            item.append(c);
            if (c == '\\' && quoted) {
                item.append(inner.charAt(++i));
            } else if (c == '"') {
                quoted = !quoted;
            }
        }
        if (!inner.isEmpty()) {
            items.add(item.toString());
        }
        return Optional.of(new LinkedHashSet<>(items));
    }
}
