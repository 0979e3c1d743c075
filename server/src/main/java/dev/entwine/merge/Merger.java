package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.Fence;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.LogEntry.Marker;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The window and what every site's log has shown: takes each log entry once, decides about each local change, plans and certifies
 * batches, and says what may be acknowledged. Not thread-safe: one owner, who also serializes the batches' calls.
 *
 * <p>The algorithm is described in {@code DESIGN.md} beside this class.
 */
public final class Merger {
    private final List<SiteId> sites;
    private final Decider decider;
    private final Outbox outbox;
    private final long epoch;
    private final Window window = new Window();
    private final Map<SiteId, SiteView> views = new TreeMap<>();
    /** Per target the batches that are committed and that its log has not shown yet, oldest first. */
    private final Map<SiteId, Deque<Batch>> unshown = new TreeMap<>();
    /** Per target the last ticket that its log has shown as dealt with. */
    private final Map<SiteId, Long> ticketsShown = new TreeMap<>();

    private long batches;
    private long captured;
    private long conflicts;

    /**
     * @param sites     in order of precedence
     * @param policies  the row policy of each table
     * @param epoch     of this engine; greater than that of any engine before it
     * @param recovered what every one of the sites holds
     */
    public Merger(
            List<SiteId> sites,
            Function<TableId, Policy> policies,
            Outbox outbox,
            long epoch,
            Map<SiteId, Recovered> recovered) {
        this.sites = List.copyOf(sites);
        this.decider = new Decider(sites, policies, outbox);
        this.outbox = outbox;
        this.epoch = epoch;
        for (SiteId site : sites) {
            Recovered found = Recovery.of(recovered, site);
            views.put(site, new SiteView(site, found));
            unshown.put(site, new ArrayDeque<>());
            ticketsShown.put(site, outbox.nextTicket() - 1);
        }
        new Recovery(recovered).unfinished().forEach(this::resume);
    }

    private void resume(StoredRow stored) {
        ConflictState conflict = new ConflictState(stored.table(), stored.key(), stored.merged());
        stored.decisions().forEach(conflict::decided);
        WindowRow row = WindowRow.inConflict(stored.vector(), conflict);
        window.add(row);
        window.nowInConflict(row, -1);
        sites.forEach(site -> touch(row, site));
    }

    /**
     * Takes the next entry of a site's log. One that was taken already is ignored.
     *
     * @return false when it must wait until other sites' logs have been taken further, and be offered again
     */
    public boolean offer(LogEntry entry) {
        SiteView view = view(entry.site());
        if (!entry.position().isAfter(view.cursor())) {
            return true;
        }
        switch (entry) {
            case LocalTransaction transaction -> take(view, transaction);
            case Fence fence -> view.passed(fence.position());
            case Marker marker -> {
                if (!isCausallyNext(marker)) {
                    return false;
                }
                view.show(marker);
                settleShown(view, marker);
                evict();
            }
        }
        return true;
    }

    /** Whether everything that the marker names from other logs has been taken from there. */
    private boolean isCausallyNext(Marker marker) {
        VersionVector named = marker.applied();
        for (VersionVector merged : marker.merged().values()) {
            named = named.join(merged);
        }
        VersionVector taken = VersionVector.EMPTY;
        for (SiteView view : views.values()) {
            taken = taken.with(view.site(), view.cursor());
        }
        return taken.covers(named.without(marker.site()));
    }

    private void settleShown(SiteView view, Marker marker) {
        if (marker.epoch() != epoch) {
            return;
        }
        Deque<Batch> batchesOfSite = queueOf(unshown, view.site());
        while (!batchesOfSite.isEmpty() && batchesOfSite.getFirst().number() <= marker.batch()) {
            Batch batch = batchesOfSite.removeFirst();
            ticketsShown.put(view.site(), batch.ticketThrough());
            batch.items().forEach(this::deliveredOnce);
            for (RowWrite write : batch.rows()) {
                WindowRow row = window.get(write.key().id());
                if (row != null && row.inConflict()) {
                    row.conflict().journaled(view.site(), write.decisions(), sites.size());
                }
            }
        }
    }

