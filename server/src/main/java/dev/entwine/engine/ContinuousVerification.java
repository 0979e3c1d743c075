package dev.entwine.engine;

import dev.entwine.apply.Applier.Sleeper;
import dev.entwine.config.EngineSettings;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Said;
import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import dev.entwine.verify.Pace;
import dev.entwine.verify.ShareComparison;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares every table at all sites again and again while the engine runs, within a time that is given and at a cost that is bounded. It
 * uses sessions of its own and holds up nobody. A site that is away is waited for. Owned by its thread; its state may be asked from any.
 */
final class ContinuousVerification {
    /** After a start, what has waited is brought first; there is hardly anything to compare before that. */
    private static final Duration DELAY_MAX = Duration.ofSeconds(60);

    private static final int DELAY_SHARE = 10;
    private static final Duration STREAMS_TIMEOUT = Duration.ofSeconds(60);
    private static final int PAUSE_MS_MIN = 1_000;
    private static final int PAUSE_MS_MAX = 30_000;
    private static final Logger LOG = LoggerFactory.getLogger(ContinuousVerification.class);

    private final List<Endpoint> endpoints;
    private final List<Table> tables;
    private final EngineSettings settings;
    private final JournalRetention.Committed committed;
    private final Sleeper sleeper;
    private final InstantSource clock = InstantSource.system();
    private volatile VerificationState state;

    /** @param committed told of each transaction that writes, which appears in no log */
    ContinuousVerification(
            List<Endpoint> endpoints,
            Collection<Table> tables,
            EngineSettings settings,
            JournalRetention.Committed committed,
            Sleeper sleeper) {
        this.endpoints = List.copyOf(endpoints);
        this.tables = List.copyOf(tables);
        this.settings = settings;
        this.committed = committed;
        this.sleeper = sleeper;
        this.state = isWanted() ? new VerificationState("begins soon", 0) : VerificationState.OFF;
    }

    boolean isWanted() {
        return settings.verifyWithin().isPresent() && !tables.isEmpty();
    }

    VerificationState state() {
        return state;
    }

    /** Works until interrupted. */
    void run() throws InterruptedException {
        Duration within = settings.verifyWithin().orElseThrow();
        sleeper.sleep((int) Math.min(DELAY_MAX.toMillis(), within.toMillis() / DELAY_SHARE));
        int pauseMs = PAUSE_MS_MIN;
        while (true) {
            try (ShareComparison shares = ShareComparison.connect(endpoints, STREAMS_TIMEOUT, ProofBook.STANDING_MAX)) {
                ProofBook book = ProofBook.read(shares.connections(), committed);
                pauseMs = PAUSE_MS_MIN;
                while (true) {
                    pass(shares, book, within).run(tables);
                }
            } catch (SiteException e) {
                requireNotInterrupted();
                LOG.debug("nothing can be compared now", e);
                state = new VerificationState("waiting: " + firstLine(e), 0);
            } catch (RuntimeException e) {
                // Nothing that this does is needed to keep the sites in step, so the engine goes on.
                requireNotInterrupted();
                LOG.error("comparing has failed; it begins again", Said.without(e));
                state = new VerificationState("waiting: " + firstLine(e), 0);
            }
            sleeper.sleep(pauseMs);
            pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
        }
    }

    private VerificationPass pass(ShareComparison shares, ProofBook book, Duration within) {
        return new VerificationPass(
                shares,
                book,
                within,
                new Pace(settings.verifyPercentMax()),
                clock,
                sleeper,
                reached -> state = reached);
    }

    static void requireNotInterrupted() throws InterruptedException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException("the engine is stopping");
        }
    }

    /** The site is away, or has no room for one more: not trouble with a table. */
    static boolean isTroubleWithSite(SiteException e) {
        return e.isAway() || e.isShort();
    }

    static String firstLine(Exception e) {
        return Said.by(e);
    }
}
