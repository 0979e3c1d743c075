package dev.entwine.engine;

import dev.entwine.apply.Coordination;
import dev.entwine.carrier.Spool;
import dev.entwine.config.EngineSettings;
import dev.entwine.db.HeldLog;
import dev.entwine.db.SiteMarks.Known;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.Committed;
import dev.entwine.merge.Item;
import dev.entwine.merge.Merger;
import dev.entwine.merge.Outbox;
import dev.entwine.merge.Overwritten;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.merge.Settlement;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the stages meet: the one owner of merger and spool, under one lock. Nobody holds it while waiting for a database; only the
 * spool's local files are read and written under it.
 */
final class Core implements Coordination {
    /** How often a waiter looks around by itself, should nobody wake it. */
    private static final long LOOK_AROUND_MS = 200;

    /** What lets others in, while a target's queue is looked through. */
    private static final long LOOK_ON_NANOS = 100_000;

    /**
     * Batches are kept with all their items until the target's log shows them. It shows them soon; but after a restart there may be
     * millions of changes that the target has already, and that it commits faster than its log is read.
     */
    private static final int UNSHOWN_CHANGES_MAX = 50_000;

    private static final long UNSHOWN_BYTES_MAX = 32L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    /** What a log's taker waits for: other logs taken further, or room in the spool. */
    private final Condition turn = lock.newCondition();

    private final Map<SiteId, Waiting> waiting = new TreeMap<>();
    private final List<SiteId> sites;
    private final EngineSettings settings;
    private final Spool spool;
    private final Merger merger;
    private final InstantSource clock;
    private final RowLookUp lookUp;
    private final Map<SiteId, TargetQueue> queues = new TreeMap<>();
    private final Map<SiteId, LogState> logs = new TreeMap<>();
    private final PassedFences fences = new PassedFences();
    private final AcknowledgementGuard guard;
    private final Counters counters = new Counters();
    private final KeyTraffic keys;
    private final Traffic traffic;
    private final Map<SiteId, SiteGuard> guards = new TreeMap<>();
    /** Sites that get nothing until somebody says so. */
    private final Set<SiteId> paused = new TreeSet<>();
    /** How many changes the transaction has that is being taken. */
    private int capturedNow;
    /** How many conflicts there were before it. */
    private long conflictsBefore;

    private boolean stopping;

    Core(
            List<SiteId> sites,
            EngineSettings settings,
            GuardLimits limits,
            Spool spool,
            Function<Outbox, Merger> merger,
            InstantSource clock,
            RowLookUp lookUp) {
        this.sites = sites;
        this.settings = settings;
        this.spool = spool;
        this.clock = clock;
        this.lookUp = lookUp;
        this.guard = new AcknowledgementGuard(sites);
        this.keys = new KeyTraffic(sites, clock.instant());
        this.traffic = new Traffic(sites, keys);
        Outbox counted = new CountingOutbox();
        for (SiteId site : sites) {
            queues.put(site, new TargetQueue(site, -1));
            logs.put(site, new LogState(false, clock.instant(), "not connected yet"));
            waiting.put(site, new Waiting(lock));
            guards.put(site, new SiteGuard(limits));
        }
        lock.lock(); // what was recovered is queued
        try {
            this.merger = merger.apply(counted);
        } finally {
            lock.unlock();
        }
    }

    /** Tells every target's queue, and whom it concerns, what arrives. */
    private final class CountingOutbox implements Outbox {
        @Override
        public long nextTicket() {
            return spool.nextTicket();
        }

        @Override
        public void append(Item item) {
            spool.append(item);
            traffic.arrived(item, capturedNow);
            queues.forEach((target, queue) -> {
                queue.arrived(item);
                if (item.concerns(target)) {
                    waiting(target).workArrived();
                }
            });
        }

        @Override
        public Item read(long ticket) {
            return spool.read(ticket);
        }

        @Override
        public Item.Transaction read(long ticket, RowId row) {
            return spool.read(ticket, row);
        }
    }

