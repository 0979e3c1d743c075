package dev.entwine.apply;

import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Incarnation;
import dev.entwine.db.Said;
import dev.entwine.fault.FaultPoint;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.Committed;
import dev.entwine.merge.Rekey;
import dev.entwine.merge.RekeyRequest;
import dev.entwine.merge.RekeyRules;
import dev.entwine.merge.Settlement;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one target up to date, batch after batch, for as long as its thread is not interrupted. What fails is tried again for ever,
 * with growing pauses; only a row that the database itself refuses is parked, when it has been tried alone.
 */
public final class Applier {

    private static final int PAUSE_MS_MIN = 20;
    private static final int PAUSE_MS_MAX = 5000;
    private static final int SETTLEMENTS_MAX = 100;
    private static final Duration PASSES_BY_ITSELF = Duration.ofMillis(3);
    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    /** Tells this applier's fences from those of any other, which may still stand in the log. */
    private final String fencePrefix = UUID.randomUUID() + "/";

    private long fences;
    private final SiteId site;
    private final Endpoint endpoint;
    private final Incarnation incarnation;
    private final Collection<Table> tables;
    private final RekeyRules rekeying;
    private final Coordination coordination;
    private final Sleeper sleeper;
    private final int batchChangesMax;
    private @Nullable TargetSession session;
    private final Set<String> parkedRows = new HashSet<>();
    private int changesMax;
    /** Of the next batch; another one since the last was refused for its data. */
    private Attempt.Mode mode = Attempt.Mode.SET_BY_SET;

    /** Since the last commit: a batch that is settled again and again is a defect, and is parked loudly rather than for ever. */
    private int settlements;

    private int pauseMs = PAUSE_MS_MIN;

    /** Waits; settable so that the pace is decided elsewhere. */
    public interface Sleeper {
        void sleep(int milliseconds) throws InterruptedException;
    }

    /**
     * @param incarnation     what the site was when the engine began
     * @param batchChangesMax how many changes a batch may hold; a single transaction may be larger
     */
    public Applier(
            Endpoint endpoint,
            Incarnation incarnation,
            Collection<Table> tables,
            RekeyRules rekeying,
            int batchChangesMax,
            Coordination coordination,
            Sleeper sleeper) {
        this.site = endpoint.site();
        this.endpoint = endpoint;
        this.incarnation = incarnation;
        this.tables = List.copyOf(tables);
        this.rekeying = rekeying;
        this.batchChangesMax = batchChangesMax;
        this.changesMax = batchChangesMax;
        this.coordination = coordination;
        this.sleeper = sleeper;
    }

    /**
     * Applies until interrupted.
     *
     * @throws StaleException       another engine has taken over
     * @throws ChangedSiteException the site is not what it was
     */
    public void run() throws InterruptedException, StaleException, ChangedSiteException {
        try {
            while (true) {
                step();
            }
        } finally {
            disconnect();
        }
    }

    private void step() throws InterruptedException, StaleException, ChangedSiteException {
        try {
            TargetSession open = connected();
            Optional<RekeyRequest> rekey = coordination.rekeyRequest(site);
            if (rekey.isPresent()) {
                List<Rekey> done = new Rekeyer(endpoint, rekeying).rekey(rekey.get());
                FaultPoint.REKEY_AFTER.pass();
                coordination.rekeyed(rekey.get(), done);
                return;
            }
            Optional<Batch> batch = coordination.nextBatch(site, mode == Attempt.Mode.ROW_BY_ROW ? 1 : changesMax);
            if (batch.isPresent()) {
                apply(open, batch.get());
            }
        } catch (SQLException e) {
            failed(e);
        }
    }

    private TargetSession connected() throws SQLException, ChangedSiteException {
        if (session == null) {
            TargetSession opened = TargetSession.open(endpoint, tables, rekeying);
            session = opened;
            parkedRows.clear();
            parkedRows.addAll(opened.parkedRows());
            rewind(opened);
        }
        return session;
    }

    /** What a site's log has shown as applied is not applied again, so it must be there. */
    private void rewind(TargetSession open) throws SQLException, ChangedSiteException {
        open.requireUnchanged(incarnation, coordination.known(site));
        coordination.rewind(site, open.progress());
    }

    private void apply(TargetSession open, Batch batch)
            throws SQLException, InterruptedException, StaleException, ChangedSiteException {
        try {
            attempt(open, batch);
        } catch (SQLException e) {
            if (!Trouble.isClaim(e) || !settledAfterwards(open, batch)) {
                throw e;
            }
        }
    }

    /** The transaction that has failed cannot tell any more what was in its way. */
    private boolean settledAfterwards(TargetSession open, Batch batch) throws SQLException, InterruptedException {
        open.rollback();
        open.begin();
        return settled(open, batch, open.constraints().claimed(batch.rows()));
    }

    /**
     * Has clashes decided while their rows are locked, and ends the transaction when the batch is to be planned again.
     *
     * @return false when nothing was decided, so that the rows have to be dealt with as they are
     */
    private boolean settled(TargetSession open, Batch batch, List<Clash> clashes)
            throws SQLException, InterruptedException {
        if (clashes.isEmpty() || settlements == SETTLEMENTS_MAX) {
            return false;
        }
        settlements++;
        Settlement settlement = coordination.settle(batch, clashes, open.beginAnnouncement());
        open.announce();
        FaultPoint.SETTLE_ANNOUNCED.pass();
        Settlement.Outcome outcome = coordination.awaitSettled(settlement);
        if (outcome == Settlement.Outcome.NOTHING) {
            return false;
        }
        FaultPoint.SETTLE_DECIDED.pass();
        if (outcome == Settlement.Outcome.WAITING) {
            giveUp(open, "the log is behind: rows that a constraint does not let stand together wait to be decided");
        } else {
            open.rollback();
        }
        return true;
    }

