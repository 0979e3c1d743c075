package dev.entwine.console;

import dev.entwine.config.NotifySettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees in the samples what needs a person, and tells it once when it begins and once when it has ended. What lasts for less than three samples
 * is not told, nor is it ended by a gap of less than ten. Owned by the samples' thread.
 */
final class Notifier {
    private static final String GUARD = "guard";
    private static final int BEGINS_AFTER = 3;
    private static final int ENDS_AFTER = 10;
    private static final int SPOOL_HALF = 50;
    private static final int SPOOL_NEARLY_FULL = 80;

    private final NotifySettings settings;
    private final long spoolBytesMax;
    private final Consumer<ObjectNode> delivery;
    private final Map<String, Integer> seen = new HashMap<>();
    private final Map<String, Integer> unseen = new HashMap<>();
    private final Set<String> told = new HashSet<>();

    /** @param delivery gets each notice, and does not wait */
    Notifier(NotifySettings settings, long spoolBytesMax, Consumer<ObjectNode> delivery) {
        this.settings = settings;
        this.spoolBytesMax = spoolBytesMax;
        this.delivery = delivery;
    }

    void look(JsonNode sample) {
        Map<String, String> now = amiss(sample);
        now.forEach((what, text) -> {
            unseen.remove(what);
            if (seen.merge(what, 1, Integer::sum) >= BEGINS_AFTER && told.add(what)) {
                tell("begins", what, text, sample);
            }
        });
        seen.keySet().removeIf(what -> !now.containsKey(what));
        for (String what : Set.copyOf(told)) {
            if (!now.containsKey(what) && unseen.merge(what, 1, Integer::sum) >= ENDS_AFTER) {
                told.remove(what);
                unseen.remove(what);
                tell("ends", what, "", sample);
            }
        }
    }

    /** What is amiss, in a word and the site or link, and in words. */
    private Map<String, String> amiss(JsonNode sample) {
        Map<String, String> amiss = new TreeMap<>();
        if (!sample.path("engine").asBoolean(false)) {
            String waiting = sample.path("waiting").asString("");
            amiss.put("engine_stopped", waiting.isEmpty() ? "no engine runs in this process" : waiting);
        }
        count(sample, "open_conflicts", "conflicts wait for a decision", amiss);
        count(sample, "parked", "changes were refused by a database and are parked", amiss);
        count(sample, "differences", "rows differ between the sites", amiss);
        Set<String> guarded = new HashSet<>();
        for (JsonNode held : sample.path("guards")) {
            String site = held.path("site").asString("");
            guarded.add(site);
            amiss.put(
                    GUARD + " " + site,
                    "a guard holds the log of the site: " + held.path("what").asString("")
                            + "; 'entwine guard CONFIG' shows it and takes the answer");
        }
        for (JsonNode link : sample.path("links")) {
            String name =
                    link.path("from").asString("") + " to " + link.path("to").asString("");
            boolean asked = guarded.contains(link.path("from").asString(""))
                    || guarded.contains(link.path("to").asString(""));
            if (!asked && !link.path("state").asString("").equals("streaming")) {
                amiss.put(
                        "link_down " + name, "the link is " + link.path("state").asString(""));
            }
            if (link.path("lag_ms").asLong() > settings.lagMax().toMillis()) {
                amiss.put(
                        "lag " + name,
                        "changes wait for more than " + settings.lagMax().toSeconds() + " s");
            }
        }
        long percent = 100 * sample.path("spool_file_bytes").asLong() / Math.max(1, spoolBytesMax);
        for (int bound : new int[] {SPOOL_HALF, SPOOL_NEARLY_FULL}) {
            if (percent >= bound) {
                amiss.put("spool_" + bound, "the spool's files are " + bound + " % full or more");
            }
        }
        return amiss;
    }

    private static void count(JsonNode sample, String field, String words, Map<String, String> amiss) {
        long count = sample.path(field).asLong(0);
        if (count > 0) {
            amiss.put(field, count + " " + words);
        }
    }

    private void tell(String state, String what, String text, JsonNode sample) {
        int space = what.indexOf(' ');
        String event = space < 0 ? what : what.substring(0, space);
        delivery.accept(JsonNodeFactory.instance
                .objectNode()
                .put("event", event)
                .put("state", state)
                .put(event.equals(GUARD) ? "site" : "link", space < 0 ? null : what.substring(space + 1))
                .put("what", text)
                .put("at", sample.path("at").asString("")));
    }
}
