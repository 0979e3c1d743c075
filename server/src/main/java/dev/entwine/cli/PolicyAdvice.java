package dev.entwine.cli;

import dev.entwine.db.SiteException;
import dev.entwine.journal.Filter;
import dev.entwine.journal.JournalEntry;
import dev.entwine.journal.Version;
import dev.entwine.model.TableId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Which tables would profit most from another policy, by what the newest conflicts of the journal have lost: a column that only the loser
 * had changed would have been kept by {@code merge}, and a number that both had changed by {@code sum}.
 */
final class PolicyAdvice {
    private static final int ENTRIES_MAX = 500;
    private static final int TABLES_MAX = 3;

    private PolicyAdvice() {}

    /**
     * What was found of a table.
     *
     * @param conflicts how many updates of the same row were looked at
     * @param unknown   of these, how many without the row before, so that nobody can tell what was changed
     * @param merge     of these, how many in which {@code merge} would have kept something
     * @param sums      by column, how often {@code sum} would have
     */
    record Table(TableId table, String policy, int conflicts, int unknown, int merge, Map<String, Integer> sums) {
        int saved() {
            return merge + sums.values().stream().mapToInt(Integer::intValue).sum();
        }

        String inWords() {
            if (saved() == 0) {
                return unknown == 0
                        ? "both sites had changed the same columns"
                        : "not known: the log does not carry rows as they were before (REPLICA IDENTITY FULL)";
            }
            List<String> words = new ArrayList<>();
            if (merge > 0) {
                words.add("'on_conflict: merge' would have kept columns that only the loser had changed in " + merge);
            }
            sums.forEach((column, times) ->
                    words.add("'" + column + ": sum' would have kept both changes of it in " + times));
            return String.join("; ", words);
        }
    }

    /** The three with most to gain. */
    static List<Table> of(JournalSites journals) throws SiteException {
        Map<String, List<JournalEntry>> entries = new LinkedHashMap<>();
        Filter updates = new Filter(
                Optional.empty(),
                Optional.of("update_update"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        journals.read(
                updates,
                true,
                ENTRIES_MAX,
                entry -> entries.computeIfAbsent(entry.table().toString(), none -> new ArrayList<>())
                        .add(entry));
        return entries.values().stream()
                .map(PolicyAdvice::table)
                .sorted(Comparator.comparingInt(Table::saved)
                        .thenComparingInt(Table::conflicts)
                        .reversed())
                .limit(TABLES_MAX)
                .toList();
    }

    private static Table table(List<JournalEntry> entries) {
        int unknown = 0;
        int merge = 0;
        Map<String, Integer> sums = new TreeMap<>();
        for (JournalEntry entry : entries) {
            Optional<Version> winner = entry.version(entry.winner());
            Optional<Version> loser = entry.versionsBut(entry.winner()).stream().findFirst();
            if (winner.isEmpty() || loser.isEmpty() || entry.versions().size() != 2) {
                continue;
            }
            if (!winner.get().before().isObject() || !loser.get().before().isObject()) {
                unknown++;
                continue;
            }
            List<String> lost = changed(loser.get());
            List<String> won = changed(winner.get());
            merge += won.containsAll(lost) ? 0 : 1;
            lost.stream()
                    .filter(column -> won.contains(column) && isNumber(column, winner.get(), loser.get()))
                    .forEach(column -> sums.merge(column, 1, Integer::sum));
        }
        JournalEntry any = entries.getFirst();
        return new Table(any.table(), any.policy(), entries.size(), unknown, merge, sums);
    }

    private static List<String> changed(Version version) {
        return version.image().propertyNames().stream()
                .filter(column -> version.before().has(column)
                        && !version.before().path(column).equals(version.image().path(column)))
                .toList();
    }

    private static boolean isNumber(String column, Version... versions) {
        for (Version version : versions) {
            if (!isNumber(version.before().path(column))
                    || !isNumber(version.image().path(column))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(JsonNode value) {
        try {
            return value.isString() && new BigDecimal(value.asString()).scale() < 100;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
