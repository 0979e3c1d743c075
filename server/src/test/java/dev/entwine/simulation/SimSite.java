package dev.entwine.simulation;

import dev.entwine.merge.Acknowledgement;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.ConflictKind;
import dev.entwine.merge.Decision;
import dev.entwine.merge.MergedRow;
import dev.entwine.merge.Recovered;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RowWrite;
import dev.entwine.merge.StoredRow;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A fake database: tables, row locks, and a log of commits that is durable, and readable, up to where it was flushed. A crash takes
 * everything after that, open transactions, and what a slot had been told since the last checkpoint.
 */
final class SimSite {
    private static final Acknowledgement NOTHING = new Acknowledgement(Position.NONE, Stamp.NONE);

    /** One commit: its log entry and everything that it changed. */
    private record Commit(
            LogEntry entry,
            int transaction,
            Map<RowKey, Held> rows,
            @Nullable VersionVector progress,
            Acknowledgement acknowledged,
            List<StoredRow> stored,
            List<Decision> journal,
            Map<RowId, VersionVector> finished,
            Set<String> journaled,
            Rekeying rekeying) {
        /** What neither applies anything nor comes from a decision. */
        static Commit of(LogEntry entry, int transaction, Map<RowKey, Held> rows, Rekeying rekeying) {
            return new Commit(
                    entry, transaction, rows, null, NOTHING, List.of(), List.of(), Map.of(), Set.of(), rekeying);
        }
    }

    /**
     * Ids that a commit has changed.
     *
     * @param left    what stands, from then on, under the ids that were given up
     * @param request whose answer it is
     */
    private record Rekeying(List<Rekey> rekeys, Map<RowKey, Held> left, long request) {
        static final Rekeying NONE = new Rekeying(List.of(), Map.of(), 0);
    }

    /**
     * A row, or the place where one was deleted, and the versions of it that are known here.
     *
     * @param writer the number of the transaction that wrote it, or of a part of that
     */
    record Held(@Nullable Image image, int version, Set<Integer> known, int writer) {}

    final SiteId site;
    private final List<Commit> log = new ArrayList<>();
    private int flushed;
    private VersionVector progressFlushed = VersionVector.EMPTY;
    private long nextPosition = 100;
    private int nextTransaction = 100;
    private final TreeSet<Integer> open = new TreeSet<>();

    final Map<RowKey, Held> rows = new LinkedHashMap<>();
    final Map<String, Decision> journal = new LinkedHashMap<>();
    /** Of the journal, what a restart does not need. */
    private final Set<String> finishedEntries = new HashSet<>();

    private final Map<RowId, StoredRow> stored = new LinkedHashMap<>();
    VersionVector progress = VersionVector.EMPTY;
    private Acknowledgement ownAcknowledged = NOTHING;
    long epoch;

    /** Which open transaction holds a row. */
    final Map<RowKey, Object> locks = new HashMap<>();

    /** What open apply transactions have written, or hold in place, by transaction. */
    final Map<Object, Map<RowKey, Held>> uncommitted = new LinkedHashMap<>();

    final Map<Object, Set<RowKey>> shared = new LinkedHashMap<>();
    final SimConstraints constraints;

    private Position slot = Position.NONE;
    private Position slotCheckpointed = Position.NONE;
    int crashes;

    SimSite(SiteId site, SimConstraints constraints) {
        this.site = site;
        this.constraints = constraints;
    }

    /** Whether another transaction than this one has to end before these rows can be written. */
    boolean mustWait(@Nullable Object transaction, Map<RowKey, Held> written) {
        for (RowKey parent : constraints.shared(written)) {
            Object owner = locks.get(parent);
            if (owner != null && !owner.equals(transaction)) {
                return true;
            }
        }
        for (Map.Entry<Object, Set<RowKey>> held : shared.entrySet()) {
            if (!held.getKey().equals(transaction)
                    && written.entrySet().stream()
                            .anyMatch(row -> row.getValue().image() == null
                                    && held.getValue().contains(row.getKey()))) {
                return true;
            }
        }
        for (Map.Entry<Object, Map<RowKey, Held>> other : uncommitted.entrySet()) {
            if (!other.getKey().equals(transaction) && claimsOf(other.getValue(), written)) {
                return true;
            }
        }
        return false;
    }

    /** Whoever held something is gone. */
    void releaseAll() {
        locks.clear();
        uncommitted.clear();
        shared.clear();
    }

