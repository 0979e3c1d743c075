package dev.entwine.snapshot;

import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.TableComparison;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What the sites hold when they are set up. */
public sealed interface Beginning {
    /** The same rows; this is verified. */
    record Equal() implements Beginning {}

    /** Nothing, but for one site, which fills the others. */
    record CopyFrom(SiteId source) implements Beginning {}

    /**
     * Rows that differ; the engine decides them as it would decide changes of theirs that had been made at the same time.
     *
     * @param rules   what the tables' policies can make of such rows
     * @param addSums whether each site has counted by itself in columns of which differences are added, so that the sites' values of a
     *                row are added; otherwise they have to be the same
     * @param dryRun  whether only to find out what is to be decided
     */
    record Merge(Function<TableId, Rule> rules, boolean addSums, boolean dryRun) implements Beginning {}

    /**
     * They are a set already, which begins anew: from new slots, with what the sites hold then. What they had in common is known as far as
     * an engine had noted it: what was changed or deleted since is taken to the others, and decided where several have done so.
     */
    sealed interface Anew extends Beginning {
        /** As in {@link Merge}. */
        Function<TableId, Rule> rules();

        /** What is at work, in words. */
        String command();
    }

    /** One of the sites is not the one that the others know any more. */
    record Rejoin(SiteId site, Function<TableId, Rule> rules) implements Anew {
        @Override
        public String command() {
            return "entwine rejoin CONFIG " + site;
        }
    }

    /** The set is to have other tables; of those that it did not have, nothing is known from before. */
    record OtherTables(Function<TableId, Rule> rules) implements Anew {
        @Override
        public String command() {
            return "entwine add-table CONFIG";
        }
    }

    /** A site has left the set; the others are those that are set up. */
    record WithoutSite(SiteId site, Function<TableId, Rule> rules) implements Anew {
        @Override
        public String command() {
            return "entwine remove CONFIG " + site;
        }
    }

    /**
     * What a table's policy can make of rows of which nothing is known from before.
     *
     * @param sums      the columns of which differences are added
     * @param newIds    whether rows may get other ids, so that what refers to them has to come after them, whatever their times are
     * @param different why it cannot decide between two versions of a row, and what to do, in words; empty when it can
     * @param any       why it cannot take any row that some site lacks or has otherwise; empty when it can
     */
    record Rule(List<Integer> sums, boolean newIds, Optional<String> different, Optional<String> any) {
        public Rule {
            sums = List.copyOf(sums);
        }
    }

    /**
     * How one table differs.
     *
     * @param lacking   how many rows each site lacks that some other site has
     * @param deleted   how many rows are gone at a site since all sites had them, and are still there at another
     * @param different how many rows are not the same at the sites that have them
     * @param refusals  why they cannot be merged as the table's rule is, in words; empty when they can
     * @param examples  some of them; empty where nobody wants to read them, and where there are none
     * @param times     when the examples were written, in microseconds since the Unix epoch, as far as it is known
     */
    record Divergence(
            Table table,
            Map<SiteId, Long> lacking,
            long deleted,
            long different,
            List<String> refusals,
            Optional<TableComparison> examples,
            Map<List<String>, Map<SiteId, Long>> times) {
        public Divergence {
            lacking = Map.copyOf(lacking);
            refusals = List.copyOf(refusals);
            times = Map.copyOf(times);
        }

        public boolean isNone() {
            return different == 0 && deleted == 0 && lacking.values().stream().allMatch(rows -> rows == 0);
        }
    }
}