    private void attempt(TargetSession open, Batch batch)
            throws SQLException, InterruptedException, StaleException, ChangedSiteException {
        Attempt attempt = new Attempt(open, coordination, parkedRows, mode);
        open.begin();
        while (true) {
            switch (coordination.next(batch)) {
                case Batch.Complete complete ->
                    coordination.completed(batch, coordination.lookUpTaken(complete.rows()));
                case Batch.Write write -> {
                    List<Clash> clashes = attempt.write(write.rows());
                    if (!clashes.isEmpty()) {
                        if (settled(open, batch, clashes)) {
                            return;
                        }
                        throw Trouble.refusal(clashes.getFirst());
                    }
                    FaultPoint.APPLY_WRITTEN.pass();
                    coordination.written(batch, open.overwritten());
                }
                case Batch.Fence fence -> {
                    if (!fence(open)) {
                        giveUp(open, "the log is behind: a fence did not pass in time");
                        return;
                    }
                    FaultPoint.APPLY_FENCED.pass();
                    coordination.fenced(batch);
                }
                case Batch.Commit commit -> {
                    if (settled(open, batch, attempt.clashes(commit.rows()))) {
                        return;
                    }
                    commit(open, batch, commit, attempt);
                    return;
                }
                case Batch.GiveUp giveUp -> {
                    giveUp(open, giveUp.reason());
                    return;
                }
            }
        }
    }

    /**
     * Mostly all that has ended at the site is known at once or in a moment; what is not part of the log never is, and takes a message
     * of our own that passes.
     */
    private boolean fence(TargetSession open) throws SQLException, InterruptedException {
        TransactionSnapshot ended = open.ended();
        if (coordination.awaitEnded(site, ended, PASSES_BY_ITSELF)) {
            return true;
        }
        String token = fencePrefix + ++fences;
        open.fence(token);
        return coordination.awaitFence(site, token, ended);
    }

    private void commit(TargetSession open, Batch batch, Batch.Commit commit, Attempt attempt)
            throws SQLException, StaleException, ChangedSiteException {
        attempt.park(commit.rows());
        if (!attempt.parked().isEmpty()) {
            FaultPoint.APPLY_PARKED.pass();
        }
        FaultPoint.COMMIT_BEFORE.pass();
        Optional<Committed> committed = open.commit(commit);
        FaultPoint.COMMIT_AFTER.pass();
        if (committed.isEmpty()) {
            rewind(open);
            return;
        }
        attempt.parked().forEach(row -> parkedRows.add(row.toString()));
        coordination.committed(batch, committed.get(), attempt.parked());
        FaultPoint.COMMIT_TOLD.pass();
        coordination.held(site, "");
        pauseMs = PAUSE_MS_MIN;
        mode = Attempt.Mode.SET_BY_SET;
        settlements = 0;
        changesMax = Math.min(batchChangesMax, changesMax * 2);
    }

    /** Where its own rows have to get other ids first, the log waits for nobody but this. */
    private void giveUp(TargetSession open, String reason) throws SQLException, InterruptedException {
        open.rollback();
        FaultPoint.APPLY_GIVEN_UP.pass();
        coordination.held(site, reason);
        if (pauseMs == PAUSE_MS_MAX) { // again and again: it does not pass by itself
            LOG.warn("site {}: applying is held up ({}); trying again", site, reason);
        }
        if (coordination.rekeyRequest(site).isEmpty()) {
            pause();
        }
    }

    /** A batch that the database refuses is tried in smaller parts first; when even single rows do not help, it is held up. */
    private void failed(SQLException error) throws InterruptedException {
        Trouble trouble = Trouble.of(error);
        if (trouble == Trouble.DATA && session != null && mode != Attempt.Mode.ROW_BY_ROW) {
            tryAnotherWay(error);
            rollback();
            return;
        }
        coordination.held(site, trouble + " " + error.getSQLState() + ": " + Said.by(error));
        String what = trouble == Trouble.DATA ? "" : ": " + Said.by(error);
        LOG.warn(
                "site {}: applying is held up ({}, SQLSTATE {}{}); trying again",
                site,
                trouble,
                error.getSQLState(),
                what);
        changesMax = Math.max(1, changesMax / 2);
        if (trouble == Trouble.TRANSIENT) {
            rollback();
        } else {
            disconnect();
        }
        pause();
    }

    private void rollback() {
        try {
            if (session != null) {
                session.rollback();
            }
        } catch (SQLException e) {
            LOG.debug("site {}: rollback failed, connecting anew", site, e);
            disconnect();
        }
    }

    /** What is refused while columns are emptied may be refused just for that. */
    private void tryAnotherWay(SQLException error) {
        if (mode == Attempt.Mode.SET_BY_SET && Trouble.isClaim(error)) {
            mode = Attempt.Mode.FREEING;
        } else if (mode == Attempt.Mode.FREEING) {
            mode = Attempt.Mode.REPLACING;
        } else {
            mode = changesMax == 1 ? Attempt.Mode.ROW_BY_ROW : mode;
            changesMax = 1;
        }
    }

    private void pause() throws InterruptedException {
        sleeper.sleep(pauseMs);
        pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
    }

    private void disconnect() {
        if (session != null) {
            try {
                session.close();
            } catch (SQLException e) {
                LOG.debug("site {}: the connection was gone already", site, e);
            }
            session = null;
        }
    }
}
