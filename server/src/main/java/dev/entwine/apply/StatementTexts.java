package dev.entwine.apply;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Keeps the statements of a table, so that each is made but once. Owned by its target's thread. */
final class StatementTexts {
    /** As many as a session prepares. A table has few; more come of large values that changes left out in ever new combinations. */
    private static final int TEXTS_MAX = 256;

    /** What a statement does. */
    enum Kind {
        LOCK,
        FREE,
        UPDATE,
        DELETE,
        INSERT
    }

    private record Shape(Kind kind, List<Integer> columns, Parameters parameters) {}

    private final Map<Shape, String> texts = new LinkedHashMap<>();

    String get(
            Kind kind,
            List<Integer> columns,
            Parameters parameters,
            BiFunction<List<Integer>, Parameters, String> maker) {
        Shape shape = new Shape(kind, columns, parameters);
        String known = texts.get(shape);
        if (known != null) {
            return known;
        }
        String made = maker.apply(columns, parameters);
        if (texts.size() == TEXTS_MAX) {
            texts.clear();
        }
        texts.put(shape, made);
        return made;
    }
}
