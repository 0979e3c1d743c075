package dev.entwine.simulation;

import dev.entwine.merge.Policy;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run: random local writes, capture, apply steps, heartbeats, acknowledgement, crashes of engines and sites, overlapping
 * engines; then everything drains and the oracle judges.
 */
public final class Simulation {
    private static final int DRAIN_ROUNDS_MAX = 2000;

    /** Of so many occasions to die right after rows in conflict were forgotten, one is used. */
    private static final int DEATHS = 12;
    /** Enough for a batch to be written, fenced and committed. */
    private static final int TELLING_STEPS = 8;

    private final Random random;
    private final SimConstraints constraints;
    private final String mode;
    private final boolean faults;
    private final boolean fullIdentity;
    private final List<SimSite> sites = new ArrayList<>();
    private final Map<SiteId, Long> skew = new LinkedHashMap<>();
    private final int steps;
    /** Of a thousand steps. */
    private final int localWrites;
    /** Of a thousand steps, local writes included. */
    private final int captures;
    /** One of so many local commits is not flushed at once. */
    private final int lazyFlushes;

    private final List<RowKey> keys = new ArrayList<>();
    private final Map<RowKey, Long> sums = new LinkedHashMap<>();
    /** Per version the columns that it set. */
    private final Map<Integer, Set<Integer>> setBy = new LinkedHashMap<>();

    private final Oracle oracle;
    private final Policy policy;
    private final List<SimEngine> zombies = new ArrayList<>();
    private SimEngine engine;
    private long now = 1_000_000_000L;
    private int tags;

