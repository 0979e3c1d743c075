package dev.entwine.simulation;

import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.Committed;
import dev.entwine.merge.Decision;
import dev.entwine.merge.Item;
import dev.entwine.merge.Merger;
import dev.entwine.merge.Overwritten;
import dev.entwine.merge.Policy;
import dev.entwine.merge.Recovered;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.merge.RowWrite;
import dev.entwine.merge.Settlement;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.merge.WindowMemory;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One engine around the product's merger. All of it is memory only: a crash loses it, a new one is built from the sites alone. */
final class SimEngine {
    /** An open apply transaction, which may outlive the connection that opened it. */
    private static final class Transaction {
        final SimSite site;
        final Map<RowKey, SimSite.Held> written = new LinkedHashMap<>();
        final Map<RowKey, Integer> found = new HashMap<>();
        final Set<Integer> overwritten = new HashSet<>();
        final Set<RowId> unlocked = new HashSet<>();
        final int siteCrashes;
        final int number;
        boolean blind;
        /** Its rows were written one by one, and what they met is being decided. */
        boolean oneByOne;

        @Nullable
        Position fence;

        @Nullable
        TransactionSnapshot ended;

        @Nullable
        Reading reading;

        @Nullable
        Settlement settlement;

        Transaction(SimSite site) {
            this.site = site;
            site.uncommitted.put(this, written);
            this.siteCrashes = site.crashes;
            this.number = site.begin();
        }

        int found(RowKey key) {
            return found.getOrDefault(key, 0);
        }

        /** A delete that found nothing holds no lock, and does nothing to a row that came since. */
        void forgetMissed() {
            written.keySet()
                    .removeIf(key ->
                            !equals(site.locks.get(key)) && site.held(key).version() != found(key));
        }

        boolean hasMissed() {
            return written.keySet().stream()
                    .anyMatch(key ->
                            !equals(site.locks.get(key)) && site.held(key).version() != found(key));
        }

        boolean isAlive() {
            return siteCrashes == site.crashes;
        }

        void end() {
            if (isAlive()) {
                site.end(number);
                site.uncommitted.remove(this);
                site.shared.remove(this);
                site.locks.values().removeIf(owner -> owner == this);
            }
        }
    }

    /** What the engine does with one site. */
    private static final class Target {
        final SimSite site;
        Position read;
        long taken = -1;

        @Nullable
        Batch batch;

        @Nullable
        Transaction transaction;

        Target(SimSite site, Position read) {
            this.site = site;
            this.read = read;
        }
    }

    /** A commit whose reply never came: it may still take effect, or not. */
    private record Orphan(Transaction transaction, Batch.Commit commit, long epoch) {}

    private final Map<SiteId, Target> targets = new TreeMap<>();
    private final SimOutbox outbox;
    private final Oracle oracle;
    private final Random random;
    private final long epoch;
    private final Merger merger;
    private final List<Orphan> orphans;

    SimEngine(List<SimSite> sites, Policy policy, Oracle oracle, Random random, List<Object> orphans) {
        this.oracle = oracle;
        this.outbox = new SimOutbox(oracle);
        this.random = random;
        this.orphans = new ArrayList<>();
        orphans.forEach(orphan -> this.orphans.add((Orphan) orphan));
        long newest = 0;
        for (SimSite site : sites) {
            newest = Math.max(newest, site.epoch);
        }
        epoch = newest + 1;
        Set<String> unfinished = new HashSet<>();
        sites.forEach(site -> unfinished.addAll(site.unfinished()));
        Map<String, Integer> journaled = sites.getFirst().journaled(unfinished);
        Map<SiteId, Recovered> recovered = new HashMap<>();
        for (SimSite site : sites) {
            site.epoch = epoch;
            site.flush(); // a new engine relies only on what is durable
            journaled.entrySet().retainAll(site.journaled(unfinished).entrySet());
        }
        for (SimSite site : sites) {
            recovered.put(site.site, site.recover(journaled.keySet()));
            targets.put(site.site, new Target(site, site.restart()));
        }
        merger = new Merger(
                sites.stream().map(site -> site.site).toList(),
                table -> policy,
                table -> sites.getFirst().constraints.rule(),
                sites.getFirst().constraints.rekeying(),
                sites.getFirst().constraints.scoping(),
                outbox,
                WindowMemory.HEAP,
                epoch,
                recovered);
    }

    Merger merger() {
        return merger;
    }

