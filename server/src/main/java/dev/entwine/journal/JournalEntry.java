package dev.entwine.journal;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One conflict, as a site's journal has it.
 *
 * @param id           the same at every site
 * @param rowId        the fingerprint of table and key
 * @param key          an object of the key's columns
 * @param reason       why it was decided so, in words
 * @param status       {@code decided}, {@code open} or {@code undone}
 * @param winner       a site, or {@code merged}, as the policy decided
 * @param vector       the version vector of the decision
 * @param losers       an array of objects with site, position, at and image, as the policy decided
 * @param base         the row that both sides began with; null when there was none or it is not known
 * @param result       the row as the policy decided; null for a delete
 * @param transactions both versions without their images; null in an entry that does not know them
 * @param revisions    what persons have said of it since, oldest first
 * @param finished     whether a restart does not need it any more
 */
public record JournalEntry(
        String id,
        Instant at,
        TableId table,
        String rowId,
        JsonNode key,
        String kind,
        String policy,
        String reason,
        String status,
        String winner,
        String vector,
        JsonNode losers,
        JsonNode base,
        JsonNode result,
        JsonNode transactions,
        JsonNode revisions,
        boolean finished) {
    /** The winner of a decision that neither version won. */
    public static final String MERGED = "merged";

    public boolean isOpen() {
        return status.equals("open");
    }

    public boolean isUndone() {
        return status.equals("undone");
    }

    /** The two versions: the one that stood before and the one that arrived. */
    public List<Version> versions() {
        if (transactions.isNull()) {
            return List.of();
        }
        JsonNode merged = transactions.path("merged");
        JsonNode arriving = transactions.path("arriving");
        if (winner.equals(MERGED)) {
            boolean forAnotherRow =
                    losers.size() == 1; // whose transaction has no version of this one but what came out
            return List.of(
                    version(merged, merged.path("before"), losers.path(0).path("image")),
                    version(
                            arriving,
                            base,
                            forAnotherRow ? result : losers.path(1).path("image")));
        }
        boolean mergedWon = merged.path("site").asString("").equals(winner);
        JsonNode lost = losers.path(0).path("image");
        return List.of(
                version(merged, merged.path("before"), mergedWon ? result : lost),
                version(arriving, base, mergedWon ? lost : result));
    }

    private static Version version(JsonNode of, JsonNode before, JsonNode image) {
        return new Version(
                of.path("site").asString(""),
                of.path("position").asString(""),
                of.path("at").asString(""),
                of.path("transaction").asLong(0),
                of.path("operation").asString("").toLowerCase(Locale.ROOT),
                before,
                image);
    }

    public Optional<Version> version(String site) {
        return versions().stream()
                .filter(version -> version.site().equals(site))
                .findFirst();
    }

    /** The versions of other sites. */
    public List<Version> versionsBut(String site) {
        return versions().stream()
                .filter(version -> !version.site().equals(site))
                .toList();
    }

    /** The site whose version a person last made to stand; empty while what the policy decided stands. */
    public Optional<String> madeToStand() {
        String site = null;
        for (JsonNode revision : revisions) {
            site = revision.path("stands").isString() ? revision.path("stands").asString() : site;
        }
        return Optional.ofNullable(site);
    }

    /** Whether it is closed, with the version of that site. */
    boolean wasDecidedFor(SiteId site) {
        return status.equals("decided") && madeToStand().orElse(winner).equals(site.name());
    }

    /** The row as it was written last on account of this conflict; null for a delete. */
    public JsonNode standing() {
        return madeToStand().flatMap(this::version).map(Version::image).orElse(result);
    }

    /** Whose version counts as the winner: the policy's choice, or the one that a person kept last. */
    public String winnerNow() {
        String now = winner;
        for (JsonNode revision : revisions) {
            if (revision.path("command").asString("").equals("keep")
                    && revision.path("stands").isString()) {
                now = revision.path("stands").asString();
            }
        }
        return now;
    }

    /** The columns that any version names: those that the table had. */
    public List<String> columns() {
        List<String> columns = new ArrayList<>();
        List<JsonNode> images = new ArrayList<>(List.of(result));
        versions().forEach(version -> images.add(version.image()));
        for (JsonNode image : images) {
            image.propertyNames().stream()
                    .filter(column -> !columns.contains(column))
                    .forEach(columns::add);
        }
        return columns;
    }
}
