package dev.entwine.console;

import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Takes values of rows out of documents: of each only what is named here is left. Stateless. */
final class Redaction {
    private static final Set<String> CONFLICT =
            Set.of("id", "at", "table", "kind", "policy", "status", "winner", "finished");
    private static final Set<String> VERSION = Set.of("site", "position", "at", "transaction", "operation");
    private static final Set<String> PARKED =
            Set.of("site", "id", "table", "source", "position", "operation", "sqlstate", "at");
    private static final Set<String> TABLE = Set.of(
            "table",
            "equal",
            "rows",
            "difference_count",
            "not_judged_count",
            "compared",
            "took_ms",
            "engine_running",
            "mended",
            "applied",
            "ok",
            "repaired_count");

    private Redaction() {}

    static ObjectNode conflict(JsonNode entry) {
        ObjectNode left = only(entry, CONFLICT);
        left.put("hidden", true);
        left.set("losers", each(entry.path("losers"), VERSION));
        left.set("versions", each(entry.path("versions"), VERSION));
        left.set("revisions", entry.path("revisions"));
        return left;
    }

    static ArrayNode parked(JsonNode entries) {
        return each(entries, PARKED);
    }

    /** Of a verification or a repair. */
    static ObjectNode comparison(JsonNode document) {
        ObjectNode left = only(document, TABLE);
        left.put("hidden", true);
        left.set("tables", each(document.path("tables"), TABLE));
        return left;
    }

    static ObjectNode status(JsonNode document) {
        ObjectNode left = JsonNodeFactory.instance.objectNode();
        document.properties().forEach(field -> left.set(field.getKey(), field.getValue()));
        if (document.path("verification") instanceof ObjectNode verification) {
            ObjectNode without = verification.deepCopy();
            without.putArray("differences");
            left.set("verification", without);
        }
        return left;
    }

    private static ArrayNode each(JsonNode array, Set<String> names) {
        ArrayNode left = JsonNodeFactory.instance.arrayNode();
        array.forEach(entry -> left.add(only(entry, names)));
        return left;
    }

    private static ObjectNode only(JsonNode object, Set<String> names) {
        ObjectNode left = JsonNodeFactory.instance.objectNode();
        object.properties().stream()
                .filter(field -> names.contains(field.getKey()))
                .forEach(field -> left.set(field.getKey(), field.getValue()));
        return left;
    }
}
