package dev.entwine.cli;

import dev.entwine.db.Proven;
import dev.entwine.db.StandingDifference;
import dev.entwine.db.TableProof;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The part of {@code status --json} that says how far the tables are proved to be equal.
 *
 * @param within    as configured; empty when the engine does not verify
 * @param proven    by what all reachable sites say
 * @param running   whether an engine does
 * @param published by the engine last
 */
record VerificationDocument(Optional<Duration> within, Proven proven, boolean running, JsonNode published) {
    ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("within_ms", within.map(Duration::toMillis).orElse(null));
        JsonNode said = running ? published.path("verification") : Json.object();
        document.put("doing", said.path("doing").asString("no engine runs"));
        document.put("pass", said.path("pass").isNumber() ? said.path("pass").asDouble() : null);
        long unnamed = proven.tables().stream().mapToLong(TableProof::unnamed).sum();
        document.put("difference_count", proven.differences().size() + unnamed);
        ArrayNode tables = document.putArray("tables");
        proven.tables().forEach(proof -> tables.add(table(proof, proven)));
        ArrayNode differences = document.putArray("differences");
        proven.differences().forEach(difference -> differences.add(difference(difference)));
        return document;
    }

    private ObjectNode table(TableProof proof, Proven proven) {
        ObjectNode node = Json.object();
        node.put("table", proof.table().toString());
        node.put(
                "proven_from",
                proof.proven().map(TableProof.Proven::from).map(Json::time).orElse(null));
        node.put(
                "proven_at",
                proof.proven().map(TableProof.Proven::at).map(Json::time).orElse(null));
        node.put("late", isLate(proof));
        node.put("rows", proof.rows());
        Optional<TableProof.Walk> walk = proof.walk();
        if (walk.isPresent()) {
            node.putObject("walk")
                    .put("from", Json.time(walk.get().from()))
                    .put("rows", walk.get().rows());
        } else {
            node.putNull("walk");
        }
        long standing = proven.differences().stream()
                .filter(difference -> difference.table().equals(proof.table()))
                .count();
        node.put("difference_count", standing + proof.unnamed());
        node.put("not_judged_count", proof.notJudged());
        node.put("trouble", proof.trouble().isEmpty() ? null : proof.trouble());
        return node;
    }

    /** The last proof is older than it may become; a table that was never proved is not late, for nobody knows since when it waits. */
    private boolean isLate(TableProof proof) {
        return within.isPresent()
                && proof.proven()
                        .filter(last -> last.at().isBefore(Instant.now().minus(within.get())))
                        .isPresent();
    }

    private static ObjectNode difference(StandingDifference difference) {
        ObjectNode node = Json.object();
        node.put("table", difference.table().toString());
        ObjectNode key = node.putObject("key");
        for (int i = 0; i < difference.key().size(); i++) {
            key.put(difference.keyColumns().get(i), difference.key().get(i));
        }
        ArrayNode columns = node.putArray("columns");
        difference.columns().forEach(columns::add);
        ArrayNode missing = node.putArray("missing_at");
        difference.missingAt().forEach(missing::add);
        node.put("found_at", Json.time(difference.foundAt()));
        return node.put("in_words", difference.inWords());
    }
}