    /**
     * Takes an entry of a site's log; waits until it is its turn.
     *
     * @param ahead gives the entries that follow, as far as they are known without waiting; they are offered later
     * @return false when a guard has held the log here and holds it no more: then the log is to be read again, for the site may have
     *         become another one since the entry was read
     */
    boolean offer(LogEntry entry, Supplier<Collection<LogEntry>> ahead) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            boolean resent = !entry.position().isAfter(merger.cursor(entry.site()));
            if (!resent && waitsForAnswer(entry)) {
                return false;
            }
            while (mustWait(entry) || !take(entry)) {
                if (mustRekey(entry.site())) {
                    merger.foresee(entry.site(), ahead.get());
                    waiting(entry.site()).wake();
                }
                turn.await(LOOK_AROUND_MS, TimeUnit.MILLISECONDS);
                requireRunning();
            }
            if (resent) {
                return true;
            }
            switch (entry) {
                case LogEntry.Fence fence -> fences.passed(fence);
                case LogEntry.LocalTransaction local -> {
                    traffic.taken(local, clock.instant());
                    guard.taken(local);
                    guards(local.site()).taken(local, merger.conflicts() - conflictsBefore, clock.instant());
                }
                case LogEntry.Rekeyed rekeyed -> {}
                case LogEntry.Marker marker -> {
                    guard.check(marker.site(), merger);
                    spool.discardBefore(merger.oldestTicket());
                }
            }
            taken(entry.site());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What has reached another site is past holding. Returns true once a log that was held may go on. */
    private boolean waitsForAnswer(LogEntry entry) throws InterruptedException {
        if (!(entry instanceof LogEntry.LocalTransaction local)
                || sites.stream()
                        .filter(site -> !site.equals(entry.site()))
                        .anyMatch(site ->
                                !entry.position().isAfter(merger.progress(site).at(entry.site())))
                || !guards(entry.site()).holds(local, clock.instant())) {
            return false;
        }
        waiting(entry.site()).wake();
        while (isGuarded(entry.site())) {
            turn.await(LOOK_AROUND_MS, TimeUnit.MILLISECONDS);
            requireRunning();
        }
        return true;
    }

    private boolean isGuarded(SiteId site) {
        return guards(site).held().isPresent();
    }

    private SiteGuard guards(SiteId site) {
        SiteGuard found = guards.get(site);
        if (found == null) {
            throw new IllegalArgumentException("no such site " + site);
        }
        return found;
    }

    /** What guards have held at a site before this engine, and what was answered. */
    void recorded(SiteId site, List<HeldLog> logs) {
        lock.lock();
        try {
            guards(site).recorded(logs);
        } finally {
            lock.unlock();
        }
    }

    /** Where a guard holds a site's log; empty while none does. */
    Optional<HeldLog> heldLog(SiteId site) {
        lock.lock();
        try {
            return guards(site).held();
        } finally {
            lock.unlock();
        }
    }

    /** A person lets through what a guard holds. */
    void allow(SiteId site, HeldLog answered, Position through) {
        lock.lock();
        try {
            guards(site).allow(answered, through);
            turn.signalAll();
            waiting(site).wake();
        } finally {
            lock.unlock();
        }
    }

    private boolean take(LogEntry entry) {
        capturedNow = entry instanceof LogEntry.LocalTransaction local
                ? local.changes().size()
                : 0;
        conflictsBefore = merger.conflicts();
        return merger.offer(entry);
    }

    /** Wakes whom the log's next entry may let go on, and nobody else: each wake-up costs two changes of context. */
    private void taken(SiteId site) {
        turn.signalAll();
        waiting(site).logTaken(ended -> merger.hasTaken(site, ended));
        waiting.values().forEach(Waiting::mayPlanNow);
    }

    /**
     * With the files full, reading on would only move a site's log to the disk here; but a site that is needed for a fence must be
     * read, so this holds only while some other site is away, or its log is held by a guard, and nothing can drain.
     */
    private boolean mustWait(LogEntry entry) {
        return entry instanceof LogEntry.LocalTransaction
                && spool.fileBytes() > settings.spoolBytesMax()
                && logs.entrySet().stream()
                        .anyMatch(other -> !other.getKey().equals(entry.site())
                                && (!other.getValue().connected() || isGuarded(other.getKey())));
    }

    Position acknowledged(SiteId site) {
        return known(site).acknowledged();
    }

    @Override
    public Known known(SiteId site) {
        lock.lock();
        try {
            return new Known(merger.acknowledged().at(site), merger.applied(site));
        } finally {
            lock.unlock();
        }
    }

