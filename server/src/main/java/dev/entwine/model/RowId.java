package dev.entwine.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * The fingerprint of a row's table and key: the first 128 bits of a SHA-256 over their texts, each preceded by its length. Small,
 * of fixed size, equal at every site and after every restart. Text form: 32 hexadecimal digits.
 */
public record RowId(long high, long low) {
    public static RowId of(TableId table, List<String> key) {
        MessageDigest digest = sha256();
        add(digest, table.schema());
        add(digest, table.name());
        for (String value : key) {
            add(digest, value);
        }
        byte[] hash = digest.digest();
        return new RowId(longAt(hash, 0), longAt(hash, 8));
    }

    public static RowId parse(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("row id '" + text + "' does not have 32 hexadecimal digits");
        }
        return new RowId(
                Long.parseUnsignedLong(text.substring(0, 16), 16), Long.parseUnsignedLong(text.substring(16), 16));
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int shift = 24; shift >= 0; shift -= 8) {
            digest.update((byte) (bytes.length >>> shift));
        }
        digest.update(bytes);
    }

    private static long longAt(byte[] bytes, int offset) {
        long result = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            result = result << 8 | (bytes[offset + i] & 0xFF);
        }
        return result;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public int hashCode() {
        return (int) low;
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
