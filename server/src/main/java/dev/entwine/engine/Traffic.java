package dev.entwine.engine;

import dev.entwine.merge.Batch;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Item;
import dev.entwine.merge.RowWrite;
import dev.entwine.model.Change;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;

/** Counts what goes through the engine; see {@link Measurements}. Guarded by the core's lock. */
final class Traffic {
    private final List<SiteId> sites;
    private final KeyTraffic keys;
    private final Map<SiteId, Map<TableId, Long>> captured = new TreeMap<>();
    private final Map<SiteId, Long> transactions = new TreeMap<>();
    /** By source, then by target. */
    private final Map<SiteId, Map<SiteId, LinkTraffic>> links = new TreeMap<>();

    private final Map<Measurements.Decided, Long> conflicts = new HashMap<>();
    /** Of each target, the batch that was written last. */
    private final Map<SiteId, Written> written = new TreeMap<>();

    /** What a site's journal has got: a decision is written again until the site's log shows it, and is forgotten by the merger then. */
    private final Map<SiteId, Map<Decision, Boolean>> journaled = new TreeMap<>();

    private record Written(Batch batch, Instant at) {}

    Traffic(List<SiteId> sites, KeyTraffic keys) {
        this.sites = sites;
        this.keys = keys;
        for (SiteId from : sites) {
            captured.put(from, new HashMap<>());
            transactions.put(from, 0L);
            journaled.put(from, new WeakHashMap<>());
            Map<SiteId, LinkTraffic> targets = new LinkedHashMap<>();
            sites.stream().filter(to -> !to.equals(from)).forEach(to -> targets.put(to, new LinkTraffic(from, to)));
            links.put(from, targets);
        }
    }

    /** A transaction is being taken from its log. */
    void taken(LocalTransaction local, Instant now) {
        transactions.merge(local.site(), 1L, Long::sum);
        Map<TableId, Long> tables = captured.getOrDefault(local.site(), Map.of());
        for (Change change : local.changes()) {
            tables.merge(change.table().id(), 1L, Long::sum);
            keys.changed(local.site(), change, now);
        }
    }

    /** @param captured how many changes the transaction had in its log */
    void arrived(Item item, int captured) {
        if (item instanceof Item.Transaction transaction) {
            targets(transaction.source()).values().forEach(link -> link.arrived(transaction, captured));
        }
    }

    /** What waits again for a target. */
    void again(SiteId target, Item item) {
        if (item instanceof Item.Transaction transaction && item.concerns(target)) {
            link(transaction.source(), target).again(transaction);
        }
    }

    /** Its rows are written and locked: whoever changes one of them now waits, and sees it. */
    void written(Batch batch, Instant now) {
        Written before = written.get(batch.target());
        if (before == null || before.batch() != batch) {
            written.put(batch.target(), new Written(batch, now));
        }
    }

    void committed(Batch batch, Set<RowId> parked, Instant now) {
        Written locked = written.get(batch.target());
        Instant seen = locked == null || locked.batch() != batch ? now : locked.at();
        Fates fates = new Fates(batch.rows(), parked);
        for (Item item : batch.items()) {
            if (item instanceof Item.Transaction transaction) {
                LinkTraffic link = link(transaction.source(), batch.target());
                link.committed(batch, transaction, fates);
                if (batch.isNew(transaction) && !transaction.deliveries().isEmpty()) {
                    link.took(seconds(transaction, now));
                    keys.took(transaction.source(), batch.target(), tables(transaction), seconds(transaction, seen));
                }
            }
        }
        Map<Decision, Boolean> known = journaled.getOrDefault(batch.target(), Map.of());
        for (RowWrite write : batch.rows()) {
            for (Decision made : write.decisions()) {
                if (known.put(made, true) == null) {
                    decided(batch.target(), made, now);
                }
            }
        }
    }

    private static Set<TableId> tables(Item.Transaction transaction) {
        Set<TableId> tables = new HashSet<>();
        transaction
                .deliveries()
                .forEach(delivery -> tables.add(delivery.change().table().id()));
        return tables;
    }

    private static double seconds(Item.Transaction transaction, Instant until) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, until);
        return Math.max(0, micros - transaction.stamp().micros()) / 1e6;
    }

    private void decided(SiteId journal, Decision made, Instant now) {
        conflicts.merge(
                new Measurements.Decided(journal, made.table().id(), made.kind().text(), made.policy()), 1L, Long::sum);
        keys.decided(journal, made.table().id(), now);
    }

    private Map<SiteId, LinkTraffic> targets(SiteId from) {
        return links.getOrDefault(from, Map.of());
    }

    private LinkTraffic link(SiteId from, SiteId to) {
        LinkTraffic link = targets(from).get(to);
        if (link == null) {
            throw new IllegalArgumentException("no link from " + from + " to " + to);
        }
        return link;
    }

    Measurements snapshot() {
        Map<SiteId, Map<TableId, Long>> tables = new LinkedHashMap<>();
        List<Measurements.Link> all = new ArrayList<>();
        for (SiteId site : sites) {
            tables.put(site, Map.copyOf(captured.getOrDefault(site, Map.of())));
            targets(site).values().forEach(link -> all.add(link.snapshot()));
        }
        return new Measurements(tables, Map.copyOf(transactions), List.copyOf(all), Map.copyOf(conflicts));
    }
}