    void log(SiteId site, boolean connected, String reason) {
        lock.lock();
        try {
            LogState before = logs.get(site);
            Instant since = before != null && before.connected() == connected ? before.since() : clock.instant();
            logs.put(site, new LogState(connected, since, reason));
            turn.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Batch> nextBatch(SiteId target, int changesMax) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            TargetQueue queue = queue(target);
            while (true) {
                requireRunning();
                if (mustRekey(target)) {
                    return Optional.empty();
                }
                if (isGuarded(target)) { // no fence passes, and no marker would be shown
                    waiting(target).awaitWork(false, TimeUnit.MILLISECONDS.toNanos(LOOK_AROUND_MS));
                    continue;
                }
                boolean mayTake = !paused.contains(target)
                        && merger.unshownChanges(target) < UNSHOWN_CHANGES_MAX
                        && merger.unshownBytes(target) < UNSHOWN_BYTES_MAX
                        && merger.mayPlan(target);
                TargetQueue.Taken taken =
                        mayTake ? queue.take(spool, changesMax, merger.reaching(target)) : queue.nothing();
                long now = System.nanoTime();
                if (!taken.items().isEmpty() || queue.isHeartbeatDue(now)) {
                    queue.heartbeatAt(now + TimeUnit.MILLISECONDS.toNanos(settings.heartbeatMs()));
                    return Optional.of(merger.plan(target, taken.items(), taken.ticketThrough()));
                }
                boolean lookOn = mayTake && taken.ticketThrough() + 1 < spool.nextTicket();
                waiting(target).awaitWork(mayTake, lookOn ? LOOK_ON_NANOS : queue.heartbeatDueNanos() - now);
            }
        } finally {
            lock.unlock();
        }
    }

    private void requireRunning() throws InterruptedException {
        if (stopping) {
            throw new InterruptedException("the engine is stopping");
        }
    }

