package dev.entwine.engine;

import dev.entwine.db.Catalog.ForeignKey;
import dev.entwine.db.Catalog.Relation;
import dev.entwine.db.Catalog.UniqueIndex;
import dev.entwine.engine.ShadowReport.Example;
import dev.entwine.engine.ShadowReport.Outcome;
import dev.entwine.engine.ShadowReport.Side;
import dev.entwine.engine.ShadowReport.Traffic;
import dev.entwine.merge.ConflictKind;
import dev.entwine.merge.Contender;
import dev.entwine.merge.Policy;
import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Operation;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import dev.entwine.policy.PolicySet;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds pairs of changes of two sites that would have been concurrent if a change took a given time to be at the other sites: those
 * whose times of commit lie closer together. Thread-safe.
 */
final class ShadowBook {
    /** So much later may one site's log be read than another's. */
    private static final long APART_MICROS_MAX = 60_000_000;

    private static final int EXAMPLES_MAX = 20;
    private static final int LAGS_MAX = 100_000;

    private final List<SiteId> sites;
    private final PolicySet policies;
    private final Map<TableId, Relation> relations;
    private final Map<TableId, Table> tables = new HashMap<>();
    private final long delayMicros;
    private final Map<SiteId, Counts> counts = new LinkedHashMap<>();
    private final Map<Object, Deque<Trace>> traces = new HashMap<>();
    private final Deque<Object> byAge = new ArrayDeque<>();
    private final TreeMap<Outcome, Long> collisions = new TreeMap<>();
    private final List<Example> examples = new ArrayList<>();
    private long newestMicros;

    /**
     * @param sites     in order of precedence
     * @param relations as one site has them
     * @param delay     until a change would have been at the other sites
     */
    ShadowBook(
            List<SiteId> sites,
            List<Table> tables,
            PolicySet policies,
            Map<TableId, Relation> relations,
            Duration delay) {
        this.sites = List.copyOf(sites);
        this.policies = policies;
        this.relations = Map.copyOf(relations);
        this.delayMicros = delay.toNanos() / 1_000;
        tables.forEach(table -> this.tables.put(table.id(), table));
        sites.forEach(site -> counts.put(site, new Counts()));
    }

    private static final class Counts {
        private long transactions;
        private long changes;
        private long bytes;
        private final List<Long> lagMillis = new ArrayList<>();
    }

    /** What a change has left behind: at its row, at a value that it claims, at a parent that it needs. */
    private record Trace(SiteId site, long micros, Change change, Contender version) {}

    /** A value of a unique index. */
    private record Claim(TableId table, String index, List<Cell> values) {}

    /** A row that others refer to. */
    private record Need(RowKey parent) {}

    /** @param nowMicros the time here, since the Unix epoch */
    synchronized void take(LocalTransaction transaction, long nowMicros) {
        Counts count = counts.get(transaction.site());
        if (count == null || transaction.changes().isEmpty()) {
            return;
        }
        count.transactions++;
        count.changes += transaction.changes().size();
        count.bytes += transaction.bytes();
        if (count.lagMillis.size() < LAGS_MAX) {
            count.lagMillis.add((nowMicros - transaction.commitMicros()) / 1_000);
        }
        newestMicros = Math.max(newestMicros, transaction.commitMicros());
        for (Change change : transaction.changes()) {
            take(trace(transaction, change));
        }
        forget();
    }

    private static Trace trace(LocalTransaction transaction, Change change) {
        Image before = change.before();
        Image after = change.after();
        Contender version = new Contender(
                transaction.site(),
                transaction.position(),
                new Stamp(transaction.commitMicros()),
                transaction.transaction(),
                VersionVector.of(transaction.site(), transaction.position()),
                change.operation(),
                before,
                after != null && before != null ? after.filledFrom(before) : after,
                false);
        return new Trace(transaction.site(), transaction.commitMicros(), change, version);
    }

    private void take(Trace trace) {
        rivals(trace.change().key(), trace).forEach(rival -> found(decided(rival, trace), rival, trace));
        leave(trace.change().key(), trace);
        Relation relation = relations.get(trace.change().table().id());
        if (relation == null) {
            return;
        }
        if (trace.change().operation() == Operation.DELETE) {
            rivals(new Need(trace.change().key()), trace).forEach(child -> orphan(child, trace, child));
            return;
        }
        for (UniqueIndex index : relation.uniques()) {
            claim(index, trace).ifPresent(claim -> {
                for (Trace rival : rivals(claim, trace)) {
                    if (!rival.change().key().equals(trace.change().key())) {
                        found(unique(index, trace), rival, trace);
                    }
                }
                leave(claim, trace);
            });
        }
        for (ForeignKey reference : relation.foreignKeys()) {
            parent(reference, trace).ifPresent(parent -> {
                for (Trace rival : rivals(parent, trace)) {
                    if (rival.change().operation() == Operation.DELETE) {
                        orphan(rival, trace, trace);
                    }
                }
                leave(new Need(parent), trace);
            });
        }
    }

