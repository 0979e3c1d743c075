package dev.entwine.db;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The names of everything that the engine creates in or beside a user's database. */
public final class Names {
    /** Of the engine's schema; its tables are never published. */
    public static final String SCHEMA = "entwine";

    public static final String PUBLICATION = "entwine";

    /** What {@code shadow} reads by; gone when it ends. */
    public static final String SHADOW_PUBLICATION = "entwine_shadow";

    /** The two keys of the session advisory lock that the running engine holds at every site ({@code entw}, 1). */
    public static final int LOCK_CLASS = 0x656e7477;

    public static final int LOCK_OBJECT = 1;

    /** The second key of the one that {@link ChangeLock} is. */
    static final int CHANGE_LOCK_OBJECT = 2;

    private static final String PREFIX = "entwine_";
    private static final int SLOT_LENGTH_MAX = 63;
    private static final int HASH_LENGTH = 8;

    private Names() {}

    /**
     * The name of a database's slot, and of its replication origin. Slots belong to the whole server and allow few characters, so
     * a name that had to be changed or cut gets a hash of the original: two databases never share a slot.
     */
    public static String slot(String database) {
        String safe = database.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        int room = SLOT_LENGTH_MAX - PREFIX.length();
        if (safe.equals(database) && safe.length() <= room) {
            return PREFIX + safe;
        }
        int kept = Math.min(safe.length(), room - HASH_LENGTH - 1);
        return PREFIX + safe.substring(0, kept) + "_" + hash(database);
    }

    /** The name of the slot that {@code shadow} reads a database by. */
    public static String shadowSlot(String database) {
        return slot("shadow_" + database);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
