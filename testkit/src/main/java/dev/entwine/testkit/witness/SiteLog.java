package dev.entwine.testkit.witness;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Follows the rows of one site through its log. Row locks make the order of commits that of the versions of each row. */
final class SiteLog {
    private final String site;
    private final SortedMap<RowId, Image> rows;
    private final List<Commit> commits = new ArrayList<>();
    private long latestMicros;

    SiteLog(String site, SortedMap<RowId, Image> before) {
        this.site = site;
        rows = new TreeMap<>(before);
    }

    void append(Portion.Transaction transaction, boolean byUser) {
        latestMicros = Math.max(latestMicros, transaction.micros());
        if (transaction.changes().isEmpty()) {
            return;
        }
        Map<RowId, Optional<Image>> before = new LinkedHashMap<>();
        Map<RowId, Set<String>> leftOut = new HashMap<>();
        for (Change change : transaction.changes()) {
            leftOut.merge(change.row(), change.unchanged(), SiteLog::both);
            before.putIfAbsent(change.row(), Optional.ofNullable(rows.get(change.row())));
            change.after()
                    .ifPresentOrElse(
                            image -> rows.put(change.row(), completed(change, image)), () -> rows.remove(change.row()));
        }
        List<Effect> effects = new ArrayList<>();
        before.forEach((row, found) -> {
            Optional<Image> left = Optional.ofNullable(rows.get(row));
            if (!found.equals(left)) {
                effects.add(new Effect(row, found, left, leftOut.getOrDefault(row, Set.of())));
            }
        });
        commits.add(new Commit(
                site, commits.size(), transaction.xid(), transaction.micros(), latestMicros, byUser, effects));
    }

    /** What every statement left as it was. */
    private static Set<String> both(Set<String> one, Set<String> other) {
        Set<String> both = new HashSet<>(one);
        both.retainAll(other);
        return both;
    }

    private Image completed(Change change, Image image) {
        Image whole = image;
        Image former = rows.get(change.row());
        for (String column : change.unchanged()) {
            String kept = former == null ? null : former.cells().get(column);
            if (kept == null) {
                throw new IllegalStateException("the log of " + site + " leaves out " + column + " of " + change.row()
                        + ", which was not there");
            }
            whole = whole.with(column, kept);
        }
        return whole;
    }

    List<Commit> commits() {
        return List.copyOf(commits);
    }
}