    @Override
    public Batch.Step next(Batch batch) {
        lock.lock();
        try {
            return batch.next();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void written(Batch batch, Overwritten overwritten) {
        lock.lock();
        try {
            batch.written(overwritten);
            traffic.written(batch, clock.instant());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void completed(Batch batch, Map<Batch.Missing, Image> found) {
        lock.lock();
        try {
            batch.completed(found);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitFence(SiteId target, String token, TransactionSnapshot before) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.fenceTimeoutMs());
        lock.lockInterruptibly();
        try {
            while (!fences.contains(target, token)) {
                requireRunning();
                if (mustRekey(target) || isGuarded(target)) {
                    return false;
                }
                if (waiting(target).awaitLog(deadline - System.nanoTime()) <= 0 && !fences.contains(target, token)) {
                    return false;
                }
            }
            merger.passed(target, before);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitEnded(SiteId target, TransactionSnapshot ended, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (!merger.hasTaken(target, ended)) {
                requireRunning();
                if (mustRekey(target) || waiting(target).awaitEnded(ended, deadline - System.nanoTime()) <= 0) {
                    return merger.hasTaken(target, ended);
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The engine has committed something at a site that is in no log: nobody is to wait for it there. */
    void renewed(SiteId site, int transaction) {
        lock.lock();
        try {
            merger.committedOutside(site, transaction);
            taken(site);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a site's applier has something to do that everything behind it in the site's log waits for. */
    private boolean mustRekey(SiteId site) {
        return merger.rekeyRequest(site).isPresent();
    }

    @Override
    public Optional<RekeyRequest> rekeyRequest(SiteId target) {
        lock.lock();
        try {
            return merger.rekeyRequest(target);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rekeyed(RekeyRequest request, List<Rekey> done) {
        lock.lock();
        try {
            if (done.isEmpty()) {
                merger.rekeyRefused(request);
            } else {
                merger.rekeyed(request, done);
            }
            turn.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void fenced(Batch batch) {
        lock.lock();
        try {
            batch.fenced();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Settlement settle(Batch batch, List<Clash> clashes, int transaction) {
        lock.lock();
        try {
            return merger.settle(batch, clashes, transaction);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Settlement.Outcome awaitSettled(Settlement settlement) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.fenceTimeoutMs());
        lock.lockInterruptibly();
        try {
            while (settlement.outcome() == Settlement.Outcome.WAITING) {
                requireRunning();
                if (mustRekey(settlement.target())
                        || isGuarded(settlement.target())
                        || waiting(settlement.target()).awaitLog(deadline - System.nanoTime()) <= 0) {
                    break;
                }
            }
            return settlement.outcome();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void committed(Batch batch, Committed committed, Set<RowId> parked) {
        lock.lock();
        try {
            merger.committed(batch, committed);
            counters.committed(batch, parked.size());
            traffic.committed(batch, parked, clock.instant());
            queue(batch.target()).committed(batch.items(), batch.ticketThrough());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rewind(SiteId target, VersionVector progress) {
        lock.lock();
        try {
            long ticket = merger.rewind(target, progress);
            for (long again = ticket + 1; again <= queue(target).taken(); again++) {
                traffic.again(target, spool.read(again));
            }
            queue(target).rewind(spool, ticket);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<Batch.Missing, Image> lookUp(List<Batch.Missing> rows) {
        return lookUp.find(rows);
    }

    @Override
    public Map<Batch.Missing, Image> lookUpTaken(List<Batch.Missing> rows) throws InterruptedException {
        Map<Batch.Missing, Image> taken = new HashMap<>();
        for (Map.Entry<SiteId, List<Batch.Missing>> site :
                RowLookUp.bySite(rows).entrySet()) {
            Optional<RowLookUp.Fenced> found =
                    isRead(site.getKey()) ? lookUp.findFenced(site.getKey(), site.getValue()) : Optional.empty();
            if (found.isPresent() && awaitTaken(site.getKey(), found.get().fence())) {
                taken.putAll(found.get().rows());
            }
        }
        return taken;
    }

    private boolean isRead(SiteId site) {
        lock.lock();
        try {
            LogState log = logs.get(site);
            return log != null && log.connected();
        } finally {
            lock.unlock();
        }
    }

    /** Like {@link #awaitFence}, for whoever is not the site's own applier. */
    private boolean awaitTaken(SiteId site, String fence) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.fenceTimeoutMs());
        lock.lockInterruptibly();
        try {
            while (!fences.contains(site, fence)) {
                requireRunning();
                long left = deadline - System.nanoTime();
                if (left <= 0 || mustRekey(site) || isGuarded(site)) {
                    return false;
                }
                turn.await(Math.min(left, TimeUnit.MILLISECONDS.toNanos(LOOK_AROUND_MS)), TimeUnit.NANOSECONDS);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void held(SiteId target, String reason) {
        lock.lock();
        try {
            queue(target).hold(reason);
        } finally {
            lock.unlock();
        }
    }

    /** Wakes everybody who waits here; they end. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            turn.signalAll();
            waiting.values().forEach(Waiting::wake);
        } finally {
            lock.unlock();
        }
    }

    EngineStatus status() {
        lock.lock();
        try {
            return EngineStatus.of(
                    sites,
                    logs,
                    queues,
                    new EngineStatus.Stopped(paused, heldLogs()),
                    merger,
                    spool,
                    counters,
                    clock.instant());
        } finally {
            lock.unlock();
        }
    }

    private Map<SiteId, HeldLog> heldLogs() {
        Map<SiteId, HeldLog> held = new TreeMap<>();
        guards.forEach((site, of) -> of.held().ifPresent(log -> held.put(site, log)));
        return held;
    }

    Measurements measurements() {
        lock.lock();
        try {
            return traffic.snapshot();
        } finally {
            lock.unlock();
        }
    }

    TrafficForecast forecast() {
        double seconds;
        List<KeyTraffic.Seen> seen;
        lock.lock();
        try {
            seconds = keys.seconds(clock.instant());
            seen = keys.seen();
        } finally {
            lock.unlock();
        }
        return TrafficForecast.of(sites, seconds, seen);
    }

    /** While a site is paused, what is changed elsewhere waits for it. Its own changes go to the others. */
    void pause(SiteId target, boolean pause) {
        lock.lock();
        try {
            if (pause) {
                paused.add(queue(target).target());
            } else {
                paused.remove(target);
            }
            waiting(target).workArrived();
        } finally {
            lock.unlock();
        }
    }

    private Waiting waiting(SiteId target) {
        Waiting found = waiting.get(target);
        if (found == null) {
            throw new IllegalArgumentException("no such site " + target);
        }
        return found;
    }

    private TargetQueue queue(SiteId target) {
        @Nullable TargetQueue queue = queues.get(target);
        if (queue == null) {
            throw new IllegalArgumentException("no such site " + target);
        }
        return queue;
    }
}
