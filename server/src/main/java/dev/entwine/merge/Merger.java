package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.merge.Verdict.Choice;
import dev.entwine.merge.Verdict.Combined;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The window and what every site's log has shown: takes each log entry once, decides about each local change, plans and certifies
 * batches, and says what may be acknowledged. Not thread-safe: one owner, who also serializes the batches' calls.
 *
 * <p>The algorithm is described in {@code DESIGN.md} beside this class.
 */
public final class Merger {
    /** A batch, and what may be known of its target's transactions once the log shows it. */
    private record Unshown(Batch batch, int horizon, long changes) {
        Unshown(Batch batch, int horizon) {
            this(batch, horizon, changesOf(batch));
        }

        private static long changesOf(Batch batch) {
            long changes = 0;
            for (Item item : batch.items()) {
                changes += item instanceof Item.Transaction transaction
                        ? transaction.deliveries().size()
                        : 1;
            }
            return changes;
        }
    }

    private final List<SiteId> sites;
    private final Function<TableId, Policy> policies;
    private final Outbox outbox;
    private final long epoch;
    private final Window window;
    private final Planner planner;
    private final Map<SiteId, SiteView> views = new TreeMap<>();
    /** Per target the batches that are committed and that its log has not shown yet, oldest first. */
    private final Map<SiteId, Deque<Unshown>> unshown = new TreeMap<>();
    /** Per target the last ticket that its log has shown as dealt with. */
    private final Map<SiteId, Long> ticketsShown = new TreeMap<>();

    private long batches;
    private long captured;
    private long conflicts;

    /**
     * @param sites     in order of precedence
     * @param policies  the row policy of each table
     * @param memory    where the window keeps rows that are not in conflict
     * @param epoch     of this engine; greater than that of any engine before it
     * @param recovered what every one of the sites holds
     */
    public Merger(
            List<SiteId> sites,
            Function<TableId, Policy> policies,
            Outbox outbox,
            WindowMemory memory,
            long epoch,
            Map<SiteId, Recovered> recovered) {
        this.sites = List.copyOf(sites);
        this.policies = policies;
        this.outbox = outbox;
        this.epoch = epoch;
        this.window = new Window(sites, memory);
        this.planner = new Planner(window);
        for (SiteId site : sites) {
            Recovered found = Recovery.of(recovered, site);
            views.put(site, new SiteView(site, found));
            unshown.put(site, new ArrayDeque<>());
            ticketsShown.put(site, outbox.nextTicket() - 1);
        }
        new Recovery(recovered).unfinished().forEach(this::resume);
    }

