package dev.entwine.engine;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.List;
import java.util.Map;

/**
 * What has gone through the engine since it started, at one moment.
 *
 * <p>Of each link, at every moment: {@code captured + uses + redelivered = folded + applied + superseded + lost + present + parked +
 * inFlight}, where {@code captured} is that of the site that it comes from.
 *
 * @param captured     changes taken from each site's log, by table
 * @param transactions taken from each site's log
 * @param conflicts    decisions that were written into each site's journal
 */
public record Measurements(
        Map<SiteId, Map<TableId, Long>> captured,
        Map<SiteId, Long> transactions,
        List<Link> links,
        Map<Decided, Long> conflicts) {

    /** What distinguishes decisions: the site whose journal it is, and how they were made. */
    public record Decided(SiteId journal, TableId table, String kind, String policy) {}

    /**
     * What came of the changes of one site at another one.
     *
     * @param uses        added by {@code scope: object}: rows that a transaction only referred to
     * @param redelivered sent again, because it was not certain that they had been committed
     * @param folded      gave way to a later one of the same row in the same transaction
     * @param applied     written as they are, or part of the row that was written
     * @param superseded  gave way to a later version of the row that the target got with them, or had already
     * @param lost        in a conflict, and stand in the journal
     * @param present     the target had them: they were read again after a start
     * @param inFlight    taken from the log and not committed at the target
     * @param latencies   from the commit at the source, by its clock, until the commit at the target, of transactions
     */
    public record Link(
            SiteId from,
            SiteId to,
            long uses,
            long redelivered,
            long folded,
            long applied,
            long superseded,
            long lost,
            long present,
            long parked,
            long inFlight,
            Latencies latencies) {}

    public long captured(SiteId site) {
        return captured.getOrDefault(site, Map.of()).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