    /** A value that somebody has written and not committed yet is waited for. */
    private boolean claimsOf(Map<RowKey, Held> theirs, Map<RowKey, Held> ours) {
        Set<String> claimed = new HashSet<>();
        theirs.values().forEach(row -> claimed.add(String.valueOf(SimConstraints.value(row.image()))));
        return constraints.unique()
                && ours.values().stream().anyMatch(row -> claimed.contains(SimConstraints.value(row.image())));
    }

    /** Begins a transaction; it is open until it ends. */
    int begin() {
        open.add(++nextTransaction);
        return nextTransaction;
    }

    /** A number for a part of a transaction, which the log never names. */
    int part() {
        return ++nextTransaction;
    }

    TransactionSnapshot ended() {
        return new TransactionSnapshot(nextTransaction + 1, open);
    }

    void end(int transaction) {
        open.remove(transaction);
    }

    /** All transactions with lesser numbers have ended. */
    int horizon() {
        return open.isEmpty() ? nextTransaction : open.first();
    }

    Position nextPosition() {
        nextPosition += 10;
        return new Position(nextPosition);
    }

    Held held(RowKey key) {
        return rows.getOrDefault(key, new Held(null, 0, Set.of(), 0));
    }

    void commitLocal(LogEntry entry, int transaction, Map<RowKey, Held> written, boolean flush) {
        commit(Commit.of(entry, transaction, written, Rekeying.NONE), flush);
    }

    void commitApplied(
            LogEntry.Marker marker, int transaction, Map<RowKey, Held> written, Batch.Commit batch, boolean flush) {
        List<StoredRow> states = new ArrayList<>();
        List<Decision> decisions = new ArrayList<>();
        for (RowWrite write : batch.rows()) {
            decisions.addAll(write.decisions());
            if (write.merged() != null) {
                states.add(stored(write, write.merged()));
            }
        }
        commit(
                new Commit(
                        marker,
                        transaction,
                        written,
                        marker.applied(),
                        batch.acknowledged(),
                        states,
                        decisions,
                        batch.finished(),
                        batch.journaled(),
                        Rekeying.NONE),
                flush);
    }

    /** What the request has done here already; empty when nothing. */
    List<Rekey> rekeyed(long request) {
        return log.stream()
                .filter(commit -> commit.rekeying().request() == request)
                .findFirst()
                .map(commit -> commit.rekeying().rekeys())
                .orElse(List.of());
    }

    /** Rows get other ids, as if they had been inserted with them. */
    void rekey(List<Rekey> rekeys, int transaction, long request, Oracle oracle) {
        Map<RowKey, Held> written = new LinkedHashMap<>();
        Map<RowKey, Held> left = new LinkedHashMap<>();
        for (Rekey rekey : rekeys) {
            RowKey from = new RowKey(rekey.table(), List.of(rekey.from()));
            RowKey to = new RowKey(rekey.table(), List.of(rekey.to()));
            List<Version> chain = oracle.chain(site, from, rekey.since());
            if (!chain.isEmpty()) {
                Held now = written.getOrDefault(from, held(from));
                Held target = written.getOrDefault(to, held(to));
                Set<Integer> known = new HashSet<>(now.known());
                known.addAll(target.known());
                left.put(from, heldBefore(chain.getFirst().position(), from));
                written.put(from, heldBefore(chain.getFirst().position(), from));
                written.put(to, new Held(SimTable.withId(now.image(), to), now.version(), known, transaction));
                // Who changed the row later had no part in what became, meanwhile, of the one under its future id.
                Set<Integer> seen = heldBefore(chain.getFirst().position(), to).known();
                chain.forEach(version -> oracle.rekey(version, to, seen));
            }
        }
        commit(
                Commit.of(
                        new LogEntry.Rekeyed(site, nextPosition(), transaction),
                        transaction,
                        written,
                        new Rekeying(rekeys, left, request)),
                true);
    }

    /** A row as it was before a place; one that has left its id since counts as if it had never been there. */
    private Held heldBefore(Position position, RowKey key) {
        Held last = new Held(null, 0, Set.of(), 0);
        for (Commit commit : log) {
            if (position.isAfter(commit.entry().position())) {
                last = commit.rows().getOrDefault(key, last);
            }
            last = commit.rekeying().left().getOrDefault(key, last);
        }
        return last;
    }

    private static StoredRow stored(RowWrite write, MergedRow merged) {
        return new StoredRow(write.table(), write.key(), write.vector(), merged, false, List.of());
    }

    private void commit(Commit commit, boolean flush) {
        end(commit.transaction());
        log.add(commit);
        List<Clash> broken = constraints.broken(rows, commit.rows());
        if (!broken.isEmpty()) {
            throw new IllegalStateException("site " + site + " would break " + broken);
        }
        redo(commit);
        if (flush) {
            flush();
        }
    }

