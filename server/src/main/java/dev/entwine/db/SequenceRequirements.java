package dev.entwine.db;

import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.Sequence;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the sequences of one table that would give the same value at two sites. Sequences never do when all sites step by the
 * same width, at least as wide as there are sites, from places that differ modulo that width.
 */
public final class SequenceRequirements {
    private final List<Catalog> catalogs;
    private final SortedMap<Integer, Relation> present;

    SequenceRequirements(List<Catalog> catalogs, SortedMap<Integer, Relation> present) {
        this.catalogs = catalogs;
        this.present = present;
    }

    /**
     * The sequences of one table's unique columns that would give the same value at two sites.
     *
     * @param catalogs of all sites, in order
     * @return for each such column, each site's sequence by the site's place in that order
     */
    public static List<SortedMap<Integer, Sequence>> colliding(TableId table, List<Catalog> catalogs) {
        return new SequenceRequirements(catalogs, TableSet.present(table, catalogs)).colliding();
    }

    List<Finding> check() {
        List<Finding> findings = new ArrayList<>();
        colliding().forEach(sequences -> findings.addAll(warnings(sequences)));
        return findings;
    }

    private List<SortedMap<Integer, Sequence>> colliding() {
        Map<String, SortedMap<Integer, Sequence>> byColumn = new TreeMap<>();
        present.forEach((site, relation) -> relation.sequences().stream()
                .filter(sequence -> isUnique(relation, sequence.column()))
                .forEach(sequence -> byColumn.computeIfAbsent(sequence.column(), column -> new TreeMap<>())
                        .put(site, sequence)));
        return byColumn.values().stream()
                .filter(sequences -> sequences.size() > 1 && !isInterleaved(sequences))
                .toList();
    }

    private static boolean isUnique(Relation relation, String column) {
        return relation.key().filter(key -> key.columns().contains(column)).isPresent()
                || relation.uniques().stream()
                        .anyMatch(unique -> unique.columns().contains(column));
    }

    private static boolean isInterleaved(Map<Integer, Sequence> sequences) {
        Set<Long> widths = new HashSet<>();
        Set<Long> places = new HashSet<>();
        for (Sequence sequence : sequences.values()) {
            Optional<Long> at = sequence.at();
            if (at.isEmpty() || sequence.increment() == 0) {
                return false;
            }
            widths.add(sequence.increment());
            places.add(Math.floorMod(at.get(), Math.abs(sequence.increment())));
        }
        return widths.size() == 1 && places.size() == sequences.size();
    }

    private List<Finding> warnings(Map<Integer, Sequence> sequences) {
        int width = catalogs.size();
        long reached = sequences.values().stream()
                .mapToLong(sequence -> sequence.at().orElse(0L))
                .max()
                .orElse(0);
        long start = (Math.max(0, reached) / width + 1) * width;
        List<Finding> findings = new ArrayList<>();
        sequences.forEach((index, sequence) -> {
            String name = Identifiers.quote(sequence.id());
            findings.add(Finding.warning(
                    catalogs.get(index).site(),
                    "sequence_collision",
                    "sequence " + sequence.id() + " will give the values of column " + sequence.column()
                            + " that another site gives too: different rows under the same key are a conflict ('init"
                            + " --interleave-sequences' keeps them apart)",
                    "ALTER SEQUENCE " + name + " INCREMENT BY " + width + " RESTART WITH " + (start + index) + ";"));
        });
        return findings;
    }
}
