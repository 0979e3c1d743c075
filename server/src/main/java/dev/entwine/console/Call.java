package dev.entwine.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A request that has been let in.
 *
 * @param session of who makes it; of a nameless viewer where anybody may
 * @param path    the values of the path's variable parts
 * @param body    an object; empty when there was none
 */
record Call(Access.Session session, Map<String, String> path, Map<String, String> query, JsonNode body) {
    private static final int IDS_MAX = 1_000;

    boolean maySeeRows() {
        return session.role().includes(Role.OPERATOR);
    }

    String path(String name) {
        return path.getOrDefault(name, "");
    }

    /** Of the query; one that is empty is none. */
    Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name)).filter(value -> !value.isEmpty());
    }

    int number(String name, int initial, int most) throws RequestException {
        Optional<String> text = query(name);
        try {
            int number = text.map(Integer::parseInt).orElse(initial);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw RequestException.wrong(name + " is a number from 0 to " + most);
    }

    Optional<String> text(String field) throws RequestException {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw RequestException.wrong(field + " is not a string");
        }
        return Optional.of(value.asString());
    }

    String required(String field) throws RequestException {
        return text(field)
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> RequestException.wrong(field + " is missing"));
    }

    List<String> texts(String field) throws RequestException {
        List<String> values = new ArrayList<>();
        for (JsonNode value : body.path(field)) {
            if (!value.isString()) {
                throw RequestException.wrong(field + " is not a list of strings");
            }
            values.add(value.asString());
        }
        if (values.isEmpty() || values.size() > IDS_MAX) {
            throw RequestException.wrong(field + " is a list of 1 to " + IDS_MAX + " strings");
        }
        return values;
    }
}
