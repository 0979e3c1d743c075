package dev.entwine.merge;

import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.LogEntry.Marker;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.VersionVector;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What is known of one site, from its log as far as it has been taken, and from its progress table. */
final class SiteView {
    /** A marker at which reading may begin again, the last local transaction before it, and the clock right before it. */
    private record Restartable(Position marker, Position lastLocal, Stamp clock) {}

    /** Bounds the memory while another site is away: places to restart from may be coarse then. */
    private static final int RESTARTABLE_MAX = 4096;

    /**
     * Writing a new place costs a version of a row at the site, and nobody is in a hurry for it while batch follows batch: so only each
     * of so many names the newest, and every one that brings nothing else.
     */
    private static final int NAMING_EVERY = 8;

    private final SiteId site;
    private Position cursor;
    private Position lastLocal = Position.NONE;
    private Position acknowledged;
    private Acknowledgement acknowledgeable;
    private Acknowledgement named;
    private int sinceNamed;
    private Stamp clock;
    private VersionVector applied = VersionVector.EMPTY;
    private VersionVector progress;
    /** The merged rows that the log shows and whose vectors are ahead of the applied vector. */
    private final Map<RowId, VersionVector> shown = new HashMap<>();

    /** Rows for which what was applied has not taken effect, with what their present version has seen. */
    private final Map<RowId, VersionVector> behind = new HashMap<>();

    private final KnownWriters writers = new KnownWriters();
    private final Deque<Restartable> restartable = new ArrayDeque<>();
    /** Decisions that the site's tables are to call finished. */
    private final Map<RowId, VersionVector> finished = new HashMap<>();
    /** By their ids, oldest first: decisions that the site's journal is to call finished, whatever becomes of their rows. */
    private final Set<String> journaled = new LinkedHashSet<>();

    SiteView(SiteId site, Recovered found) {
        this.site = site;
        this.cursor = found.acknowledged();
        this.acknowledged = found.acknowledged();
        this.acknowledgeable = new Acknowledgement(found.acknowledged(), found.clock());
        this.named = acknowledgeable;
        this.clock = found.clock();
        this.progress = found.progress();
        this.journaled.addAll(found.journaled());
    }

    SiteId site() {
        return site;
    }

    /** The last entry of the log that was taken. */
    Position cursor() {
        return cursor;
    }

    Position acknowledged() {
        return acknowledged;
    }

    /** The greatest stamp of anything made or applied at the site, as far as the log has been taken. */
    Stamp clock() {
        return clock;
    }

    /** What the site has applied, as far as its log shows it; hence durable there. */
    VersionVector applied() {
        return applied;
    }

    /** What the site has applied and committed, durable or not. */
    VersionVector progress() {
        return progress;
    }

    Map<RowId, VersionVector> finished() {
        return finished;
    }

    Set<String> journaled() {
        return journaled;
    }

    void progressed(VersionVector durable) {
        progress = durable;
    }

    /** What a transaction that comes next in this log has seen of a row. */
    VersionVector seen(RowId row) {
        VersionVector before = behind.get(row);
        if (before != null) {
            return before;
        }
        VersionVector merged = shown.get(row);
        return merged == null ? applied : applied.join(merged);
    }

    /** Takes a local transaction and gives it its stamp. */
    Stamp local(LocalTransaction transaction) {
        cursor = transaction.position();
        lastLocal = transaction.position();
        clock = clock.tick(transaction.commitMicros());
        writers.add((int) transaction.transaction());
        return clock;
    }

    KnownWriters writers() {
        return writers;
    }

    /** A transaction of the engine's that changes nothing for the other sites. */
    void passed(Position position, long transaction) {
        cursor = position;
        writers.add((int) transaction);
    }

    /** @param inserted rows that were to be deleted and that the site itself inserted before the marker's transaction committed */
    void show(Marker marker, Set<RowId> inserted) {
        cursor = marker.position();
        Map<RowId, VersionVector> stillBehind = new HashMap<>();
        inserted.forEach(row -> stillBehind.put(row, seen(row)));
        behind.keySet().removeAll(marker.merged().keySet());
        behind.putAll(stillBehind);
        Stamp before = clock;
        clock = Stamp.max(clock, marker.stamp());
        acknowledged = Position.max(acknowledged, marker.acknowledged());
        applied = applied.join(marker.applied());
        progress = progress.join(applied); // also what a commit brought that had been taken for lost
        marker.merged().forEach((row, vector) -> shown.merge(row, vector, VersionVector::join));
        shown.keySet().removeAll(inserted);
        shown.values().removeIf(vector -> applied.covers(vector.without(site)));
        if (shown.isEmpty() && behind.isEmpty()) {
            restartableAt(new Restartable(marker.position(), lastLocal, before));
        }
    }

    /** Of markers with no local transaction between them the last will do; and when there are very many, every second. */
    private void restartableAt(Restartable place) {
        if (!restartable.isEmpty() && restartable.getLast().lastLocal().equals(place.lastLocal())) {
            restartable.removeLast();
        }
        restartable.addLast(place);
        if (restartable.size() > RESTARTABLE_MAX) {
            boolean[] keep = {true};
            restartable.removeIf(every -> keep[0] = !keep[0]);
        }
    }

    /**
     * The last place in this log up to which nothing will be needed again, given what the other sites' own logs show as applied:
     * right before a marker at which no merged row is ahead of the applied vector.
     */
    Acknowledgement acknowledgeable(Position appliedElsewhere) {
        while (!restartable.isEmpty() && !restartable.getFirst().lastLocal().isAfter(appliedElsewhere)) {
            Restartable place = restartable.removeFirst();
            acknowledgeable = new Acknowledgement(place.marker().previous(), place.clock());
        }
        return acknowledgeable;
    }

    /**
     * What a batch is to write as acknowledged: mostly what the one before it did.
     *
     * @param alone whether the batch brings nothing else
     */
    Acknowledgement toName(Position appliedElsewhere, boolean alone) {
        if (alone || ++sinceNamed >= NAMING_EVERY) {
            named = acknowledgeable(appliedElsewhere);
            sinceNamed = 0;
        }
        return named;
    }
}
