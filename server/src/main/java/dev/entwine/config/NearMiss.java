package dev.entwine.config;

import java.util.Collection;
import java.util.Locale;

/** Finds the allowed word that somebody probably meant (Levenshtein distance of at most a third of its length). */
final class NearMiss {
    private NearMiss() {}

    /** {@code "; did you mean 'x'?"}, or nothing when no word is near. */
    static String of(String given, Collection<String> allowed) {
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        for (String word : allowed) {
            int distance = distance(given.toLowerCase(Locale.ROOT), word);
            if (distance < bestDistance) {
                best = word;
                bestDistance = distance;
            }
        }
        return bestDistance <= Math.max(1, best.length() / 3) ? "; did you mean '" + best + "'?" : "";
    }

    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j < previous.length; j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
