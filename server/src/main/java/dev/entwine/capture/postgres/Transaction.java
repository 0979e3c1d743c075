package dev.entwine.capture.postgres;

import dev.entwine.model.Change;
import dev.entwine.model.JournalNote;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A transaction whose messages are being received. */
final class Transaction {
    private final SiteId site;
    private final Position position;
    private final long commitMicros;
    private final long number;
    private final List<Change> changes = new ArrayList<>();
    private final List<TableId> truncated = new ArrayList<>();
    private final List<JournalNote> notes = new ArrayList<>(0);
    private boolean own;
    private boolean rekeying;
    private boolean ping;
    private Message.@Nullable Applied applied;
    private Message.@Nullable Fence fence;

    Transaction(SiteId site, Position position, long commitMicros, long number) {
        this.site = site;
        this.position = position;
        this.commitMicros = commitMicros;
        this.number = number;
    }

    Position position() {
        return position;
    }

    /** Whether the engine made it, so that its rows are no local changes. */
    boolean isOwn() {
        return own;
    }

    void add(Change change) {
        changes.add(change);
    }

    void addTruncated(TableId table) {
        truncated.add(table);
    }

    void add(Message message) throws LogDefect {
        switch (message) {
            case Message.Apply apply -> claim();
            case Message.Rekey rekey -> {
                claim();
                rekeying = true;
            }
            case Message.Applied last -> {
                if (!own) {
                    throw new LogDefect("transaction " + number + " tells what was applied, but did not begin as the"
                            + " engine's");
                }
                applied = last;
            }
            case Message.Fence last -> fence = last;
            case Message.Ping last -> ping = true;
            case Message.Revised last -> notes.add(last.revision());
            case Message.Repaired last -> notes.add(last.repair());
        }
    }

    private void claim() throws LogDefect {
        if (hasRows()) {
            throw new LogDefect("transaction " + number + " says after its first row that it is the engine's");
        }
        own = true;
    }

    private boolean hasRows() {
        return !changes.isEmpty() || !truncated.isEmpty();
    }

    /** What is handed on; null: the transaction says nothing to anybody. */
    @Nullable
    LogEntry committed() {
        if (rekeying) {
            return new LogEntry.Rekeyed(site, position, number);
        }
        if (own) {
            return applied == null
                    ? null
                    : new LogEntry.Marker(
                            site,
                            position,
                            applied.epoch(),
                            applied.batch(),
                            applied.stamp(),
                            applied.acknowledged(),
                            applied.applied(),
                            applied.merged(),
                            applied.unlocked());
        }
        if (fence != null && !hasRows() && notes.isEmpty()) {
            return new LogEntry.Fence(site, position, number, fence.token());
        }
        if (hasRows() || ping || !notes.isEmpty()) {
            return new LogEntry.LocalTransaction(site, position, commitMicros, number, changes, truncated, notes);
        }
        return null;
    }
}