    /** The engine is killed: its transactions end, unless their commit is already on its way. */
    List<Object> kill() {
        for (Target target : targets.values()) {
            if (target.batch != null
                    && target.transaction != null
                    && target.batch.next() instanceof Batch.Commit commit
                    && random.nextBoolean()) {
                orphans.add(new Orphan(target.transaction, commit, epoch));
                target.transaction = null;
            }
            abandon(target);
        }
        return new ArrayList<>(orphans);
    }

    /** A site has crashed: the engine's connections to it are gone. */
    void reconnect(SimSite site) {
        Target target = target(site);
        abandon(target);
        target.read = site.restart();
        target.taken = merger.rewind(site.site, site.progress);
    }

    private Target target(SimSite site) {
        Target target = targets.get(site.site);
        if (target == null) {
            throw new IllegalArgumentException("no such site " + site.site);
        }
        return target;
    }

    private static void abandon(Target target) {
        if (target.transaction != null) {
            target.transaction.end();
        }
        target.transaction = null;
        target.batch = null;
    }

    /** Takes the next entry of a site's log; false when there is none or it must wait. */
    boolean capture(SimSite site) {
        Target target = target(site);
        LogEntry entry = site.epoch == epoch ? site.read(target.read) : null;
        if (entry == null || !merger.offer(entry)) {
            return false;
        }
        target.read = entry.position();
        return true;
    }

    void begin(SimSite site, int itemsMax) {
        Target target = target(site);
        if (target.batch != null || merger.rekeyRequest(site.site).isPresent()) {
            return;
        }
        boolean mayPlan = merger.mayPlan(site.site) && itemsMax > 0;
        long reaching = merger.reaching(site.site);
        List<Long> tickets = mayPlan ? outbox.next(site.site, target.taken, itemsMax, reaching) : List.of();
        List<Item> items = tickets.stream().map(outbox::read).toList();
        target.batch = merger.plan(site.site, items, tickets.isEmpty() ? target.taken : tickets.getLast());
        target.transaction = new Transaction(site);
    }

    boolean hasRead(SimSite site, Position through) {
        return !through.isAfter(merger.cursor(site.site));
    }

    boolean isIdle(SimSite site) {
        Target target = target(site);
        return target.batch == null && outbox.next(site.site, target.taken, 1).isEmpty();
    }

    /** Does what the site's batch asks for next, if it can be done. */
    void step(SimSite site, boolean faults) {
        Target target = target(site);
        RekeyRequest request = merger.rekeyRequest(site.site).orElse(null);
        if (request != null) {
            abandon(target);
            boolean waits = orphans.stream().anyMatch(orphan -> orphan.transaction().site == site);
            if (site.epoch == epoch && !waits) {
                SimIds.answer(site, request, merger, oracle, !faults || random.nextInt(5) > 0);
            }
            return;
        }
        Batch batch = target.batch;
        Transaction transaction = target.transaction;
        if (batch == null || transaction == null) {
            return;
        }
        if (transaction.settlement != null) {
            awaitSettled(target, transaction, transaction.settlement, faults);
            return;
        }
        switch (batch.next()) {
            case Batch.Complete complete -> complete(batch, transaction, complete, faults);
            case Batch.Write write -> write(target, batch, transaction, write, faults);
            case Batch.Fence fence -> fence(target, batch, transaction, faults);
            case Batch.Commit commit -> commit(target, batch, transaction, commit, faults);
            case Batch.GiveUp giveUp -> abandon(target);
        }
    }

    private void write(Target target, Batch batch, Transaction transaction, Batch.Write write, boolean faults) {
        transaction.overwritten.clear();
        transaction.blind = false;
        transaction.unlocked.clear();
        for (RowWrite row : write.rows()) {
            if (!write(target.site, transaction, row)) {
                abandon(target);
                return;
            }
        }
        SimSite site = target.site;
        if (site.mustWait(transaction, transaction.written) || (site.constraints.any() && transaction.hasMissed())) {
            abandon(target);
            return;
        }
        List<Clash> clashes = site.constraints.broken(site.rows, transaction.written);
        if (!clashes.isEmpty()) {
            List<Clash> oneByOne = faults && random.nextInt(10) == 0
                    ? site.constraints.brokenOneByOne(site.rows, transaction.written)
                    : List.of();
            transaction.oneByOne = !oneByOne.isEmpty();
            settle(target, batch, transaction, oneByOne.isEmpty() ? clashes : oneByOne);
            return;
        }
        site.shared.put(transaction, site.constraints.shared(transaction.written));
        batch.written(new Overwritten(transaction.overwritten, transaction.blind, transaction.unlocked));
    }

