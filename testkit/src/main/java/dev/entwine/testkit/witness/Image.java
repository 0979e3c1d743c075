package dev.entwine.testkit.witness;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One version of a row, as texts by column. A column that is NULL is absent. Long texts stand as their length and digest, so that a
 * history fits into memory.
 */
public record Image(SortedMap<String, String> cells) {
    private static final int WHOLE_MAX = 100;

    public Image {
        cells = Collections.unmodifiableSortedMap(new TreeMap<>(cells));
    }

    /** What stands for the text in an image. */
    public static String cell(String text) {
        if (text.length() <= WHOLE_MAX) {
            return text;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return text.length() + " characters " + HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Which write made it: the text of the column {@code tag}. */
    public String tag() {
        return knownTag().orElseThrow(() -> new IllegalStateException("a row without a tag: " + cells));
    }

    /** Empty in an image that is not whole. */
    public Optional<String> knownTag() {
        return Optional.ofNullable(cells.get("tag"));
    }

    /** The same with another text in the column. */
    public Image with(String column, String text) {
        SortedMap<String, String> changed = new TreeMap<>(cells);
        changed.put(column, cell(text));
        return new Image(changed);
    }

    public Image without(String column) {
        SortedMap<String, String> changed = new TreeMap<>(cells);
        changed.remove(column);
        return new Image(changed);
    }
}