    private void deliveredOnce(Item item) {
        switch (item) {
            case Item.Touch touch -> deliveredOnce(touch.key().id());
            case Item.Transaction transaction ->
                transaction
                        .deliveries()
                        .forEach(delivery ->
                                deliveredOnce(delivery.change().key().id()));
        }
    }

    private void deliveredOnce(RowId id) {
        WindowRow row = required(id);
        row.delivered();
        window.delivered(row);
    }

    private void take(SiteView view, LocalTransaction transaction) {
        Collection<Change> changes = Fold.net(transaction.changes());
        changes.forEach(change -> requireNotHalted(view, transaction, change));
        Stamp stamp = view.local(transaction.position(), transaction.commitMicros());
        captured += transaction.changes().size();
        List<Delivery> deliveries = new ArrayList<>(transaction.changes().size());
        List<WindowRow> decided = new ArrayList<>(0);
        for (Change change : changes) {
            deliveries.add(merge(view, transaction, stamp, change, decided));
        }
        outbox.append(new Item.Transaction(
                view.site(),
                transaction.position(),
                stamp,
                transaction.transaction(),
                deliveries,
                transaction.truncated()));
        decided.forEach(row -> touch(row, view.site()));
    }

    /** Asked before anything of the transaction is taken. */
    private void requireNotHalted(SiteView view, LocalTransaction transaction, Change change) {
        WindowRow row = window.get(change.key().id());
        VersionVector mine = view.seen(change.key().id()).with(view.site(), transaction.position());
        if (row != null && !row.vector().contains(view.site(), transaction.position()) && !mine.covers(row.vector())) {
            decider.requireNotHalted(row, change, view.site(), transaction.position());
        }
    }

    private Delivery merge(
            SiteView view, LocalTransaction transaction, Stamp stamp, Change change, List<WindowRow> decided) {
        Position position = transaction.position();
        VersionVector mine = view.seen(change.key().id()).with(view.site(), position);
        WindowRow row = window.get(change.key().id());
        long former = row == null || row.inConflict() ? -1 : row.ticket();
        if (row == null) {
            row = WindowRow.plain(change.key().id(), VersionVector.of(view.site(), position), outbox.nextTicket());
            window.add(row);
            window.refersTo(row, -1);
        } else if (row.vector().contains(view.site(), position)) {
            mine = row.vector(); // part of a recorded decision
        } else if (mine.covers(row.vector())) {
            succeed(
                    row,
                    Decider.contender(view.site(), transaction.position(), stamp, transaction.transaction(), change));
        } else {
            boolean before = row.inConflict();
            decider.decide(
                    row,
                    change,
                    mine,
                    ticketsShown.getOrDefault(view.site(), -1L),
                    Decider.contender(view.site(), transaction.position(), stamp, transaction.transaction(), change));
            conflicts++;
            decided.add(row);
            if (!before) {
                window.nowInConflict(row, row.ticket());
            }
        }
        row.awaited(sites.size() - 1);
        return new Delivery(change, mine, former);
    }

    private void succeed(WindowRow row, Contender next) {
        VersionVector vector = row.vector().with(next.site(), next.position());
        if (row.inConflict()) {
            ConflictState conflict = row.conflict();
            row.settle(vector, decider.succeeded(conflict.merged(), conflict.table(), next));
        } else {
            long former = row.ticket();
            row.succeed(vector, outbox.nextTicket());
            window.refersTo(row, former);
        }
    }

    private void touch(WindowRow row, SiteId target) {
        row.awaited(1);
        outbox.append(new Item.Touch(target, row.conflict().key()));
    }

    /**
     * Plans the next batch for a site. Without items it only writes a marker.
     *
     * @param items         those that concern the target, after the ones of its batches before, none left out
     * @param ticketThrough the ticket up to which nothing else concerns the target
     */
    public Batch plan(SiteId target, List<Item> items, long ticketThrough) {
        SiteView view = view(target);
        Map<RowId, RowWrite> writes = new LinkedHashMap<>();
        for (Item item : items) {
            switch (item) {
                case Item.Touch touch -> planMerged(view, required(touch.key().id()), writes);
                case Item.Transaction transaction -> planTransaction(view, transaction, writes);
            }
        }
        return new Batch(this, view, ++batches, ticketThrough, List.copyOf(items), writes.values());
    }