    /** For each other site the last change there that could not have been seen, nor have seen this one. */
    private List<Trace> rivals(Object place, Trace trace) {
        Map<SiteId, Trace> last = new LinkedHashMap<>();
        for (Trace other : traces.getOrDefault(place, new ArrayDeque<>())) {
            if (!other.site().equals(trace.site()) && Math.abs(other.micros() - trace.micros()) < delayMicros) {
                last.merge(other.site(), other, (a, b) -> a.micros() > b.micros() ? a : b);
            }
        }
        return List.copyOf(last.values());
    }

    private void leave(Object place, Trace trace) {
        traces.computeIfAbsent(place, any -> new ArrayDeque<>(2)).addLast(trace);
        byAge.addLast(place);
    }

    private void forget() {
        long oldest = newestMicros - delayMicros - APART_MICROS_MAX;
        while (!byAge.isEmpty()) {
            Deque<Trace> first = traces.get(byAge.getFirst());
            if (first == null || first.getFirst().micros() >= oldest) {
                return;
            }
            first.removeFirst();
            if (first.isEmpty()) {
                traces.remove(byAge.getFirst());
            }
            byAge.removeFirst();
        }
    }

    private Outcome decided(Trace rival, Trace trace) {
        TableId table = trace.change().table().id();
        Policy policy = policies.of(table);
        boolean rivalFirst = sites.indexOf(rival.site()) < sites.indexOf(trace.site());
        ConflictKind kind = rivalFirst
                ? ConflictKind.of(rival.change().operation(), trace.change().operation())
                : ConflictKind.of(trace.change().operation(), rival.change().operation());
        return new Outcome(table, kind.text(), policy.name(), standing(policy, rival, trace));
    }

    private static String standing(Policy policy, Trace rival, Trace trace) {
        if (policy.halts()) {
            return "the engine would have stopped";
        }
        if (!policy.columns().isEmpty()) {
            return "merged by column";
        }
        try {
            dev.entwine.merge.Outcome outcome = policy.choose(List.of(rival.version(), trace.version()), null);
            return (outcome.cells().isEmpty() ? "" : "merged with ")
                    + outcome.standing().site()
                    + (outcome.open() ? ", left open" : "");
        } catch (RuntimeException e) {
            return "not known: the log does not carry what the policy needs";
        }
    }

    private Outcome unique(UniqueIndex index, Trace trace) {
        TableId table = trace.change().table().id();
        return new Outcome(
                table,
                ConflictKind.UNIQUE.text(),
                index.index(),
                "on_unique: " + policies.ruleOf(table).claim().name().toLowerCase(Locale.ROOT));
    }

    private void orphan(Trace rival, Trace trace, Trace child) {
        TableId table = child.change().table().id();
        TableId parent = (child.equals(trace) ? rival : trace).change().table().id();
        Outcome outcome = new Outcome(
                table,
                ConflictKind.FOREIGN_KEY.text(),
                "to " + parent,
                "on_orphan: " + policies.ruleOf(table).orphan().name().toLowerCase(Locale.ROOT));
        found(outcome, rival, trace);
    }

    private void found(Outcome outcome, Trace first, Trace second) {
        collisions.merge(outcome, 1L, Long::sum);
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(new Example(outcome, side(first), side(second)));
        }
    }

    private static Side side(Trace trace) {
        return new Side(
                trace.site(),
                new Stamp(trace.micros()).toInstant(),
                trace.change().table(),
                trace.change().key().values());
    }

    /** Of an index over expressions or a part of the rows only the server knows what it claims. */
    private static Optional<Claim> claim(UniqueIndex index, Trace trace) {
        if (index.partial() || index.expressions()) {
            return Optional.empty();
        }
        return values(trace, index.columns())
                .map(values -> new Claim(trace.change().table().id(), index.index(), values));
    }

    private Optional<RowKey> parent(ForeignKey reference, Trace trace) {
        Table parent = tables.get(reference.parent());
        if (parent == null
                || !reference
                        .parentColumns()
                        .equals(parent.key().stream().map(parent.columns()::get).toList())) {
            return Optional.empty();
        }
        return values(trace, reference.columns())
                .map(values -> new RowKey(
                        parent.id(), values.stream().map(Cell::toString).toList()));
    }

    /** Empty when one of them is NULL or not known. */
    private static Optional<List<Cell>> values(Trace trace, List<String> columns) {
        Image image = trace.version().image();
        List<Cell> values = new ArrayList<>();
        for (String name : columns) {
            int column = trace.change().table().columns().indexOf(name);
            if (image == null || column < 0 || !(image.cell(column) instanceof Cell.Value value)) {
                return Optional.empty();
            }
            values.add(value);
        }
        return Optional.of(values);
    }

    synchronized ShadowReport report(double seconds) {
        Map<SiteId, Traffic> traffic = new LinkedHashMap<>();
        counts.forEach((site, count) -> {
            List<Long> lags = count.lagMillis.stream().sorted().toList();
            traffic.put(
                    site,
                    new Traffic(
                            count.transactions, count.changes, count.bytes, quantile(lags, 0.5), quantile(lags, 0.99)));
        });
        return new ShadowReport(seconds, traffic, new TreeMap<>(collisions), examples);
    }

    private static long quantile(List<Long> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get((int) (share * (sorted.size() - 1)));
    }
}