    /** What was written is undone; the rows that were in each other's way stay locked until it is decided. */
    private void settle(Target target, Batch batch, Transaction transaction, List<Clash> clashes) {
        SimSite site = target.site;
        transaction.written.clear();
        for (RowKey key : SimConstraints.rows(clashes)) {
            Object owner = site.locks.putIfAbsent(key, transaction);
            if (owner != null && owner != transaction) {
                abandon(target);
                return;
            }
        }
        int number = site.begin();
        transaction.settlement = merger.settle(batch, clashes, number);
        site.commitLocal(
                new LogEntry.LocalTransaction(site.site, site.nextPosition(), 0, number, List.of(), List.of()),
                number,
                Map.of(),
                true);
    }

    private void awaitSettled(Target target, Transaction transaction, Settlement settlement, boolean faults) {
        switch (settlement.outcome()) {
            case PLAN_AGAIN -> abandon(target);
            case NOTHING -> {
                if (!transaction.oneByOne) {
                    throw new IllegalStateException(
                            "site " + target.site.site + ": nobody decides between rows that clash");
                }
                abandon(target); // rows that refer to each other can only go together
            }
            case WAITING -> {
                if (faults && random.nextInt(20) == 0) {
                    abandon(target);
                }
            }
        }
    }

    /** False when the row is locked, or cannot be completed yet. */
    private boolean write(SimSite site, Transaction transaction, RowWrite write) {
        Object owner = site.locks.get(write.key());
        if (owner != null && owner != transaction) {
            return false;
        }
        SimSite.Held committed = site.held(write.key());
        SimSite.Held there = owner == null ? committed : transaction.written.getOrDefault(write.key(), committed);
        Image image = write.image();
        if (image != null && !image.isComplete()) {
            Image older = there.image() == null ? committed(write.key(), write.source()) : there.image();
            if (older == null) {
                return false;
            }
            image = image.filledFrom(older);
        }
        if (image != null || there.image() != null) {
            site.locks.put(write.key(), transaction);
        } else {
            transaction.unlocked.add(write.key().id()); // a delete that finds nothing locks nothing
        }
        if (there.image() == null) {
            transaction.blind = true;
        } else if (there.writer() != transaction.number) {
            transaction.overwritten.add(there.writer());
        }
        transaction.found.put(write.key(), site.held(write.key()).version());
        transaction.written.put(write.key(), held(site, transaction, write, image));
        return true;
    }

    private SimSite.Held held(SimSite site, Transaction transaction, RowWrite write, @Nullable Image image) {
        int version =
                oracle.numberOrBefore(write.key(), write.source(), write.position(), image, site.held(write.key()));
        List<Decision> known = new ArrayList<>(write.decisions());
        site.journal.values().stream()
                .filter(decision -> decision.key().equals(write.key()))
                .forEach(known::add);
        return new SimSite.Held(image, version, oracle.knownWith(version, known), transaction.number);
    }

    /** Rows that were read at other sites, and a fence in each one's log behind what was read. */
    private record Reading(Map<Batch.Missing, Image> rows, Map<SiteId, Position> fences) {}

    /** What was read is of use once the fences have passed; a site may be away, or its log too far behind. */
    private void complete(Batch batch, Transaction transaction, Batch.Complete complete, boolean faults) {
        Reading reading = transaction.reading;
        if (reading == null) {
            transaction.reading = read(complete, faults);
            return;
        }
        Set<SiteId> behind = new HashSet<>();
        reading.fences().forEach((site, fence) -> {
            if (fence.isAfter(merger.cursor(site))) {
                behind.add(site);
            }
        });
        if (behind.isEmpty() || (faults && random.nextInt(10) == 0)) {
            transaction.reading = null;
            Map<Batch.Missing, Image> found = new HashMap<>(reading.rows());
            found.keySet().removeIf(missing -> behind.contains(missing.site()));
            batch.completed(found);
        }
    }

    private Reading read(Batch.Complete complete, boolean faults) {
        Map<Batch.Missing, Image> rows = new HashMap<>();
        Map<SiteId, Position> fences = new HashMap<>();
        for (Batch.Missing missing : complete.rows()) {
            Image image = committed(missing.key(), missing.site());
            if (image != null && !(faults && random.nextInt(10) == 0)) {
                rows.put(missing, image);
            }
        }
        for (Batch.Missing missing : rows.keySet()) {
            fences.computeIfAbsent(missing.site(), site -> sendFence(site(site)));
        }
        return new Reading(rows, fences);
    }