    private void planTransaction(SiteView view, Item.Transaction transaction, Map<RowId, RowWrite> writes) {
        boolean resent = view.progress().contains(transaction.source(), transaction.position());
        for (Delivery delivery : transaction.deliveries()) {
            WindowRow row = required(delivery.change().key().id());
            if (row.inConflict()) {
                planMerged(view, row, writes);
            } else if (!resent) {
                RowWrite write = plain(transaction, delivery);
                writes.merge(row.id(), write, RowWrite::followedBy);
            }
        }
    }

    private void planMerged(SiteView view, WindowRow row, Map<RowId, RowWrite> writes) {
        if (row.inConflict() && !view.seen(row.id()).covers(row.vector())) {
            writes.put(row.id(), mergedNow(view.site(), row));
        }
    }

    private static RowWrite plain(Item.Transaction transaction, Delivery delivery) {
        Change change = delivery.change();
        return new RowWrite(
                change.table(),
                change.key(),
                change.operation(),
                change.after(),
                delivery.vector(),
                null,
                transaction.source(),
                transaction.position(),
                transaction.stamp(),
                transaction.transaction(),
                List.of());
    }

    private static RowWrite mergedNow(SiteId target, WindowRow row) {
        ConflictState conflict = row.conflict();
        Contender standing = conflict.merged().standing();
        return new RowWrite(
                conflict.table(),
                conflict.key(),
                conflict.merged().image() == null ? Operation.DELETE : Operation.UPDATE,
                conflict.merged().image(),
                row.vector(),
                conflict.merged(),
                standing.site(),
                standing.position(),
                standing.stamp(),
                standing.transaction(),
                conflict.toJournal(target, row.vector()));
    }

    /**
     * Certifies what a batch has written, once a fence has passed: the writes that do not contain the target's own last change of
     * their row, replaced by the merged rows of now. Empty: certified.
     */
    List<RowWrite> overtaken(SiteId target, Collection<RowWrite> writes) {
        List<RowWrite> result = new ArrayList<>(0);
        for (RowWrite write : writes) {
            WindowRow row = required(write.key().id());
            if (row.vector().at(target).isAfter(write.vector().at(target))) {
                if (!row.inConflict()) {
                    throw new IllegalStateException("site " + target + " changed row " + row.id() + " at "
                            + row.vector().at(target) + " on top of a change that it does not have yet");
                }
                result.add(mergedNow(target, row));
            }
        }
        return result;
    }

    /** What has to be looked up before these rows can be written. */
    List<Batch.Missing> missing(Collection<RowWrite> writes) {
        List<Batch.Missing> result = new ArrayList<>(0);
        for (RowWrite write : writes) {
            if (write.merged() != null) {
                for (SiteId site : write.merged().incompleteAt()) {
                    result.add(new Batch.Missing(write.table(), write.key(), site));
                }
            }
        }
        return result;
    }

    /**
     * Takes what was looked up, and plans the rows anew. Left out are those that cannot be written yet: because the version that
     * stands is not complete, or because the target's own is not, of which the write would leave nothing.
     */
    List<RowWrite> completed(SiteId target, List<RowWrite> writes, Map<Batch.Missing, Image> found) {
        found.forEach(
                (missing, image) -> required(missing.key().id()).conflict().complete(missing.site(), image));
        List<RowWrite> result = new ArrayList<>();
        for (RowWrite write : writes) {
            WindowRow row = required(write.key().id());
            if (!write.isMerged()) {
                result.add(write);
            } else if (!row.conflict().merged().standing().isIncomplete()
                    && !row.conflict().merged().incompleteAt().contains(target)) {
                result.add(mergedNow(target, row));
            }
        }
        return result;
    }

