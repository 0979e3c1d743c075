package dev.entwine.console;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who has asked for what, and what came of it: in the program's log, under a name of its own, and the last ones here for the page. No
 * values of rows. Safe from any thread.
 */
final class AuditLog {
    private static final Logger LOG = LoggerFactory.getLogger("dev.entwine.audit");
    private static final int KEPT_MAX = 1_000;

    private final Deque<ObjectNode> last = new ArrayDeque<>();

    /** @param outcome in a few words */
    synchronized void note(Instant at, String by, String what, String outcome) {
        LOG.info("{}: {}: {}", by, what, outcome);
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        entry.put("at", at.toString()).put("by", by).put("what", what).put("outcome", outcome);
        last.addFirst(entry);
        if (last.size() > KEPT_MAX) {
            last.removeLast();
        }
    }

    synchronized ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode entries = document.putArray("entries");
        last.forEach(entry -> entries.add(entry.deepCopy()));
        return document;
    }
}