    private void redo(Commit commit) {
        rows.putAll(commit.rows());
        if (commit.progress() != null) {
            progress = commit.progress();
        }
        ownAcknowledged = commit.acknowledged().position().isAfter(ownAcknowledged.position())
                ? commit.acknowledged()
                : ownAcknowledged;
        commit.journal().forEach(decision -> journal.merge(decision.id(), decision, Decision::fuller));
        finishedEntries.addAll(commit.journaled());
        commit.stored().forEach(row -> stored.put(row.key().id(), row));
        commit.finished()
                .forEach((id, vector) -> stored.computeIfPresent(
                        id,
                        (same, row) -> row.vector().equals(vector)
                                ? new StoredRow(row.table(), row.key(), row.vector(), row.merged(), true, List.of())
                                : row));
    }

    void flush() {
        flushed = log.size();
        progressFlushed = progress;
    }

    /** The first readable entry after the position, if there is one. */
    @Nullable
    LogEntry read(Position after) {
        int low = 0;
        int high = flushed;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (log.get(middle).entry().position().isAfter(after)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low < flushed ? log.get(low).entry() : null;
    }

    void acknowledge(Position position, boolean checkpoint) {
        slot = Position.max(slot, position);
        if (checkpoint) {
            slotCheckpointed = slot;
        }
    }

    Position slot() {
        return slot;
    }

    /** From where a reader that connects now has to read: the slot may have been thrown back further than our own record. */
    Position restart() {
        return Position.max(slot, ownAcknowledged.position());
    }

    /** Of the decisions that are not called finished. */
    Set<String> unfinished() {
        Set<String> ids = new HashSet<>(journal.keySet());
        ids.removeAll(finishedEntries);
        return ids;
    }

    /** Which of these decisions are in the journal, and how much each of them leaves out. */
    Map<String, Integer> journaled(Set<String> ids) {
        Map<String, Integer> there = new HashMap<>();
        ids.forEach(id -> {
            Decision decision = journal.get(id);
            if (decision != null) {
                there.put(id, decision.unknown());
            }
        });
        return there;
    }

    /** @param journaled decisions that stand in every site's journal */
    Recovered recover(Set<String> journaled) {
        Map<RowId, StoredRow> found = new HashMap<>();
        stored.forEach((id, row) -> found.put(
                id,
                new StoredRow(
                        row.table(),
                        row.key(),
                        row.vector(),
                        row.merged(),
                        row.finished(),
                        decisionsAbout(row.key(), journaled))));
        Set<String> mine = unfinished();
        mine.retainAll(journaled);
        List<Rekey> rekeys = log.stream()
                .filter(commit -> commit.entry().position().isAfter(restart()))
                .flatMap(commit -> commit.rekeying().rekeys().stream())
                .toList();
        return new Recovered(restart(), ownAcknowledged.clock(), progress, found, mine, rekeys);
    }

    private List<Decision> decisionsAbout(RowKey key, Set<String> journaled) {
        return journal.values().stream()
                .filter(decision -> decision.key().equals(key)
                        && !finishedEntries.contains(decision.id())
                        && !journaled.contains(decision.id()))
                .toList();
    }

    /** Returns the entries that are gone. */
    List<LogEntry> crash() {
        crashes++;
        List<LogEntry> lost = new ArrayList<>();
        log.subList(flushed, log.size()).forEach(commit -> lost.add(commit.entry()));
        log.subList(flushed, log.size()).clear();
        rows.clear();
        journal.clear();
        finishedEntries.clear();
        stored.clear();
        releaseAll();
        open.clear();
        nextTransaction = 100; // numbers of what was lost are given again
        for (Commit commit : log) {
            nextTransaction = Math.max(nextTransaction, commit.transaction());
            commit.rows().values().forEach(row -> nextTransaction = Math.max(nextTransaction, row.writer()));
        }
        progress = VersionVector.EMPTY;
        ownAcknowledged = NOTHING;
        slot = slotCheckpointed;
        log.forEach(this::redo);
        return lost;
    }

    /** What is durable of the progress. */
    VersionVector progressFlushed() {
        return progressFlushed;
    }

    Set<Integer> journaledVersions(Map<String, Integer> versionOf) {
        Set<Integer> result = new HashSet<>();
        for (Decision decision : journal.values()) {
            result.add(versionOf.getOrDefault(Oracle.name(decision.key(), decision.merged()), -1));
            if (decision.kind() != ConflictKind.TRANSACTION) {
                result.add(versionOf.getOrDefault(Oracle.name(decision.key(), decision.arriving()), -1));
            }
        }
        return result;
    }
}
