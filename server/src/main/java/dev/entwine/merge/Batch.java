package dev.entwine.merge;

import dev.entwine.model.Image;
import dev.entwine.model.JournalNote;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One apply transaction in the making: write, fence, certify, and again while certification asks for other rows, then commit. The
 * caller carries out what {@link #next} says and reports back; anything in doubt is rolled back and the batch dropped, for the items
 * are still queued.
 */
public final class Batch {
    /** What is to be done next in the open transaction of the target. */
    public sealed interface Step {}

    /**
     * Read these rows as committed, without locks: their versions in conflict left something out that stands in these sites' tables.
     * Then wait until the merger has taken all that had committed there when they were read, and call {@link #completed}.
     */
    public record Complete(List<Missing> rows) implements Step {}

    /**
     * A row and the site in whose table a part of it is to be looked up.
     *
     * @param version the position of the transaction there that has left it out
     */
    public record Missing(Table table, RowKey key, SiteId site, Position version) {}

    /** Write these rows; whatever stood there is overwritten. Takes their locks. Then call {@link #written(Overwritten)}. */
    public record Write(List<RowWrite> rows) implements Step {}

    /** Wait until the merger has taken everything that the target's log holds now. Then call {@link #fenced}. */
    public record Fence() implements Step {}

    /**
     * Write progress, journal and marker, and commit. Then call {@link Merger#committed}.
     *
     * @param acknowledged the place in the target's own log that the message names
     * @param expected  the progress that the target's table must show now; otherwise the outcome of an earlier batch was misjudged
     * @param refused   transactions that truncated tables, which is not carried over
     * @param finished  the decisions of earlier batches to be called finished, with their rows
     * @param journaled the same without their rows: the ids of those that stand in every site's journal
     * @param notes     to be added to the journal behind the decisions of the rows
     */
    public record Commit(
            Message.Applied message,
            Acknowledgement acknowledged,
            VersionVector expected,
            List<RowWrite> rows,
            List<Item.Transaction> refused,
            Map<RowId, VersionVector> finished,
            Set<String> journaled,
            List<JournalNote> notes)
            implements Step {}

    /** Roll back and plan again later. */
    public record GiveUp(String reason) implements Step {}

    /** Of decisions that a batch calls finished beside its own work. */
    private static final int JOURNALED_MAX = 1_000;

    private static final String FORGOTTEN = "a row of the batch has reached every site meanwhile";

    /** A row that is locked cannot be overtaken again, so two rounds nearly always do; a delete that found nothing holds no lock. */
    private static final int ROUNDS_MAX = 6;

    private enum State {
        TO_COMPLETE,
        TO_WRITE,
        TO_FENCE,
        CERTIFIED,
        GIVEN_UP
    }

    private final Merger merger;
    private final Planner planner;
    private final SiteView view;
    private final SiteId target;
    private final long number;
    private final long ticketThrough;
    private final List<Item> items;
    private final Map<RowId, RowWrite> writes = new LinkedHashMap<>();
    private final Set<RowId> unlocked = new HashSet<>();
    private final Map<RowId, VersionVector> finished;
    private final Set<String> journaled;
    private final VersionVector expected;
    private List<RowWrite> toWrite;
    private List<Missing> missing = List.of();
    private State state;
    private int rounds;
    private String reason = "";

    Batch(
            Merger merger,
            Planner planner,
            SiteView view,
            long number,
            long ticketThrough,
            List<Item> items,
            Collection<RowWrite> planned) {
        this.merger = merger;
        this.planner = planner;
        this.view = view;
        this.target = view.site();
        this.number = number;
        this.ticketThrough = ticketThrough;
        this.items = items;
        this.expected = view.progress();
        this.finished = Map.copyOf(view.finished());
        this.journaled = view.journaled().stream().limit(JOURNALED_MAX).collect(Collectors.toUnmodifiableSet());
        this.toWrite = List.of();
        this.state = State.CERTIFIED;
        plan(planned);
    }

    private void plan(Collection<RowWrite> planned) {
        planned.forEach(write -> writes.put(write.key().id(), write));
        toWrite = List.copyOf(planned);
        missing = planner.missing(planned);
        if (toWrite.isEmpty()) {
            state = State.CERTIFIED;
        } else {
            state = missing.isEmpty() ? State.TO_WRITE : State.TO_COMPLETE;
        }
    }

    public SiteId target() {
        return target;
    }

    /** The rows as they are to be, so far. */
    public Collection<RowWrite> rows() {
        return writes.values();
    }

    /** What it does to a row; null when nothing. */
    @Nullable
    RowWrite write(RowId row) {
        return writes.get(row);
    }

    public List<Item> items() {
        return items;
    }

    /** How many changes of rows it brings that the target did not have before. */
    public long newChanges() {
        long changes = 0;
        for (Item item : items) {
            if (item instanceof Item.Transaction transaction && isNew(transaction)) {
                changes += transaction.deliveries().size();
            }
        }
        return changes;
    }

    /** Whether the target did not have it before. */
    public boolean isNew(Item.Transaction transaction) {
        return !expected.contains(transaction.source(), transaction.position());
    }

    long number() {
        return number;
    }

    /** The ticket up to which nothing else concerns the target. */
    public long ticketThrough() {
        return ticketThrough;
    }

    Map<RowId, VersionVector> finished() {
        return finished;
    }

    Set<String> journaled() {
        return journaled;
    }

    public Step next() {
        return switch (state) {
            case TO_COMPLETE -> new Complete(missing);
            case TO_WRITE -> new Write(toWrite);
            case TO_FENCE -> new Fence();
            case CERTIFIED -> commit();
            case GIVEN_UP -> new GiveUp(reason);
        };
    }

    /**
     * What was found; rows that were not found, and sites that cannot be reached or whose logs are behind, are left out. Of a row that
     * its site has changed meanwhile nothing is taken.
     */
    public void completed(Map<Missing, Image> found) {
        if (!planner.knowsAll(toWrite)) {
            giveUp(FORGOTTEN);
            return;
        }
        merger.complete(found);
        List<RowWrite> complete = planner.completed(target, toWrite);
        if (complete.size() == toWrite.size()) {
            toWrite = complete;
            complete.forEach(write -> writes.put(write.key().id(), write));
            state = State.TO_WRITE;
        } else {
            giveUp("a row in conflict lacks a value that the log left out and that could not be read at its site");
        }
    }

    private void giveUp(String why) {
        reason = why;
        state = State.GIVEN_UP;
    }

    /** The rows are written: no fence is needed where the merger knows whatever they have overwritten. */
    public void written(Overwritten overwritten) {
        toWrite.forEach(write -> unlocked.remove(write.key().id()));
        unlocked.addAll(overwritten.unlocked());
        if (!overwritten.blind() && merger.knows(target, overwritten.writers())) {
            certify();
        } else {
            state = State.TO_FENCE;
        }
    }

    /** The fence has passed. */
    public void fenced() {
        certify();
    }

    /**
     * Everything committed on the locked rows is known now: a row that was overtaken becomes the merged row of now. Should the log
     * show progress that this batch did not expect, it was planned upon a misjudged outcome, and its commit would be refused.
     */
    private void certify() {
        if (!expected.covers(merger.applied(target))) {
            giveUp("the log shows a batch that was taken for lost");
            return;
        }
        if (!planner.knowsAll(writes.values())) {
            giveUp(FORGOTTEN);
            return;
        }
        plan(planner.overtaken(view, writes.values()));
        if (state != State.CERTIFIED && ++rounds == ROUNDS_MAX) {
            giveUp("rows of the batch were overtaken " + rounds + " times");
        }
    }

    /** What the target will have applied once this batch is committed. */
    VersionVector progressAfter() {
        VersionVector progress = expected;
        for (Item item : items) {
            if (item instanceof Item.Transaction transaction) {
                progress = progress.with(transaction.source(), transaction.position());
            }
        }
        return progress;
    }

    private Commit commit() {
        Map<RowId, VersionVector> vectors = new HashMap<>();
        Stamp stamp = merger.clock(target);
        for (RowWrite write : writes.values()) {
            if (write.isMerged()) {
                vectors.put(write.key().id(), write.vector());
            }
        }
        for (Item item : items) {
            if (item instanceof Item.Transaction transaction) {
                stamp = Stamp.max(stamp, transaction.stamp());
            }
        }
        for (RowWrite write : writes.values()) {
            MergedRow merged = write.merged();
            stamp = Stamp.max(stamp, merged == null ? write.stamp() : merged.stamp());
        }
        Map<RowId, Position> contained = new HashMap<>();
        for (RowId row : unlocked) {
            RowWrite write = writes.get(row);
            if (write != null) {
                contained.put(row, write.vector().at(target));
            }
        }
        Acknowledgement acknowledged = merger.toName(target, items.isEmpty());
        Message.Applied message = new Message.Applied(
                merger.epoch(), number, stamp, acknowledged.position(), progressAfter(), vectors, contained);
        return new Commit(
                message, acknowledged, expected, List.copyOf(writes.values()), refused(), finished, journaled, notes());
    }

    private List<JournalNote> notes() {
        List<JournalNote> notes = new ArrayList<>(0);
        for (Item item : items) {
            if (item instanceof Item.Transaction transaction && isNew(transaction)) {
                notes.addAll(transaction.notes());
            }
        }
        return notes;
    }

    /** The truncations among the items, which nothing is done about but to say so. */
    private List<Item.Transaction> refused() {
        List<Item.Transaction> refused = new ArrayList<>();
        for (Item item : items) {
            if (item instanceof Item.Transaction transaction
                    && !transaction.truncated().isEmpty()
                    && isNew(transaction)) {
                refused.add(transaction);
            }
        }
        return refused;
    }
}
