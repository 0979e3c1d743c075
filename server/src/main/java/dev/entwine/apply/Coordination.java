package dev.entwine.apply;

import dev.entwine.db.SiteMarks.Known;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.Committed;
import dev.entwine.merge.Overwritten;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.merge.Settlement;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.model.Image;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.VersionVector;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an applier needs of those who own the merger, the logs and the other sites. Safe from any thread. */
public interface Coordination {
    /**
     * Waits for something to do at a target, if only a marker that is due, and plans it. Empty when something has to be done there before
     * ({@link #rekeyRequest}).
     *
     * @param changesMax a bound for the batch, in changes; a single transaction may be larger
     */
    Optional<Batch> nextBatch(SiteId target, int changesMax) throws InterruptedException;

    Batch.Step next(Batch batch);

    /** Reports that the rows asked for were written. */
    void written(Batch batch, Overwritten overwritten);

    /** Reports that the rows asked for were read as far as they could be. */
    void completed(Batch batch, Map<Batch.Missing, Image> found);

    /** Waits until the commits of all transactions that had ended then have been taken; false when the time is over before that. */
    boolean awaitEnded(SiteId target, TransactionSnapshot ended, Duration atMost) throws InterruptedException;

    /**
     * Waits until everything in the target's log up to the fence has been taken; false when the time is over before that.
     *
     * @param before taken before the fence
     */
    boolean awaitFence(SiteId target, String token, TransactionSnapshot before) throws InterruptedException;

    void fenced(Batch batch);

    /**
     * Hands over what constraints of the target do not let stand, to be decided where its log shows the empty transaction of that
     * number. The rows stay locked until then.
     */
    Settlement settle(Batch batch, List<Clash> clashes, int transaction);

    /** Waits until it is decided; {@link Settlement.Outcome#WAITING} when the time is over before that. */
    Settlement.Outcome awaitSettled(Settlement settlement) throws InterruptedException;

    /** @param parked the rows that were parked instead of written */
    void committed(Batch batch, Committed committed, Set<RowId> parked);

    /** What is certain of a site. */
    Known known(SiteId site);

    /** The connection was lost or an outcome is unknown: begin again after what the target's own tables say. */
    void rewind(SiteId target, VersionVector progress);

    /** Reads rows at other sites as committed; leaves out what is not there or cannot be reached. */
    Map<Batch.Missing, Image> lookUp(List<Batch.Missing> rows);

    /** The same; returns when all that had committed there by then has been taken, and leaves out what is of a site whose log is behind. */
    Map<Batch.Missing, Image> lookUpTaken(List<Batch.Missing> rows) throws InterruptedException;

    /** The rows of the target that need other ids before its log can be taken further. While there are such, nobody waits for that log. */
    Optional<RekeyRequest> rekeyRequest(SiteId target);

    /**
     * Answers a request.
     *
     * @param done what was changed, durably; empty when the rows cannot get other ids
     */
    void rekeyed(RekeyRequest request, List<Rekey> done);

    /** What holds the target up now, in words for people; empty when nothing does. */
    void held(SiteId target, String reason);
}
