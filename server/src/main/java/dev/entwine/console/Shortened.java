package dev.entwine.console;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Cuts long texts in documents: a row may hold values of megabytes, and a list many rows. Stateless. */
final class Shortened {
    private Shortened() {}

    /** The document with every text no longer than that, but for a note that says how long it was. */
    static JsonNode texts(JsonNode node, int lengthMax) {
        if (node.isString() && node.asString().length() > lengthMax) {
            String text = node.asString();
            int end = Character.isHighSurrogate(text.charAt(lengthMax - 1)) ? lengthMax - 1 : lengthMax;
            return JsonNodeFactory.instance.stringNode(text.substring(0, end) + "… (" + text.length() + " characters)");
        }
        if (node instanceof ObjectNode object) {
            ObjectNode cut = JsonNodeFactory.instance.objectNode();
            object.properties().forEach(field -> cut.set(field.getKey(), texts(field.getValue(), lengthMax)));
            return cut;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode cut = JsonNodeFactory.instance.arrayNode();
            array.forEach(each -> cut.add(texts(each, lengthMax)));
            return cut;
        }
        return node;
    }
}
