package dev.entwine.model;

import java.util.HashMap;
import java.util.Map;

/**
 * What the engine writes into a site's log about itself, as transactional logical messages with the prefix {@link #PREFIX}. An
 * apply transaction begins with {@link Apply}, so that a reader knows it before its first row, and ends with {@link Applied}.
 */
public sealed interface Message {
    String PREFIX = "entwine";

    /** Stands between a row and a position. */
    char UNLOCKED = '!';

    /** The transaction is the engine's: its rows are not local changes. */
    record Apply() implements Message {
        @Override
        public String toString() {
            return "apply";
        }
    }

    /** What {@link LogEntry.Marker} carries. */
    record Applied(
            long epoch,
            long batch,
            Stamp stamp,
            Position acknowledged,
            VersionVector applied,
            Map<RowId, VersionVector> merged,
            Map<RowId, Position> unlocked)
            implements Message {
        public Applied {
            merged = Map.copyOf(merged);
            unlocked = Map.copyOf(unlocked);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("applied ")
                    .append(epoch)
                    .append(' ')
                    .append(batch)
                    .append(' ')
                    .append(stamp.micros())
                    .append(' ')
                    .append(acknowledged)
                    .append(' ')
                    .append(applied);
            merged.forEach(
                    (row, vector) -> text.append(' ').append(row).append(':').append(vector));
            unlocked.forEach((row, position) ->
                    text.append(' ').append(row).append(UNLOCKED).append(position));
            return text.toString();
        }
    }

    /** See {@link LogEntry.Fence}. */
    record Fence(String token) implements Message {
        @Override
        public String toString() {
            return "fence " + token;
        }
    }

    /** An empty local transaction: once it is applied everywhere, so is everything committed before it. */
    record Ping(String token) implements Message {
        @Override
        public String toString() {
            return "ping " + token;
        }
    }

    /** A conflict was revised by the transaction, which is a local one: every site's journal is to say so. */
    record Revised(Revision revision) implements Message {
        @Override
        public String toString() {
            return "revised " + revision;
        }
    }

    /** A row was repaired by the transaction, which is a local one: every site's journal is to say so. */
    record Repaired(Repair repair) implements Message {
        @Override
        public String toString() {
            return "repaired " + repair.entry();
        }
    }

    /** The transaction is the engine's; see {@link LogEntry.Rekeyed}. Stands before its first row. */
    record Rekey() implements Message {
        @Override
        public String toString() {
            return "rekey";
        }
    }

    /**
     * Reads what {@code toString} wrote, and nothing else.
     *
     * @throws IllegalArgumentException for any other text: what cannot be understood whole must not be taken for something lesser
     */
    static Message parse(String text) {
        String[] words = text.split(" ", -1);
        return switch (words[0]) {
            case "apply" -> single(new Apply(), words, text);
            case "rekey" -> single(new Rekey(), words, text);
            case "fence" -> new Fence(token("fence ", text));
            case "ping" -> new Ping(token("ping ", text));
            case "revised" -> new Revised(Revision.parse(token("revised ", text)));
            case "repaired" -> new Repaired(new Repair(token("repaired ", text)));
            case "applied" -> parseApplied(words, text);
            default -> throw new IllegalArgumentException("unknown engine message '" + text + "'");
        };
    }

    private static Message single(Message message, String[] words, String text) {
        if (words.length != 1) {
            throw new IllegalArgumentException("engine message goes on after its end: '" + text + "'");
        }
        return message;
    }

    /** All that follows: whoever made the token compares it whole. */
    private static String token(String before, String text) {
        if (text.length() <= before.length()) {
            throw new IllegalArgumentException("engine message has no token: '" + text + "'");
        }
        return text.substring(before.length());
    }

    private static Applied parseApplied(String[] words, String text) {
        if (words.length < 6) {
            throw new IllegalArgumentException("engine message is cut short: '" + text + "'");
        }
        Map<RowId, VersionVector> merged = new HashMap<>();
        Map<RowId, Position> unlocked = new HashMap<>();
        for (int i = 6; i < words.length; i++) {
            int mark = words[i].indexOf(UNLOCKED);
            if (mark >= 0) {
                unlocked.put(RowId.parse(words[i].substring(0, mark)), Position.parse(words[i].substring(mark + 1)));
                continue;
            }
            int colon = words[i].indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("engine message has no version vector in '" + words[i] + "'");
            }
            merged.put(RowId.parse(words[i].substring(0, colon)), VersionVector.parse(words[i].substring(colon + 1)));
        }
        return new Applied(
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                new Stamp(Long.parseLong(words[3])),
                Position.parse(words[4]),
                VersionVector.parse(words[5]),
                merged,
                unlocked);
    }
}
