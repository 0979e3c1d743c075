package dev.entwine.journal;

import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Puts a row's decisions into the order in which they knew of each other; those that did not, by time. */
public final class Causality {
    private static final Comparator<JournalEntry> BY_TIME =
            Comparator.comparing(JournalEntry::at).thenComparing(JournalEntry::id);

    private Causality() {}

    public static List<JournalEntry> order(Collection<JournalEntry> entries) {
        List<JournalEntry> left = new ArrayList<>(entries);
        List<JournalEntry> ordered = new ArrayList<>();
        while (!left.isEmpty()) {
            JournalEntry next = left.stream()
                    .filter(entry -> left.stream().noneMatch(other -> isBefore(other, entry)))
                    .min(BY_TIME)
                    .orElseThrow();
            ordered.add(next);
            left.remove(next);
        }
        return ordered;
    }

    private static boolean isBefore(JournalEntry a, JournalEntry b) {
        return !a.vector().equals(b.vector())
                && VersionVector.parse(b.vector()).covers(VersionVector.parse(a.vector()));
    }
}