    private void resume(StoredRow stored) {
        ConflictState conflict = new ConflictState(stored.table(), stored.key(), stored.merged(), VersionVector.EMPTY);
        stored.decisions().forEach(conflict::decided);
        WindowRow row = WindowRow.inConflict(stored.vector(), conflict);
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
            case Fence fence -> view.passed(fence);
            case Marker marker -> {
                if (!isCausallyNext(marker)) {
                    return false;
                }
                view.show(marker, inserted(view, marker));
                settleShown(view, marker);
                evict();
            }
        }
        return true;
    }

    /** The rows that the marker's transaction did not find to delete and that the site inserted before it committed. */
    private Set<RowId> inserted(SiteView view, Marker marker) {
        Set<RowId> result = new HashSet<>();
        marker.unlocked().forEach((id, contained) -> {
            WindowRow row = window.get(id);
            if (row != null
                    && row.inConflict()
                    && row.conflict().taken().at(view.site()).isAfter(contained)
                    && !view.seen(id).covers(row.vector().without(view.site()))) {
                result.add(id);
            }
        });
        return result;
    }

    /** Whether everything that the marker names from other logs has been taken from there. */
    private boolean isCausallyNext(Marker marker) {
        VersionVector named = marker.applied();
        for (VersionVector merged : marker.merged().values()) {
            named = named.join(merged);
        }
        VersionVector taken = taken();
        return taken.covers(named.without(marker.site()));
    }

    private VersionVector taken() {
        VersionVector taken = VersionVector.EMPTY;
        for (SiteView view : views.values()) {
            taken = taken.with(view.site(), view.cursor());
        }
        return taken;
    }

    private void settleShown(SiteView view, Marker marker) {
        if (marker.epoch() != epoch) {
            return;
        }
        Deque<Unshown> batchesOfSite = queueOf(unshown, view.site());
        while (!batchesOfSite.isEmpty() && batchesOfSite.getFirst().batch().number() <= marker.batch()) {
            Unshown committed = batchesOfSite.removeFirst();
            view.writers().passed(committed.horizon());
            Batch batch = committed.batch();
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
        WindowRow row = window.required(id);
        row.delivered();
        window.delivered(row);
    }

    private void take(SiteView view, LocalTransaction transaction) {
        Stamp stamp = view.local(transaction);
        captured += transaction.changes().size();
        List<Delivery> deliveries = new ArrayList<>(transaction.changes().size());
        List<WindowRow> decided = new ArrayList<>(0);
        for (Change change : Fold.net(transaction.changes())) {
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

    private Delivery merge(
            SiteView view, LocalTransaction transaction, Stamp stamp, Change change, List<WindowRow> decided) {
        Position position = transaction.position();
        VersionVector mine = view.seen(change.key().id()).with(view.site(), position);
        WindowRow row = window.get(change.key().id());
        if (row == null) {
            row = WindowRow.plain(change.key().id(), VersionVector.of(view.site(), position), outbox.nextTicket());
            window.add(row);
            window.refersTo(row, -1);
        } else if (row.vector().contains(view.site(), position)) {
            mine = row.vector(); // part of a recorded decision
        } else if (mine.covers(row.vector())) {
            succeed(row, contender(view, transaction, stamp, change));
        } else {
            decide(row, change, mine, contender(view, transaction, stamp, change));
            decided.add(row);
        }
        if (row.inConflict()) {
            row.conflict().take(view.site(), position);
        }
        row.awaited(sites.size() - 1);
        return new Delivery(change, mine);
    }

    private void succeed(WindowRow row, Contender next) {
        VersionVector vector = row.vector().with(next.site(), next.position());
        if (row.inConflict()) {
            Contender top = onTopOf(row.conflict().merged(), next);
            row.settle(vector, new MergedRow(top, List.of(top)));
        } else {
            long former = row.ticket();
            row.succeed(vector, outbox.nextTicket());
            window.refersTo(row, former);
        }
    }

    /**
     * The next version was made on top of the one that stands, so what it left unchanged is what stood there. Not so where its site
     * has a version of its own that lost: that one may be what stood there still, for a delete that finds nothing locks nothing, and
     * a row that came after its fence stays. Then the cells stay open, to be looked up at the site.
     */
    private static Contender onTopOf(MergedRow merged, Contender next) {
        Image older = merged.standing().image();
        Image image = next.image();
        if (older == null || image == null || merged.hasLost(next.site())) {
            return next;
        }
        return new Contender(
                next.site(),
                next.position(),
                next.stamp(),
                next.transaction(),
                next.vector(),
                next.operation(),
                next.before(),
                image.filledFrom(older));
    }

    /**
     * The arriving change has not seen all that went into the row. Those versions that it has seen make room for it; between it and
     * the one that stands among the others the policy decides.
     */
    private void decide(WindowRow row, Change change, VersionVector mine, Contender arriving) {
        List<Contender> heads = new ArrayList<>(heads(row));
        heads.removeIf(head -> mine.covers(head.vector()));
        Policy policy = policies.apply(change.table().id());
        VersionVector vector = row.vector().join(mine);
        Contender rival = standing(policy, row, heads);
        Verdict verdict = policy.decide(rival, arriving);
        MergedRow merged = switch (verdict) {
            case Choice choice -> new MergedRow(choice == Choice.MERGED ? rival : arriving, with(heads, arriving));
            case Combined combined -> combined(rival, arriving, vector, combined.image());
        };
        become(row, change, vector, merged);
        row.conflict()
                .decided(new Decision(
                        change.table(),
                        change.key(),
                        kind(rival, arriving),
                        policy.name(),
                        vector,
                        rival,
                        arriving,
                        verdict,
                        arriving.before(),
                        merged.standing().image()));
        conflicts++;
    }

    private void become(WindowRow row, Change change, VersionVector vector, MergedRow merged) {
        if (row.inConflict()) {
            row.settle(vector, merged);
        } else {
            row.collide(vector, new ConflictState(change.table(), change.key(), merged, row.vector()));
            window.nowInConflict(row, row.ticket());
        }
    }

    private List<Contender> heads(WindowRow row) {
        return row.inConflict() ? row.conflict().merged().heads() : List.of(version(row));
    }

    /** Which of the remaining heads stands: the one that did before, or else what the policy makes of them. */
    private static Contender standing(Policy policy, WindowRow row, List<Contender> heads) {
        if (heads.isEmpty()) {
            throw new IllegalStateException("row " + row.id() + " at " + row.vector()
                    + " has no version that a change in conflict with it had not seen");
        }
        if (row.inConflict() && heads.contains(row.conflict().merged().standing())) {
            return row.conflict().merged().standing();
        }
        Contender result = heads.getFirst();
        for (Contender head : heads.subList(1, heads.size())) {
            result = policy.decide(result, head) == Choice.ARRIVING ? head : result;
        }
        return result;
    }

    private static List<Contender> with(List<Contender> heads, Contender arriving) {
        List<Contender> result = new ArrayList<>(heads);
        result.add(arriving);
        return result;
    }

    /** A decision creates no new time: its stamp is the greater of both. */
    private static MergedRow combined(Contender merged, Contender arriving, VersionVector vector, Image image) {
        Contender later = merged.stamp().compareTo(arriving.stamp()) >= 0 ? merged : arriving;
        Contender both = new Contender(
                later.site(),
                later.position(),
                later.stamp(),
                later.transaction(),
                vector,
                Operation.UPDATE,
                arriving.before(),
                image);
        return new MergedRow(both, List.of(both));
    }

    private ConflictKind kind(Contender merged, Contender arriving) {
        boolean mergedFirst = sites.indexOf(merged.site()) <= sites.indexOf(arriving.site());
        return mergedFirst
                ? ConflictKind.of(merged.operation(), arriving.operation())
                : ConflictKind.of(arriving.operation(), merged.operation());
    }

    private static Contender contender(SiteView view, LocalTransaction transaction, Stamp stamp, Change change) {
        return contender(view.site(), transaction.position(), stamp, transaction.transaction(), change);
    }

    private static Contender contender(SiteId site, Position position, Stamp stamp, long transaction, Change change) {
        return new Contender(
                site,
                position,
                stamp,
                transaction,
                VersionVector.of(site, position),
                change.operation(),
                change.before(),
                change.after());
    }

    /** The version of now of a row not in conflict: it lies in the outbox, for some site has not got it yet. */
    private Contender version(WindowRow row) {
        if (outbox.read(row.ticket()) instanceof Item.Transaction item) {
            for (Delivery delivery : item.deliveries()) {
                if (delivery.change().key().id().equals(row.id())) {
                    return contender(
                            item.source(), item.position(), item.stamp(), item.transaction(), delivery.change());
                }
            }
        }
        throw new IllegalStateException("item " + row.ticket() + " does not hold row " + row.id());
    }

    private void touch(WindowRow row, SiteId target) {
        row.awaited(1);
        outbox.append(new Item.Touch(target, row.conflict().key()));
    }

    /**
     * Whether items may be planned for a site: only once everything that it has applied was taken from the other logs. After a restart
     * it holds changes that have not been read again yet; what is concurrent with them would be written over them as if it were a
     * plain successor.
     */
    public boolean mayPlan(SiteId target) {
        return taken().covers(view(target).progress().without(target));
    }

    /**
     * Plans the next batch for a site. Without items it only writes a marker; with items only when {@link #mayPlan} holds.
     *
     * @param items         those that concern the target, after the ones of its batches before, none left out
     * @param ticketThrough the ticket up to which nothing else concerns the target
     */
    public Batch plan(SiteId target, List<Item> items, long ticketThrough) {
        SiteView view = view(target);
        if (!items.isEmpty() && !mayPlan(target)) {
            throw new IllegalStateException("site " + target + " has applied " + view.progress()
                    + ", but the logs have been taken only up to " + taken());
        }
        Collection<RowWrite> writes = planner.plan(view, items);
        return new Batch(this, planner, view, ++batches, ticketThrough, List.copyOf(items), writes);
    }

    /**
     * Whether every commit of a site's transactions that had ended by then has been taken: a fence without a message. Once it has been
     * so, it stays so.
     */
    public boolean hasTaken(SiteId site, TransactionSnapshot ended) {
        return view(site).writers().knowsAll(ended);
    }

    /** A fence has passed that came after this snapshot. */
    public void passed(SiteId site, TransactionSnapshot ended) {
        view(site).writers().passed(ended.horizon());
    }

    /** Whether all that these transactions of a target have committed has been taken, or is the engine's own. */
    boolean knows(SiteId target, Set<Integer> writers) {
        return view(target).writers().knows(writers);
    }

    /** The target has committed the batch; it stays queued until the target's log shows that. */
    public void committed(Batch batch, Committed committed) {
        SiteView view = view(batch.target());
        view.writers().add(committed.transaction());
        view.progressed(batch.progressAfter());
        batch.finished().forEach((row, vector) -> view.finished().remove(row, vector));
        queueOf(unshown, batch.target()).addLast(new Unshown(batch, committed.horizon()));
    }

    /**
     * Begins again with a site after its connection was lost: what it committed but its log has not shown may be gone.
     *
     * @param progress as its table has it now
     * @return the ticket after which items are to be planned again
     */
    public long rewind(SiteId target, VersionVector progress) {
        view(target).progressed(progress);
        view(target).writers().forget();
        queueOf(unshown, target).clear();
        return ticketsShown.getOrDefault(target, -1L);
    }

    /** How many changes are kept in a target's batches that are committed and not shown by its log yet. */
    public long unshownChanges(SiteId target) {
        long changes = 0;
        for (Unshown batch : queueOf(unshown, target)) {
            changes += batch.changes();
        }
        return changes;
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

    private SiteView view(SiteId site) {
        SiteView view = views.get(site);
        if (view == null) {
            throw new IllegalArgumentException("site " + site + " is not one of " + sites);
        }
        return view;
    }

    private static Deque<Unshown> queueOf(Map<SiteId, Deque<Unshown>> queues, SiteId site) {
        Deque<Unshown> queue = queues.get(site);
        if (queue == null) {
            throw new IllegalArgumentException("no queue for site " + site);
        }
        return queue;
    }
}
