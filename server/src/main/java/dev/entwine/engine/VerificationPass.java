package dev.entwine.engine;

import dev.entwine.apply.Applier.Sleeper;
import dev.entwine.db.SiteException;
import dev.entwine.db.TableProof;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.Pace;
import dev.entwine.verify.ShareComparison;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over all tables, the one first whose proof is oldest. It is spread over most of the time that is given, and rests after each
 * share so that it does not take more of the servers' time than it may. Meanwhile rows that differ are looked at again. Used once, by
 * the verification's thread.
 */
final class VerificationPass {
    /** The rest is for what takes longer than planned: two proofs of a table are to lie no further apart than the time given. */
    private static final double SPREAD = 0.8;

    /** Two passes begin at least so far apart, should there be next to nothing to do. */
    private static final Duration PASS_MIN = Duration.ofSeconds(10);

    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(10).toNanos();
    private static final Duration TROUBLE_PAUSE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(VerificationPass.class);

    private final ShareComparison shares;
    private final ProofBook book;
    private final long spreadNanos;
    private final Duration within;
    private final Pace pace;
    private final InstantSource clock;
    private final Sleeper sleeper;
    private final Consumer<VerificationState> state;
    private final long begunNanos = System.nanoTime();
    private final Map<TableId, Table> tables = new HashMap<>();
    private long expectedRows;
    private long doneRows;
    private long workedFromNanos;
    private long waitedUntilThen;
    private long lookAgainNanos = System.nanoTime();

    /** @param state told what is done, whenever that changes */
    VerificationPass(
            ShareComparison shares,
            ProofBook book,
            Duration within,
            Pace pace,
            InstantSource clock,
            Sleeper sleeper,
            Consumer<VerificationState> state) {
        this.shares = shares;
        this.book = book;
        this.within = within;
        this.spreadNanos = (long) (within.toNanos() * SPREAD);
        this.pace = pace;
        this.clock = clock;
        this.sleeper = sleeper;
        this.state = state;
    }

    /** @throws SiteException a site is away */
    void run(Collection<Table> all) throws SiteException, InterruptedException {
        Deque<Table> queue = new ArrayDeque<>(all.stream()
                .sorted(Comparator.comparing(
                                (Table table) -> book.of(table.id()).walk().isEmpty())
                        .thenComparing(table -> book.of(table.id())
                                .proven()
                                .map(TableProof.Proven::from)
                                .orElse(Instant.MIN)))
                .toList());
        queue.forEach(table -> {
            tables.put(table.id(), table);
            expectedRows += expected(table);
        });
        workBegins();
        while (!queue.isEmpty()) {
            Table table = queue.removeFirst();
            long expected = expected(table);
            if (walk(table)) {
                doneRows += expected;
            } else if (System.nanoTime() - begunNanos < spreadNanos) {
                queue.addLast(table);
            }
        }
        rest(begunNanos + Math.min(spreadNanos, PASS_MIN.toNanos()));
    }

    /** How many rows it is thought to have; it counts as one while nobody knows. */
    private long expected(Table table) {
        return Math.max(1, book.of(table.id()).rows());
    }

    /** Whether its end was reached. */
    private boolean walk(Table table) throws SiteException, InterruptedException {
        long expected = expected(table);
        boolean spread = isSpread(book.of(table.id()));
        try {
            say("comparing " + table);
            new TableWalk(table, shares, book, within, clock).run(new TableWalk.Between() {
                @Override
                public void shares(long rows) throws SiteException, InterruptedException {
                    double share = (doneRows + Math.min(rows, expected)) / (double) expectedRows;
                    state.accept(new VerificationState("comparing " + table, share));
                    restAfterWork(spread ? begunNanos + (long) (spreadNanos * share) : System.nanoTime());
                }

                @Override
                public void held(String why) throws SiteException, InterruptedException {
                    say("waiting: " + why);
                    restAfterWork(System.nanoTime() + TROUBLE_PAUSE.toNanos());
                    say("comparing " + table);
                }
            });
            return true;
        } catch (SiteException | RuntimeException e) {
            ContinuousVerification.requireNotInterrupted();
            if (e instanceof SiteException lost && ContinuousVerification.isTroubleWithSite(lost)) {
                throw lost;
            }
            cannotCompare(table, e);
            return false;
        }
    }

    /** One that was never walked through, or too long ago, is not kept waiting but for the pace. */
    private boolean isSpread(TableProof proof) {
        return proof.proven()
                .map(last -> last.at().isAfter(clock.instant().minus(within)))
                .orElse(proof.rows() > 0);
    }

    private void cannotCompare(Table table, Exception e) throws SiteException, InterruptedException {
        String why = ContinuousVerification.firstLine(e);
        TableProof before = book.of(table.id());
        if (!why.equals(before.trouble())) {
            LOG.warn("table {} cannot be compared now ({}); 'entwine status' says why", table, sqlState(e));
            LOG.debug("table {} cannot be compared", table, e);
        }
        book.save(new TableProof(
                table.id(),
                before.proven(),
                before.rows(),
                before.unnamed(),
                before.notJudged(),
                why,
                before.walk(),
                clock.instant()));
        say("table " + table + " cannot be compared now");
        restAfterWork(System.nanoTime() + TROUBLE_PAUSE.toNanos());
    }

    /** What the server says may hold values. */
    private static String sqlState(Exception e) {
        return e instanceof SiteException site
                ? "SQLSTATE " + site.sqlState()
                : e.getClass().getSimpleName();
    }

    private void say(String doing) {
        state.accept(new VerificationState(doing, doneRows / (double) expectedRows));
    }

    private void workBegins() {
        workedFromNanos = System.nanoTime();
        waitedUntilThen = shares.waitedNanos();
    }

    /** In which the servers had something to do, or may have had. */
    private long workedNanos() {
        return System.nanoTime() - workedFromNanos - (shares.waitedNanos() - waitedUntilThen);
    }

    private void restAfterWork(long untilNanos) throws SiteException, InterruptedException {
        long paceNanos = System.nanoTime() + pace.pauseNanos(workedNanos());
        rest(Math.max(untilNanos, paceNanos));
        workBegins();
    }

    private void rest(long untilNanos) throws SiteException, InterruptedException {
        long leftNanos = untilNanos - System.nanoTime();
        while (leftNanos > 0) {
            if (book.hasStanding()) {
                lookAgain();
                leftNanos = Math.min(leftNanos, lookAgainNanos - System.nanoTime());
            }
            sleeper.sleep(Math.clamp(TimeUnit.NANOSECONDS.toMillis(leftNanos) + 1, 1, Integer.MAX_VALUE));
            leftNanos = untilNanos - System.nanoTime();
        }
    }

    /** At all rows that differ, when it is time for it. */
    private void lookAgain() throws SiteException {
        if (System.nanoTime() < lookAgainNanos) {
            return;
        }
        workBegins();
        for (Table table : List.copyOf(tables.values())) {
            Standing.lookAgain(table, shares, book);
        }
        lookAgainNanos = System.nanoTime() + Math.max(LOOK_AGAIN_NANOS, pace.pauseNanos(workedNanos()));
    }
}
