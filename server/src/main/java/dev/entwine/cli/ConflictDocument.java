package dev.entwine.cli;

import dev.entwine.journal.JournalEntry;
import dev.entwine.journal.Version;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An entry as one JSON document. Winner, losers and result are as they count now: when a person has kept another version, that one
 * has won. What the policy had decided stands under {@code decision}.
 */
final class ConflictDocument {
    private ConflictDocument() {}

    static ObjectNode of(JournalEntry entry) {
        String winner = entry.winnerNow();
        boolean asDecided = winner.equals(entry.winner());
        ObjectNode document = Json.object();
        document.put("id", entry.id());
        document.put("at", Json.time(entry.at()));
        document.put("table", entry.table().toString());
        document.set("key", entry.key());
        document.put("kind", entry.kind());
        document.put("policy", entry.policy());
        document.put("reason", entry.reason());
        document.put("status", entry.status());
        document.put("winner", winner);
        document.set("losers", asDecided ? entry.losers() : losers(entry.versionsBut(winner)));
        document.set("base", entry.base());
        document.set(
                "result",
                asDecided
                        ? entry.result()
                        : entry.version(winner).map(Version::image).orElse(entry.result()));
        ArrayNode versions = document.putArray("versions");
        entry.versions().forEach(version -> versions.add(version(version)));
        document.set("revisions", entry.revisions());
        ObjectNode decision = document.putObject("decision");
        decision.put("winner", entry.winner());
        decision.set("result", entry.result());
        decision.put("vector", entry.vector());
        return document;
    }

    private static ArrayNode losers(List<Version> versions) {
        ArrayNode losers = Json.array();
        for (Version version : versions) {
            ObjectNode loser = losers.addObject();
            loser.put("site", version.site());
            loser.put("position", version.position());
            loser.put("at", version.at());
            loser.set("image", version.image());
        }
        return losers;
    }

    private static ObjectNode version(Version version) {
        ObjectNode node = Json.object();
        node.put("site", version.site());
        node.put("position", version.position());
        node.put("at", version.at());
        node.put("transaction", version.transaction());
        node.put("operation", version.operation());
        node.set("before", version.before().isMissingNode() ? Json.parse("null") : version.before());
        node.set("image", version.image());
        return node;
    }
}