    private SimSite site(SiteId site) {
        Target target = targets.get(site);
        if (target == null) {
            throw new IllegalArgumentException("no such site " + site);
        }
        return target.site;
    }

    private @Nullable Image committed(RowKey key, SiteId source) {
        Target target = targets.get(source);
        return target == null ? null : target.site.held(key).image();
    }

    private void fence(Target target, Batch batch, Transaction transaction, boolean faults) {
        TransactionSnapshot ended = transaction.ended;
        if (ended == null) {
            transaction.ended = target.site.ended();
        } else if (transaction.fence == null) {
            if (merger.hasTaken(target.site.site, ended)) {
                pass(batch, transaction);
            } else if (random.nextInt(3) == 0) {
                transaction.fence = sendFence(target.site);
            }
        } else if (!transaction.fence.isAfter(merger.cursor(target.site.site))) {
            merger.passed(target.site.site, ended);
            pass(batch, transaction);
        } else if (faults && random.nextInt(10) == 0) {
            abandon(target); // the fence is late: never hold application rows hostage
        }
    }

    private static Position sendFence(SimSite site) {
        Position position = site.nextPosition();
        int number = site.begin();
        site.commitLocal(new LogEntry.Fence(site.site, position, number, "f"), number, Map.of(), true);
        return position;
    }

    private static void pass(Batch batch, Transaction transaction) {
        transaction.fence = null;
        transaction.ended = null;
        batch.fenced();
    }

    private void commit(Target target, Batch batch, Transaction transaction, Batch.Commit commit, boolean faults) {
        int fate = faults ? random.nextInt(20) : 19;
        if (fate == 0) {
            orphans.add(new Orphan(transaction, commit, epoch)); // the reply is lost and the commit still on its way
            target.transaction = null;
            target.batch = null;
            target.taken = merger.rewind(target.site.site, target.site.progress);
            return;
        }
        Committed outcome = new Committed(transaction.number, target.site.horizon());
        boolean committed = fate != 1 && commit(transaction, commit, epoch);
        abandon(target);
        if (committed && fate != 2) {
            merger.committed(batch, outcome);
            target.taken = Math.max(target.taken, batchEnd(batch, target));
        } else {
            target.taken = merger.rewind(target.site.site, target.site.progress);
        }
    }

    private long batchEnd(Batch batch, Target target) {
        long end = target.taken;
        int left = batch.items().size();
        for (long ticket : outbox.next(target.site.site, target.taken, left)) {
            end = ticket;
        }
        return end;
    }

    /** What the database does with a commit: all or nothing, and nothing for a stale engine or a misjudged outcome. */
    private boolean commit(Transaction transaction, Batch.Commit commit, long ofEpoch) {
        SimSite site = transaction.site;
        if (!transaction.isAlive() || site.epoch != ofEpoch || !site.progress.equals(commit.expected())) {
            transaction.end();
            return false;
        }
        transaction.forgetMissed();
        Position position = site.nextPosition();
        LogEntry.Marker marker = new LogEntry.Marker(
                site.site,
                position,
                commit.message().epoch(),
                commit.message().batch(),
                commit.message().stamp(),
                commit.message().acknowledged(),
                commit.message().applied(),
                commit.message().merged(),
                commit.message().unlocked());
        site.commitApplied(marker, transaction.number, transaction.written, commit, random.nextInt(3) > 0);
        transaction.end();
        return true;
    }

    /** A commit that was on its way arrives, or its transaction is rolled back. */
    void landOrphan() {
        if (orphans.isEmpty()) {
            return;
        }
        Orphan orphan = orphans.remove(random.nextInt(orphans.size()));
        if (random.nextBoolean()) {
            commit(orphan.transaction(), orphan.commit(), orphan.epoch());
        } else {
            orphan.transaction().end();
        }
    }

    void acknowledge(SimSite site) {
        if (site.epoch == epoch) {
            site.acknowledge(merger.acknowledged().at(site.site), random.nextInt(3) == 0);
        }
    }

    void forget() {
        outbox.forgetBefore(merger.oldestTicket());
    }

    boolean hasOrphans() {
        return !orphans.isEmpty();
    }
}