    /** The target has committed the batch; it stays queued until the target's log shows that. */
    public void committed(Batch batch) {
        SiteView view = view(batch.target());
        view.progressed(batch.progressAfter());
        batch.finished().forEach((row, vector) -> view.finished().remove(row, vector));
        queueOf(unshown, batch.target()).addLast(batch);
    }

    /**
     * Begins again with a site after its connection was lost: what it committed but its log has not shown may be gone.
     *
     * @param progress as its table has it now
     * @return the ticket after which items are to be planned again
     */
    public long rewind(SiteId target, VersionVector progress) {
        view(target).progressed(progress);
        queueOf(unshown, target).clear();
        return ticketsShown.getOrDefault(target, -1L);
    }

    private void evict() {
        window.evictPlain(this::isAppliedEverywhere);
        VersionVector acknowledged = acknowledged();
        window.evictInConflict(row -> acknowledged.covers(row.vector()) && isAppliedEverywhere(row), this::finish);
    }

    private boolean isAppliedEverywhere(WindowRow row) {
        for (SiteView view : views.values()) {
            if (!view.applied().covers(row.vector().without(view.site()))) {
                return false;
            }
        }
        return true;
    }

    private void finish(WindowRow row) {
        views.values().forEach(view -> view.finished().put(row.id(), row.vector()));
    }

    /** For each site the place in its log up to which it will not be read again, as durable in that site's own log. */
    public VersionVector acknowledged() {
        VersionVector result = VersionVector.EMPTY;
        for (SiteView view : views.values()) {
            result = result.with(view.site(), view.acknowledged());
        }
        return result;
    }

    Acknowledgement acknowledgeable(SiteId site) {
        return view(site).acknowledgeable(appliedElsewhere(site));
    }

    /** Up to where every other site's own log shows a site's local transactions as applied. */
    public Position appliedElsewhere(SiteId site) {
        Position least = null;
        for (SiteView view : views.values()) {
            if (!view.site().equals(site)) {
                Position applied = view.applied().at(site);
                least = least == null || least.isAfter(applied) ? applied : least;
            }
        }
        return least == null ? Position.NONE : least;
    }

    /** No item with a lesser ticket is needed any more. */
    public long oldestTicket() {
        long oldest = window.oldestTicket(outbox.nextTicket());
        for (long shown : ticketsShown.values()) {
            oldest = Math.min(oldest, shown + 1);
        }
        return oldest;
    }

    /** Up to where a site's log has been taken. */
    public Position cursor(SiteId site) {
        return view(site).cursor();
    }

    /** What a site has applied, as its own log shows it. */
    VersionVector applied(SiteId site) {
        return view(site).applied();
    }

    /** What a site has applied and committed. */
    public VersionVector progress(SiteId site) {
        return view(site).progress();
    }

    /** Whether the site's tables have yet to be told of something: a marker alone would be of use. */
    public boolean wantsMarker(SiteId site) {
        SiteView view = view(site);
        return !view.finished().isEmpty() || acknowledgeable(site).position().isAfter(view.acknowledged());
    }

    Stamp clock(SiteId site) {
        return view(site).clock();
    }

    long epoch() {
        return epoch;
    }

    /** Rows in the window. */
    public int windowRows() {
        return window.size();
    }

    /** Rows of the window that are in conflict. */
    public int windowConflicts() {
        return window.conflicts();
    }

    /** Changes taken since this merger began. */
    public long captured() {
        return captured;
    }

    /** Decisions made since this merger began. */
    public long conflicts() {
        return conflicts;
    }

    private WindowRow required(RowId id) {
        WindowRow row = window.get(id);
        if (row == null) {
            throw new IllegalStateException("row " + id + " left the window while a queue still names it");
        }
        return row;
    }

    private SiteView view(SiteId site) {
        SiteView view = views.get(site);
        if (view == null) {
            throw new IllegalArgumentException("site " + site + " is not one of " + sites);
        }
        return view;
    }

    private static Deque<Batch> queueOf(Map<SiteId, Deque<Batch>> queues, SiteId site) {
        Deque<Batch> queue = queues.get(site);
        if (queue == null) {
            throw new IllegalArgumentException("no queue for site " + site);
        }
        return queue;
    }
}
