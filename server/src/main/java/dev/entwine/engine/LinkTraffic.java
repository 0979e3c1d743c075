package dev.entwine.engine;

import dev.entwine.merge.Batch;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Item;
import dev.entwine.merge.RowWrite;
import dev.entwine.merge.Verdict;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Counts what becomes of one site's changes at another one; see {@link Measurements.Link}. Guarded by the core's lock. */
final class LinkTraffic {
    private final SiteId from;
    private final SiteId to;
    private final Latencies latencies = new Latencies();
    private long uses;
    private long redelivered;
    private long folded;
    private long applied;
    private long superseded;
    private long lost;
    private long present;
    private long parked;
    private long inFlight;

    LinkTraffic(SiteId from, SiteId to) {
        this.from = from;
        this.to = to;
    }

    /** @param captured how many changes the transaction had in its log */
    void arrived(Item.Transaction transaction, int captured) {
        long used = uses(transaction);
        uses += used;
        folded += captured - (transaction.deliveries().size() - used);
        inFlight += transaction.deliveries().size();
    }

    void again(Item.Transaction transaction) {
        redelivered += transaction.deliveries().size();
        inFlight += transaction.deliveries().size();
    }

    private static long uses(Item.Transaction transaction) {
        return transaction.deliveries().stream().filter(Item.Delivery::isUse).count();
    }

    void took(double seconds) {
        latencies.add(seconds);
    }

    /** @param parkedRows what the target refused */
    void committed(Batch batch, Item.Transaction transaction, Set<RowId> parkedRows) {
        inFlight -= transaction.deliveries().size();
        if (!batch.isNew(transaction)) {
            present += transaction.deliveries().size();
            return;
        }
        Map<RowId, RowWrite> writes = new HashMap<>();
        batch.rows().forEach(write -> writes.put(write.key().id(), write));
        for (Item.Delivery delivery : transaction.deliveries()) {
            RowId row = delivery.change().key().id();
            RowWrite write = writes.get(row);
            if (parkedRows.contains(row)) {
                parked++;
            } else if (write == null) {
                superseded++;
            } else {
                count(write, transaction.position());
            }
        }
    }

    private void count(RowWrite write, Position position) {
        if (write.decisions().stream().anyMatch(decision -> hasLost(decision, position))) {
            lost++;
        } else if ((write.source().equals(from) && write.position().equals(position))
                || write.decisions().stream().anyMatch(decision -> hasPart(decision, position))) {
            applied++;
        } else {
            superseded++;
        }
    }

    private boolean hasLost(Decision decision, Position position) {
        return switch (decision.verdict()) {
            case Verdict.Choice choice ->
                isOurs(choice == Verdict.Choice.MERGED ? decision.arriving() : decision.merged(), position);
            case Verdict.Combined combined -> false;
        };
    }

    private boolean hasPart(Decision decision, Position position) {
        return isOurs(decision.arriving(), position) || isOurs(decision.merged(), position);
    }

    private boolean isOurs(Contender version, Position position) {
        return version.site().equals(from) && version.position().equals(position);
    }

    Measurements.Link snapshot() {
        return new Measurements.Link(
                from,
                to,
                uses,
                redelivered,
                folded,
                applied,
                superseded,
                lost,
                present,
                parked,
                inFlight,
                latencies.copy());
    }
}
