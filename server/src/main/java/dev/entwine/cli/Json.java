package dev.entwine.cli;

import dev.entwine.model.Table;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the documents of {@code --json}, one on each line. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** A row's key, column by column. */
    static ObjectNode key(Table table, List<String> values) {
        ObjectNode key = object();
        for (int i = 0; i < values.size(); i++) {
            key.put(table.columns().get(table.key().get(i)), values.get(i));
        }
        return key;
    }

    static JsonNode parse(String text) {
        return MAPPER.readTree(text);
    }

    static String time(Instant instant) {
        return instant.toString();
    }

    static void print(Terminal terminal, JsonNode document) {
        terminal.out().println(MAPPER.writeValueAsString(document));
    }
}
