package dev.entwine.engine;

import dev.entwine.config.RateLimit;
import dev.entwine.db.HeldLog;
import dev.entwine.model.Change;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.TableId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Looks at one site's transactions before they are taken, and says of which a person is to be asked first. Guarded by the core's lock.
 */
final class SiteGuard {
    private static final String DELETES = "deletes ";
    private static final String CONFLICTS = "conflicts";
    private static final String CLOCK = "clock";
    private static final long NO_TIME = Long.MIN_VALUE;

    private final GuardLimits limits;
    private final Map<TableId, TimedCount> deletes = new HashMap<>();
    private final TimedCount conflicts;
    /** By guard: up to where it asks no more. */
    private final Map<String, Position> allowed = new HashMap<>();
    /** Held by an engine before, by positions, without an answer as far as is known. */
    private final Map<Position, HeldLog> recorded = new TreeMap<>();

    private long newestMicros = NO_TIME;
    private Optional<HeldLog> held = Optional.empty();

    SiteGuard(GuardLimits limits) {
        this.limits = limits;
        this.conflicts = new TimedCount(limits.conflicts().within());
    }

    /** What the site's table has of an engine before. */
    void recorded(List<HeldLog> logs) {
        for (HeldLog log : logs) {
            if (log.allowed().isPresent()) {
                allow(log, log.allowed().get().through());
            } else {
                recorded.put(log.position(), log);
            }
        }
    }

    Optional<HeldLog> held() {
        return held;
    }

    /** Whether a person is to be asked before the transaction is taken; then the log is held. */
    boolean holds(LocalTransaction local, Instant now) {
        if (isUnguarded(local)) {
            return false;
        }
        Map<String, String> reasons = new LinkedHashMap<>();
        HeldLog before = recorded.get(local.position());
        if (before != null) {
            before.guards().stream().filter(guard -> isOn(guard, local)).forEach(guard -> reasons.put(guard, ""));
        }
        clock(local, now, reasons);
        conflicts(local, reasons);
        deletes(local, reasons);
        reasons.keySet().removeIf(guard -> isAllowed(guard, local.position()));
        if (reasons.isEmpty()) {
            return false;
        }
        HeldLog found = before != null && before.guards().containsAll(reasons.keySet())
                ? before
                : new HeldLog(
                        local.position(),
                        List.copyOf(reasons.keySet()),
                        String.join("; ", reasons.values()),
                        now.truncatedTo(ChronoUnit.MILLIS),
                        Optional.empty());
        held = Optional.of(found);
        return true;
    }

    /** Rows that were there when the set began were asked for by a command; and what changes nothing does no harm. */
    private static boolean isUnguarded(LocalTransaction local) {
        return local.transaction() == 0 || local.changes().isEmpty();
    }

    private boolean isOn(String guard, LocalTransaction local) {
        return switch (guard) {
            case CONFLICTS -> !limits.conflicts().isOff();
            case CLOCK -> limits.clockJump().isPresent();
            default ->
                local.changes().stream()
                        .map(change -> change.table().id())
                        .anyMatch(table -> guard.equals(DELETES + table)
                                && !limits.deletes().apply(table).isOff());
        };
    }

    private boolean isAllowed(String guard, Position position) {
        Position through = allowed.get(guard);
        return through != null && !position.isAfter(through);
    }

    private void clock(LocalTransaction local, Instant now, Map<String, String> reasons) {
        if (limits.clockJump().isEmpty()) {
            return;
        }
        long limit = limits.clockJump().get().toNanos() / 1_000;
        long ahead = local.commitMicros() - micros(now);
        String allowedJump = ", the limit is " + limit / 1_000_000 + " s";
        if (ahead > limit) {
            reasons.put(
                    CLOCK,
                    "clock: a commit is " + ahead / 1_000_000 + " s ahead of the engine's clock ("
                            + now.truncatedTo(ChronoUnit.SECONDS) + ")" + allowedJump);
        } else if (newestMicros != NO_TIME && newestMicros - local.commitMicros() > limit) {
            reasons.put(
                    CLOCK,
                    "clock: a commit is " + (newestMicros - local.commitMicros()) / 1_000_000
                            + " s older than one before it in the same log" + allowedJump);
        }
    }

    private void conflicts(LocalTransaction local, Map<String, String> reasons) {
        RateLimit limit = limits.conflicts();
        long met = limit.isOff() ? 0 : conflicts.before(local.commitMicros());
        if (met > limit.most()) {
            reasons.put(CONFLICTS, "conflicts: " + met + within(limit));
        }
    }

    private void deletes(LocalTransaction local, Map<String, String> reasons) {
        deleted(local).forEach((table, rows) -> {
            RateLimit limit = limits.deletes().apply(table);
            long sum = rows + count(table, limit).before(local.commitMicros());
            if (sum > limit.most()) {
                reasons.put(DELETES + table, "deletes of " + table + ": " + sum + " rows" + within(limit));
            }
        });
    }

    private static String within(RateLimit limit) {
        return " within " + limit.within().toSeconds() + " s, the limit is " + limit.most();
    }

    private TimedCount count(TableId table, RateLimit limit) {
        return deletes.computeIfAbsent(table, none -> new TimedCount(limit.within()));
    }

    /** Rows that are gone after the transaction, by guarded table: one that is made again is not, one that gets another key is. */
    private Map<TableId, Integer> deleted(LocalTransaction local) {
        Map<TableId, Set<RowId>> gone = new HashMap<>();
        for (Change change : local.changes()) {
            TableId table = change.table().id();
            if (change.after() != null) {
                Set<RowId> rows = gone.get(table);
                if (rows != null) {
                    rows.remove(change.key().id());
                }
            } else if (!limits.deletes().apply(table).isOff()) {
                gone.computeIfAbsent(table, none -> new HashSet<>())
                        .add(change.key().id());
            }
        }
        Map<TableId, Integer> counts = new TreeMap<>();
        gone.forEach((table, rows) -> counts.put(table, rows.size()));
        return counts;
    }

    /**
     * The transaction has been taken.
     *
     * @param met the conflicts that it has met
     */
    void taken(LocalTransaction local, long met, Instant now) {
        recorded.remove(local.position());
        if (isUnguarded(local)) {
            return;
        }
        deleted(local).forEach((table, rows) -> {
            if (!isAllowed(DELETES + table, local.position())) {
                count(table, limits.deletes().apply(table)).add(local.commitMicros(), rows);
            }
        });
        if (met > 0 && !isAllowed(CONFLICTS, local.position())) {
            conflicts.add(local.commitMicros(), met);
        }
        limits.clockJump().ifPresent(limit -> {
            long micros = local.commitMicros();
            boolean back = newestMicros != NO_TIME && newestMicros - micros > limit.toNanos() / 1_000;
            boolean ahead = micros - micros(now) > limit.toNanos() / 1_000;
            if (!ahead) { // the way back from there is no jump
                newestMicros = back ? micros : Math.max(newestMicros, micros);
            }
        });
    }

    /** A person has answered. */
    void allow(HeldLog answered, Position through) {
        for (String guard : answered.guards()) {
            allowed.merge(guard, through, Position::max);
            forget(guard);
        }
        recorded.remove(answered.position());
        if (held.isPresent() && held.get().position().equals(answered.position())) {
            held = Optional.empty();
        }
    }

    /** It counts anew. */
    private void forget(String guard) {
        if (guard.equals(CONFLICTS)) {
            conflicts.clear();
        }
        List<TableId> tables = new ArrayList<>(deletes.keySet());
        tables.stream().filter(table -> guard.equals(DELETES + table)).forEach(deletes::remove);
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
