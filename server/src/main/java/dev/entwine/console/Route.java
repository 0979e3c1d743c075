package dev.entwine.console;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One operation of the API.
 *
 * @param path    with names in braces for its variable parts
 * @param role    empty: anybody
 * @param summary for the OpenAPI document
 * @param query   the parameters that it knows, with what they mean
 * @param body    the fields of the JSON object that it takes, with what they mean
 */
record Route(
        String method,
        String path,
        Optional<Role> role,
        String summary,
        Map<String, String> query,
        Map<String, String> body,
        Action action) {
    Route {
        query = Map.copyOf(query);
        body = Map.copyOf(body);
    }

    /** What it does. */
    interface Action {
        JsonNode run(Call call) throws RequestException;
    }

    static Route get(String path, Role role, String summary, Action action) {
        return new Route("GET", path, Optional.of(role), summary, Map.of(), Map.of(), action);
    }

    static Route post(String path, Role role, String summary, Map<String, String> body, Action action) {
        return new Route("POST", path, Optional.of(role), summary, Map.of(), body, action);
    }

    Route open() {
        return new Route(method, path, Optional.empty(), summary, query, body, action);
    }

    Route with(Map<String, String> parameters) {
        return new Route(method, path, role, summary, parameters, body, action);
    }

    boolean changes() {
        return !method.equals("GET");
    }

    /** The values of the variable parts; null when the path is another one. */
    @Nullable
    Map<String, String> match(String wanted) {
        List<String> pattern = List.of(path.split("/", -1));
        List<String> parts = List.of(wanted.split("/", -1));
        if (pattern.size() != parts.size()) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            String name = pattern.get(i);
            if (name.startsWith("{") && !parts.get(i).isEmpty()) {
                values.put(name.substring(1, name.length() - 1), parts.get(i));
            } else if (!name.equals(parts.get(i))) {
                return null;
            }
        }
        return values;
    }
}
