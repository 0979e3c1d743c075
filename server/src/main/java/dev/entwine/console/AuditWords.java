package dev.entwine.console;

import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the audit log says of a request: no values of rows, no tokens, one line that is not long. Stateless. */
final class AuditWords {
    private static final Set<String> SAID =
            Set.of("action", "site", "ids", "table", "prefer", "apply", "role", "reason");
    private static final int LENGTH_MAX = 500;

    private AuditWords() {}

    static String of(JsonNode body) {
        ObjectNode said = JsonNodeFactory.instance.objectNode();
        body.properties().stream()
                .filter(field -> SAID.contains(field.getKey()))
                .forEach(field -> said.set(field.getKey(), field.getValue()));
        String text = said.toString().replaceAll("\\p{Cntrl}", " ");
        return text.substring(0, Math.min(text.length(), LENGTH_MAX));
    }

    static String outcome(JsonNode result) {
        int refused = 0;
        for (JsonNode outcome : result.path("outcomes")) {
            refused += outcome.path("done").asBoolean(true) ? 0 : 1;
        }
        return refused == 0 ? "done" : "refused";
    }
}
