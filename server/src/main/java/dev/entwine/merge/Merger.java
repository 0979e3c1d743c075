package dev.entwine.merge;

import dev.entwine.merge.Item.Delivery;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.LogEntry.Fence;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.LogEntry.Marker;
import dev.entwine.model.LogEntry.Rekeyed;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final List<SiteId> sites;
    private final Decider decider;
    private final Outbox outbox;
    private final long epoch;
    private final Window window;
    private final Planner planner;
    private final Settler settler;
    private final Rekeys rekeys;
    private final Scopes scopes;
    /** Per target the clashes that are to be decided. */
    private final Map<SiteId, Settlement> settlements = new TreeMap<>();

    private final SiteViews views;
    private final Map<SiteId, UnshownBatches> unshown = new TreeMap<>();

    private VersionVector lastMine = VersionVector.EMPTY;
    private long batches;
    private long captured;
    private long conflicts;

    /**
     * @param sites     in order of precedence
     * @param policies  the row policy of each table
     * @param rules     what becomes of its rows for the sake of constraints
     * @param rekeying  which tables' rows may get other ids
     * @param scoping   which changes of a transaction are decided together
     * @param memory    where the window keeps rows that are not in conflict
     * @param epoch     of this engine; greater than that of any engine before it
     * @param recovered what every one of the sites holds
     */
    public Merger(
            List<SiteId> sites,
            Function<TableId, Policy> policies,
            Function<TableId, ConstraintRule> rules,
            RekeyRules rekeying,
            ScopeRules scoping,
            Outbox outbox,
            WindowMemory memory,
            long epoch,
            Map<SiteId, Recovered> recovered) {
        this.sites = List.copyOf(sites);
        this.decider = new Decider(sites, policies, outbox);
        this.outbox = outbox;
        this.epoch = epoch;
        this.window = new Window(sites, memory);
        this.planner = new Planner(window);
        this.settler = new Settler(window, decider, policies, rules);
        this.rekeys = new Rekeys(rekeying, window, epoch, recovered);
        this.views = new SiteViews(sites, recovered);
        sites.forEach(site -> unshown.put(site, new UnshownBatches(outbox.nextTicket() - 1)));
        this.scopes = new Scopes(scoping, window, outbox, views.acknowledged());
        new Recovery(recovered).unfinished().forEach(this::resume);
    }

    private void resume(Recovery.Unfinished unfinished) {
        StoredRow stored = unfinished.row();
        ConflictState conflict = new ConflictState(stored.table(), stored.key(), stored.merged(), VersionVector.EMPTY);
        for (Decision decision : stored.decisions()) {
            conflict.recovered(decision, Set.copyOf(sites), unfinished.lacking().getOrDefault(decision, Set.of()));
        }
        WindowRow row = WindowRow.inConflict(stored.vector(), conflict);
        window.nowInConflict(row, -1);
        sites.forEach(site -> touch(row, site));
    }

    /**
     * Takes the next entry of a site's log. One that was taken already is ignored.
     *
     * @return false when it must wait until other sites' logs have been taken further, or until its site has done what
     *         {@link #rekeyRequest} asks for, and be offered again
     */
    public boolean offer(LogEntry entry) {
        SiteView view = view(entry.site());
        if (!entry.position().isAfter(view.cursor())) {
            return true;
        }
        switch (entry) {
            case LocalTransaction transaction -> {
                LocalTransaction read = rekeys.read(transaction);
                if (!rekeys.admits(view, read, views::taken)) {
                    return false;
                }
                take(view, read);
            }
            case Fence fence -> view.passed(fence.position(), fence.transaction());
            case Rekeyed rekeyed -> {
                view.passed(rekeyed.position(), rekeyed.transaction());
                rekeys.passed(rekeyed.site(), rekeyed.transaction());
            }
            case Marker marker -> {
                if (!views.isCausallyNext(marker)) {
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

    private void settleShown(SiteView view, Marker marker) {
        if (marker.epoch() != epoch) {
            return;
        }
        for (UnshownBatches.Unshown committed : unshown(view.site()).shownBy(marker)) {
            view.writers().passed(committed.horizon());
            Batch batch = committed.batch();
            batch.items().forEach(this::deliveredOnce);
            for (RowWrite write : batch.rows()) {
                WindowRow row = window.get(write.key().id());
                if (row != null && row.inConflict()) {
                    row.conflict()
                            .journaled(view.site(), write.decisions(), sites.size())
                            .forEach(views::journaled);
                    if (row.conflict().lacking().contains(view.site())) {
                        touch(row, view.site());
                    }
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

    /**
     * What came of taking a transaction.
     *
     * @param rows     news to its own site
     * @param made     the decisions between its versions and others
     * @param news its rows, without those that were decided before a restart, with its versions
     */
    private record Decided(List<WindowRow> rows, Set<Decision> made, Set<RowId> news) {}

    private void take(SiteView view, LocalTransaction transaction) {
        Collection<Change> changes = scopes.withUses(Fold.net(transaction.changes()));
        changes.forEach(change -> requireNotHalted(view, transaction, change));
        Stamp stamp = view.local(transaction);
        captured += transaction.changes().size();
        List<Delivery> deliveries = new ArrayList<>(transaction.changes().size());
        Decided decided = new Decided(new ArrayList<>(0), new HashSet<>(0), new HashSet<>(0));
        for (Change change : changes) {
            deliveries.add(merge(view, transaction, stamp, change, decided));
        }
        settle(view, transaction, stamp);
        Item.Transaction item = new Item.Transaction(
                view.site(),
                transaction.position(),
                stamp,
                transaction.transaction(),
                deliveries,
                transaction.truncated(),
                transaction.notes());
        decided.rows().addAll(takeBack(item, decided));
        scopes.append(item);
        decided.rows().forEach(row -> {
            touch(row, view.site());
            touchLacking(row);
        });
    }

    /**
     * What other transactions did goes out as taken back before the one that has won over them: who has applied that has the rows.
     * What the arriving one did goes with itself; those rows are returned.
     */
    private List<WindowRow> takeBack(Item.Transaction item, Decided decided) {
        long ticket = outbox.nextTicket();
        Scopes.TakenBack rows = scopes.takeBack(item, decided.made(), decided.news(), views.taken());
        conflicts += rows.own().size() + rows.others().size();
        rows.others().forEach(row -> sites.forEach(site -> touch(row, site)));
        if (outbox.nextTicket() != ticket) {
            for (Delivery delivery : item.deliveries()) {
                WindowRow row = window.required(delivery.change().key().id());
                if (!row.inConflict() && row.ticket() == ticket) {
                    row.succeed(row.vector(), outbox.nextTicket());
                    window.refersTo(row, ticket);
                }
            }
        }
        return rows.own();
    }

    /**
     * A decision for a constraint's sake is news to every site, the row's own one too, and goes out before the transaction at whose
     * place it is made: who has applied that has the rows.
     */
    private void settle(SiteView view, LocalTransaction transaction, Stamp stamp) {
        Settlement settlement = settlements.get(view.site());
        if (settlement != null && settlement.isAt(transaction.transaction())) {
            settlements.remove(view.site());
            List<WindowRow> decided = settler.settle(
                    settlement, new Settler.Place(view, transaction.position(), stamp, transaction.transaction()));
            conflicts += decided.size();
            decided.forEach(row -> sites.forEach(site -> touch(row, site)));
        }
    }

    /** Asked before anything of the transaction is taken. */
    private void requireNotHalted(SiteView view, LocalTransaction transaction, Change change) {
        WindowRow row = window.get(change.key().id());
        VersionVector mine = view.seen(change.key().id()).with(view.site(), transaction.position());
        if (row != null && !row.vector().contains(view.site(), transaction.position()) && !mine.covers(row.vector())) {
            decider.requireNotHalted(row, change, view.site(), transaction.position());
        }
    }

    private Delivery merge(SiteView view, LocalTransaction transaction, Stamp stamp, Change change, Decided decided) {
        Position position = transaction.position();
        VersionVector mine = mine(view, position, change);
        WindowRow row = window.get(change.key().id());
        if (!scopes.isEmpty()) {
            decided.news().add(change.key().id());
        }
        boolean first =
                row == null || (row.inConflict() && row.conflict().taken().isEmpty());
        long former = row == null || row.inConflict() ? -1 : row.ticket();
        if (row == null) {
            row = WindowRow.plain(change.key().id(), VersionVector.of(view.site(), position), outbox.nextTicket());
            window.add(row);
            window.refersTo(row, -1);
        } else if (row.vector().contains(view.site(), position)) {
            mine = row.vector(); // part of a recorded decision
            decided.news().remove(row.id());
        } else if (mine.covers(row.vector())) {
            succeed(row, Decider.contender(transaction, stamp, change));
        } else if (row.inConflict() && row.conflict().merged().isRestrainedUnseen(mine)) {
            Contender next = Decider.contender(transaction, stamp, change);
            row.settle(
                    row.vector().join(mine),
                    decider.succeeded(row.conflict().merged().unrestrained(), change.table(), next)
                            .restrainedBy(Restraint.NONE));
            decided.rows().add(row);
        } else if (row.inConflict() && row.conflict().merged().isAheadOf(view.site(), position)) {
            row.settle(row.vector().join(mine), row.conflict().merged());
            decided.rows().add(row);
        } else {
            boolean before = row.inConflict();
            Decision made = decider.decide(
                    row,
                    change,
                    mine,
                    unshown(view.site()).ticketShown(),
                    Decider.contender(transaction, stamp, change));
            scopes.completeUses(row.conflict(), change, view.site());
            conflicts++;
            decided.rows().add(row);
            decided.made().add(made);
            if (!before) {
                window.nowInConflict(row, row.ticket());
            }
        }
        if (row.inConflict()) {
            row.conflict().take(view.site(), position);
        }
        row.awaited(sites.size() - 1);
        rekeys.taken(view.site(), position, change, row, first);
        return new Delivery(change, mine, former);
    }

    /** What the change has seen and is; one vector for all rows of a transaction that have seen the same, for they are kept with each. */
    private VersionVector mine(SiteView view, Position position, Change change) {
        VersionVector seen = view.seen(change.key().id());
        VersionVector mine = seen.with(view.site(), position);
        lastMine = mine.equals(lastMine) ? lastMine : mine;
        return lastMine;
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

    /** Rows of the window as they were read at sites. Journals that have less than is known now are written again. */
    void complete(Map<Batch.Missing, Image> found) {
        found.forEach((missing, image) -> {
            WindowRow row = window.required(missing.key().id());
            row.conflict().complete(missing.site(), missing.version(), image);
            touchLacking(row);
        });
    }

    private void touchLacking(WindowRow row) {
        row.conflict().lacking().forEach(site -> touch(row, site));
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
        return views.taken().covers(view(target).progress().without(target));
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
                    + ", but the logs have been taken only up to " + views.taken());
        }
        Set<RowId> urgent = items.isEmpty() ? Set.of() : settler.urgentFor(target);
        Collection<RowWrite> writes = planner.plan(view, items, urgent);
        return new Batch(this, planner, view, ++batches, ticketThrough, List.copyOf(items), writes);
    }

    /**
     * Whether every commit of a site's transactions that had ended by then has been taken: a fence without a message. Once it has been
     * so, it stays so.
     */
    public boolean hasTaken(SiteId site, TransactionSnapshot ended) {
        return view(site).writers().knowsAll(ended);
    }

    /** The engine's own transaction that touched no table of the users' and never appears in the log. */
    public void committedOutside(SiteId site, int transaction) {
        view(site).writers().add(transaction);
    }

    /** A fence has passed that came after this snapshot. */
    public void passed(SiteId site, TransactionSnapshot ended) {
        view(site).writers().passed(ended.horizon());
    }

    /** Whether all that these transactions of a target have committed has been taken, or is the engine's own. */
    boolean knows(SiteId target, Set<Integer> writers) {
        return view(target).writers().knows(writers);
    }

    /**
     * Takes clashes that a batch has met, to be decided where the target's log shows a transaction without changes of this number.
     * Replaces what was not decided yet for this target.
     *
     * @param clashes found in a transaction that holds their rows locked
     */
    public Settlement settle(Batch batch, List<Clash> clashes, int transaction) {
        Settlement settlement = new Settlement(batch, clashes, transaction);
        settlements.put(batch.target(), settlement);
        return settlement;
    }

    /** The rows of a site that need other ids before its log can be taken further. */
    public Optional<RekeyRequest> rekeyRequest(SiteId site) {
        return rekeys.request(site);
    }

    /** What comes next in a site's log that waits for other ids: the rows that will need some are added to the request. */
    public void foresee(SiteId site, Collection<LogEntry> next) {
        rekeys.foresee(view(site), next);
    }

    /**
     * The site has given the rows other ids.
     *
     * @param done in the order in which they are to be understood; durable at the site
     */
    public void rekeyed(RekeyRequest request, List<Rekey> done) {
        rekeys.done(request, done);
    }

    /** The site cannot give the rows other ids; they are merged as they are. */
    public void rekeyRefused(RekeyRequest request) {
        rekeys.refused(request);
    }

    /** The ticket through which the next batch of a target has to reach, whatever its size. */
    public long reaching(SiteId target) {
        return settler.reaching(target);
    }

    /** The target has committed the batch; it stays queued until the target's log shows that. */
    public void committed(Batch batch, Committed committed) {
        SiteView view = view(batch.target());
        view.writers().add(committed.transaction());
        view.progressed(batch.progressAfter());
        batch.rows()
                .forEach(write ->
                        settler.urgentFor(batch.target()).remove(write.key().id()));
        batch.finished().forEach((row, vector) -> view.finished().remove(row, vector));
        view.journaled().removeAll(batch.journaled());
        unshown(batch.target()).add(batch, committed.horizon());
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
        settlements.remove(target);
        unshown(target).forget();
        return unshown(target).ticketShown();
    }

    /** How many changes are kept in a target's batches that are committed and not shown by its log yet. */
    public long unshownChanges(SiteId target) {
        return unshown(target).changes();
    }

    /** An estimate of what these changes take in memory. */
    public long unshownBytes(SiteId target) {
        return unshown(target).bytes();
    }

    private void evict() {
        VersionVector acknowledged = views.acknowledged();
        window.evictInConflict(
                row -> acknowledged.covers(row.vector()) && views.isAppliedEverywhere(row), views::finish);
        long mayLose = scopes.oldestTicket(Long.MAX_VALUE);
        window.evictPlain(row -> row.ticket() < mayLose && views.isAppliedEverywhere(row));
        scopes.forgetBefore(oldestTicket());
    }

    /** For each site the place in its log up to which it will not be read again, as durable in that site's own log. */
    public VersionVector acknowledged() {
        return views.acknowledged();
    }

    /** @param alone whether the batch brings nothing else */
    Acknowledgement toName(SiteId site, boolean alone) {
        return views.toName(site, alone);
    }

    /** Up to where every other site's own log shows a site's local transactions as applied. */
    public Position appliedElsewhere(SiteId site) {
        return views.appliedElsewhere(site);
    }

    /** No item with a lesser ticket is needed any more. */
    public long oldestTicket() {
        long oldest = window.oldestTicket(outbox.nextTicket());
        for (UnshownBatches batches : unshown.values()) {
            oldest = Math.min(oldest, batches.ticketShown() + 1);
        }
        return scopes.oldestTicket(oldest);
    }

    /** Up to where a site's log has been taken. */
    public Position cursor(SiteId site) {
        return view(site).cursor();
    }

    /** What a site has applied, as its own log shows it. */
    public VersionVector applied(SiteId site) {
        return view(site).applied();
    }

    /** What a site has applied and committed. */
    public VersionVector progress(SiteId site) {
        return view(site).progress();
    }

    /** Whether the site's tables have yet to be told of something: a marker alone would be of use. */
    public boolean wantsMarker(SiteId site) {
        SiteView view = view(site);
        return !view.finished().isEmpty()
                || !view.journaled().isEmpty()
                || views.acknowledgeable(site).position().isAfter(view.acknowledged());
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
        return views.of(site);
    }

    private UnshownBatches unshown(SiteId site) {
        UnshownBatches batches = unshown.get(site);
        if (batches == null) {
            throw new IllegalArgumentException("no queue for site " + site);
        }
        return batches;
    }
}
