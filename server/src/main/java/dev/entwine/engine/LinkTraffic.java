package dev.entwine.engine;

import dev.entwine.merge.Batch;
import dev.entwine.merge.Item;
import dev.entwine.model.SiteId;

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

    void committed(Batch batch, Item.Transaction transaction, Fates fates) {
        inFlight -= transaction.deliveries().size();
        if (!batch.isNew(transaction)) {
            present += transaction.deliveries().size();
            return;
        }
        for (Item.Delivery delivery : transaction.deliveries()) {
            switch (fates.of(delivery.change().key().id(), from, transaction.position())) {
                case APPLIED -> applied++;
                case SUPERSEDED -> superseded++;
                case LOST -> lost++;
                case PARKED -> parked++;
            }
        }
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
