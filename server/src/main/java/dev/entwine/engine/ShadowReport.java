package dev.entwine.engine;

import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What would have happened between sites that nothing connects.
 *
 * @param seconds    how long it was looked
 * @param sites      what each site did
 * @param collisions pairs of changes that neither could have seen the other of, by what they would have come to
 * @param examples   the first of them
 */
public record ShadowReport(
        double seconds, Map<SiteId, Traffic> sites, Map<Outcome, Long> collisions, List<Example> examples) {
    public ShadowReport {
        examples = List.copyOf(examples);
    }

    /**
     * What a site did.
     *
     * @param changes     of rows of the tables
     * @param bytes       of these, as they would have been carried, about
     * @param lagMillis50 from commit to here, by the clocks of both; of half of the transactions not more
     * @param lagMillis99 of all but one in a hundred
     */
    public record Traffic(long transactions, long changes, long bytes, long lagMillis50, long lagMillis99) {}

    /**
     * What collisions would have come to.
     *
     * @param kind   of conflict, as in the journal
     * @param rule   the policy, the unique index or the foreign key
     * @param result who would have stood, or what would have been done, in words
     */
    public record Outcome(TableId table, String kind, String rule, String result) implements Comparable<Outcome> {
        @Override
        public int compareTo(Outcome other) {
            int byTable = table.compareTo(other.table);
            int byKind = byTable != 0 ? byTable : kind.compareTo(other.kind);
            int byRule = byKind != 0 ? byKind : rule.compareTo(other.rule);
            return byRule != 0 ? byRule : result.compareTo(other.result);
        }
    }

    /** Two changes that would have collided, the one that was read first named first. */
    public record Example(Outcome outcome, Side first, Side second) {}

    /** One change. */
    public record Side(SiteId site, Instant at, Table table, List<String> key) {}

    public long collisionCount() {
        return collisions.values().stream().mapToLong(Long::longValue).sum();
    }
}