    private Simulation(long seed, int count, String mode, boolean faults) {
        this.random = new Random(seed * 31 + count * 7L + mode.hashCode() + (faults ? 1 : 0));
        this.mode = mode;
        this.oracle = new Oracle(!mode.equals("merge") && !mode.startsWith("whole"));
        this.constraints = SimConstraints.of(mode);
        this.faults = faults;
        this.fullIdentity = SimPolicies.needFullIdentity(mode) || random.nextInt(3) == 0;
        this.steps = List.of(400, 600, 900).get(random.nextInt(3));
        this.localWrites = List.of(60, 120, 220).get(random.nextInt(3));
        this.captures = List.of(500, 340).get(random.nextInt(2));
        this.lazyFlushes = List.of(2, 6).get(random.nextInt(2));
        List<SiteId> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(new SiteId(String.valueOf((char) ('a' + i))));
        }
        for (SiteId name : names) {
            sites.add(new SimSite(name, constraints));
            skew.put(name, random.nextInt(4) == 0 ? 3_600_000_000L : random.nextInt(1000));
        }
        this.policy = SimPolicies.of(mode, names);
        int rows = List.of(1, 2, 4, 12).get(random.nextInt(4));
        for (int i = 0; i < rows; i++) {
            keys.add(SimTable.key(i));
        }
        fill();
        engine = new SimEngine(sites, policy, oracle, random, List.of());
    }

    /** Every site starts with the same rows, which the first site wrote at position 1. */
    private void fill() {
        SiteId first = sites.getFirst().site;
        for (RowKey key : keys) {
            int number = oracle.reserve();
            Image row = SimTable.row(key, "v" + number, 0, Cell.text("big" + number));
            Image image = constraints.any() ? SimTable.claiming(row, null) : row;
            oracle.add(new Version(number, first, new Position(1), key, image, Set.of()));
            sites.forEach(site -> site.rows.put(key, new SimSite.Held(image, number, Set.of(number), 1)));
            sums.put(key, 0L);
            setBy.put(number, SimTable.VALUES);
        }
        for (SimSite site : sites) {
            Map<RowKey, SimSite.Held> rows = new LinkedHashMap<>(site.rows);
            site.rows.clear();
            int transaction = site.begin();
            site.commitLocal(
                    new LogEntry.Fence(site.site, new Position(2), transaction, "filled"), transaction, rows, true);
            site.acknowledge(new Position(2), true);
        }
    }

    /**
     * @param mode one of those of {@link SimPolicies}
     * @return what is wrong at the end, or null
     */
    public static @Nullable String run(long seed, int siteCount, String mode, boolean faults) {
        try {
            Simulation simulation = new Simulation(seed, siteCount, mode, faults);
            for (int i = 0; i < simulation.steps; i++) {
                int conflicts = simulation.engine.merger().windowConflicts();
                simulation.step();
                simulation.dieAfterForgetting(conflicts);
            }
            return simulation.drain();
        } catch (IllegalStateException e) {
            return e.toString() + " at " + e.getStackTrace()[0];
        }
    }

    private void step() {
        SimSite site = sites.get(random.nextInt(sites.size()));
        int choice = random.nextInt(1000);
        now += random.nextInt(200);
        if (choice < localWrites) {
            writeLocally(site);
        } else if (choice < captures) {
            current().capture(site);
        } else if (choice < 620) {
            current().begin(site, 1 + random.nextInt(4));
        } else if (choice < 900) {
            current().step(site, faults);
        } else if (choice < 915) {
            current().begin(site, 0);
        } else if (choice < 935) {
            acknowledge(site);
        } else if (choice < 945) {
            site.flush();
        } else if (choice < 960) {
            current().forget();
        } else if (choice < 970) {
            current().landOrphan();
        } else if (choice >= 990 && choice < 996) {
            calm(10 + random.nextInt(50));
        } else if (choice >= 996) {
            skew.put(site.site, (long) random.nextInt(20_000) - 10_000); // a clock is set, forward or back
        } else if (faults && choice < 980) {
            replaceEngine();
        } else if (faults && choice < 984) {
            crash(site);
        }
    }

    /**
     * Whether a row in conflict was forgotten too early shows when the engine dies before anything else is acknowledged: when only one
     * site has been told that the decision is finished, and the others' logs are read again with the changes that went into it.
     */
    private void dieAfterForgetting(int conflictsBefore) {
        if (!faults || engine.merger().windowConflicts() >= conflictsBefore || random.nextInt(DEATHS) > 0) {
            return;
        }
        SimSite told = sites.get(random.nextInt(sites.size()));
        engine.begin(told, random.nextInt(2));
        for (int i = 0; i < TELLING_STEPS; i++) {
            engine.capture(told);
            engine.step(told, false);
        }
        told.flush();
        replaceEngine();
    }

    /** Nobody writes for a while: queues empty, positions are acknowledged, rows leave the window. */
    private void calm(int rounds) {
        for (int i = 0; i < rounds; i++) {
            for (SimSite site : sites) {
                if (random.nextInt(3) == 0) {
                    site.flush();
                }
                while (engine.capture(site)) {
                    // takes all there is
                }
                engine.begin(site, random.nextInt(5));
                engine.step(site, faults);
                acknowledge(site);
            }
        }
        engine.forget();
    }

    /** Mostly the engine, sometimes one that does not know yet that it has been replaced. */
    private SimEngine current() {
        return zombies.isEmpty() || random.nextInt(5) > 0 ? engine : zombies.get(random.nextInt(zombies.size()));
    }

    private void replaceEngine() {
        List<Object> orphans = List.of();
        if (random.nextInt(3) == 0) {
            zombies.add(engine);
        } else {
            orphans = engine.kill();
        }
        engine = new SimEngine(sites, policy, oracle, random, orphans);
    }

    private void crash(SimSite site) {
        oracle.lost(site.crash());
        engine.reconnect(site);
        zombies.forEach(zombie -> zombie.reconnect(site));
    }

    private void acknowledge(SimSite site) {
        engine.acknowledge(site);
        for (SimSite other : sites) {
            Position needed = oracle.lastLocal(site.site, site.slot());
            if (other != site && needed.isAfter(other.progressFlushed().at(site.site))) {
                throw new IllegalStateException("acknowledged " + site.slot() + " to " + site.site + " while "
                        + other.site + " has durably applied only " + other.progressFlushed());
            }
        }
    }

    private void writeLocally(SimSite site) {
        Map<RowKey, SimSite.Held> written = new LinkedHashMap<>();
        List<Change> changes = new ArrayList<>();
        List<Version> versions = new ArrayList<>();
        Position position = site.nextPosition();
        int transaction = site.begin();
        boolean several = !constraints.scoping().isEmpty() || random.nextInt(3) == 0;
        int count = several ? 1 + random.nextInt(3) : 1;
        for (int i = 0; i < count; i++) {
            RowKey key = anyRow(site);
            if (!site.locks.containsKey(key) && !written.containsKey(key)) {
                change(site, position, transaction, key, written, changes, versions);
            }
        }
        if (changes.isEmpty()
                || site.mustWait(null, written)
                || !constraints.broken(site.rows, written).isEmpty()) {
            site.end(transaction);
            return;
        }
        long time = now + skew.getOrDefault(site.site, 0L) - random.nextInt(400);
        boolean flush = SimPolicies.counts(mode) || random.nextInt(lazyFlushes) > 0;
        site.commitLocal(
                new LogEntry.LocalTransaction(site.site, position, time, transaction, changes, List.of()),
                transaction,
                written,
                flush);
        versions.forEach(oracle::add);
    }

    /** Rows that have got other ids are written by these. */
    private RowKey anyRow(SimSite site) {
        if (constraints.rekeying().isEmpty() || random.nextInt(3) > 0) {
            return keys.get(random.nextInt(keys.size()));
        }
        List<RowKey> there = List.copyOf(site.rows.keySet());
        return there.get(random.nextInt(there.size()));
    }

    private void change(
            SimSite site,
            Position position,
            int transaction,
            RowKey key,
            Map<RowKey, SimSite.Held> written,
            List<Change> changes,
            List<Version> versions) {
        SimSite.Held held = site.held(key);
        Image before = held.image();
        Image after = after(key, before);
        if (before == null && after == null) {
            return;
        }
        int number = oracle.reserve();
        Set<Integer> known = new HashSet<>(held.known());
        versions.add(new Version(number, site.site, position, key, after, known));
        oracle.replaced(number, before);
        setBy.put(number, SimTable.changed(before, after));
        Set<Integer> knownAfter = new HashSet<>(known);
        knownAfter.add(number);
        written.put(
                key, new SimSite.Held(after, number, knownAfter, random.nextInt(8) == 0 ? site.part() : transaction));
        Operation operation = after == null ? Operation.DELETE : before == null ? Operation.INSERT : Operation.UPDATE;
        changes.add(new Change(SimTable.TABLE, key, operation, fullIdentity ? before : null, logged(before, after)));
    }

    private @Nullable Image after(RowKey key, @Nullable Image before) {
        String tag = "v" + ++tags;
        if (constraints.any()) {
            return constrained(key, before, tag);
        }
        if (before == null) {
            return mode.equals("counted") ? null : SimTable.row(key, tag, value(0), Cell.text("big" + tag));
        }
        if (mode.equals("counted") && random.nextInt(20) == 0) {
            return null;
        }
        if (SimPolicies.counts(mode)) {
            int increment = 1 + random.nextInt(9);
            sums.merge(key, (long) increment, Long::sum);
            return SimTable.row(key, tag, SimTable.counter(before) + increment, before.cell(SimTable.BIG));
        }
        if (random.nextInt(10) < 3) {
            return null;
        }
        Cell big = random.nextInt(3) == 0 ? Cell.text("big" + tag) : before.cell(SimTable.BIG);
        if (mode.equals("merge") && random.nextBoolean()) {
            return before.with(Map.of(SimTable.BIG, Cell.text("big" + tag)));
        }
        return SimTable.row(key, tag, value(SimTable.counter(before)), big);
    }

    /** Mostly a row that claims or refers to something, now and then another than before. */
    private @Nullable Image constrained(RowKey key, @Nullable Image before, String tag) {
        if (before != null && random.nextInt(10) < 3) {
            return null;
        }
        Cell big = before == null || random.nextInt(3) == 0 ? Cell.text("big" + tag) : before.cell(SimTable.BIG);
        String value = random.nextInt(4) == 0 ? null : Integer.toString(random.nextInt(keys.size() + 1));
        String kept = before != null && random.nextInt(2) == 0 ? SimConstraints.value(before) : value;
        return SimTable.claiming(SimTable.row(key, tag, 0, big), kept);
    }

    /** The counter of a row that does not count differences. */
    private long value(long before) {
        return mode.equals("merge") || mode.equals("greatest") ? random.nextInt(50) : before;
    }

    /** What the log carries of the new row: not the large value when it did not change, unless the old row is there in full. */
    private @Nullable Image logged(@Nullable Image before, @Nullable Image after) {
        boolean unchanged = before != null
                && after != null
                && !fullIdentity
                && before.cell(SimTable.BIG).equals(after.cell(SimTable.BIG));
        return after != null && unchanged ? SimTable.withUnchangedBig(after) : after;
    }

    private @Nullable String drain() {
        zombies.forEach(SimEngine::kill);
        while (engine.hasOrphans()) {
            engine.landOrphan();
        }
        sites.forEach(SimSite::releaseAll);
        sites.forEach(engine::reconnect);
        for (int round = 0; !isAtRest(); round++) {
            if (round > DRAIN_ROUNDS_MAX) {
                return "does not come to rest: " + engine.merger().windowRows() + " rows in the window"
                        + sites.stream()
                                .map(x -> "\n   " + x.site + " idle " + engine.isIdle(x) + " read "
                                        + engine.merger().cursor(x.site) + " of " + oracle.lastLocal(x.site) + " "
                                        + engine.merger().rekeyRequest(x.site) + " may "
                                        + engine.merger().mayPlan(x.site) + " prog " + x.progress + " locks "
                                        + x.locks.size() + " next "
                                        + x.read(engine.merger().cursor(x.site)))
                                .toList();
            }
            drainOnce();
        }
        return judge();
    }

    private boolean isAtRest() {
        return sites.stream().allMatch(site -> engine.isIdle(site) && engine.hasRead(site, oracle.lastLocal(site.site)))
                && engine.merger().windowRows() == 0;
    }

    private void drainOnce() {
        for (SimSite site : sites) {
            site.flush();
            while (engine.capture(site)) {
                // takes all there is
            }
            engine.begin(site, random.nextInt(5));
            engine.step(site, false);
            acknowledge(site);
        }
        engine.forget();
    }

    private @Nullable String judge() {
        Set<RowKey> all = new LinkedHashSet<>(keys);
        sites.forEach(site -> all.addAll(site.rows.keySet()));
        for (RowKey key : all) {
            Image first = sites.getFirst().held(key).image();
            for (SimSite site : sites) {
                Image image = site.held(key).image();
                if (!Objects.equals(first, image)) {
                    return "row " + key.values() + " is " + first + " at " + sites.getFirst().site + " and " + image
                            + " at " + site.site;
                }
                if (SimPolicies.counts(mode)
                        && image != null
                        && SimTable.counter(image) != sums.getOrDefault(key, 0L)) {
                    return "row " + key.values() + " counts " + SimTable.counter(image) + " instead of "
                            + sums.get(key);
                }
            }
        }
        if (!constraints.scoping().isEmpty()) {
            String parted = oracle.judgeWhole(sites);
            return parted != null ? parted : oracle.judgeConstrained(sites);
        }
        if (constraints.any()) {
            return oracle.judgeConstrained(sites);
        }
        String merged = SimPolicies.merges(mode) ? judgeMerged() : null;
        if (SimPolicies.merges(mode)) {
            return merged;
        }
        String problem = mode.equals("manual") ? oracle.judgeOpen(sites) : oracle.judge(sites);
        return problem != null ? problem : oracle.judgeStamps(sites);
    }

    private @Nullable String judgeMerged() {
        for (RowKey key : keys) {
            Image image = sites.getFirst().held(key).image();
            String problem = oracle.judgeMerged(key, image, setBy, SimPolicies.groups(mode));
            if (problem != null) {
                return problem;
            }
        }
        return oracle.judgeJournals(sites);
    }
}
