package dev.entwine.journal;

import tools.jackson.databind.JsonNode;

/**
 * One of the two versions that a conflict was about.
 *
 * @param position    of the transaction that made it, in its site's log
 * @param at          commit time, RFC 3339
 * @param transaction the site's own number of that transaction
 * @param operation   {@code insert}, {@code update} or {@code delete}
 * @param before      JSON: the row that it replaced, as far as the log carried it; null where it did not, and for an insert
 * @param image       JSON: the row; null for a delete. A value that the log left out is missing in it
 */
public record Version(
        String site, String position, String at, long transaction, String operation, JsonNode before, JsonNode image) {
    public boolean isDelete() {
        return image.isNull();
    }
}
