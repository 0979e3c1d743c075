package dev.entwine.engine;

import dev.entwine.db.SiteException;
import dev.entwine.db.StandingDifference;
import dev.entwine.db.TableProof;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.verify.ShareComparison;
import dev.entwine.verify.ShareComparison.Share;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.TableComparison.Difference;
import dev.entwine.verify.TableComparison.Open;
import dev.entwine.verify.TableComparison.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One walk through a table, share by share in order of its keys, at the end of which the table is proved to be equal, or is not. Where a
 * walk was left, another one goes on, as long as nothing was found. Used once, by the verification's thread.
 */
final class TableWalk {
    /** A share of so many rows is compared within some tens of milliseconds; what comes after goes by how long it took. */
    private static final int ROWS_FIRST = 2_000;

    private static final int ROWS_MIN = 200;
    /** Of several sites so many may differ, and all of them are kept to be looked at again. */
    private static final int ROWS_MAX = 20_000;

    /** A share's snapshot is held for about as long: short against anything that waits for a clean-up. */
    private static final long SHARE_NANOS = Duration.ofMillis(200).toNanos();

    /** How often a share is compared again whose rows never stand still. */
    private static final int ATTEMPTS_MAX = 3;

    /** After a stop that much is done again; each time it is a small transaction at each site. */
    private static final long SAVE_NANOS = Duration.ofSeconds(5).toNanos();

    /** Of one walk; all that stand are in {@code entwine.difference}. */
    private static final int LOGGED_MAX = 20;

    private static final Logger LOG = LoggerFactory.getLogger(TableWalk.class);

    private final Table table;
    private final ShareComparison shares;
    private final ProofBook book;
    private final InstantSource clock;
    private final TableProof before;
    private final Instant from;
    private Optional<List<String>> after;
    private long rows;
    private int rowsMax = ROWS_FIRST;
    private long unnamed;
    private long notJudged;
    private int logged;
    private long savedNanos = System.nanoTime();

    /** What is done between two shares. */
    interface Between {
        /** @param rows how many were walked through at the first site, all in all */
        void shares(long rows) throws SiteException, InterruptedException;

        /** A share has to be compared again, for changes on their way do not arrive. */
        void held(String why) throws SiteException, InterruptedException;
    }

    /** @param within a walk that began longer ago is not gone on with */
    TableWalk(Table table, ShareComparison shares, ProofBook book, Duration within, InstantSource clock) {
        this.table = table;
        this.shares = shares;
        this.book = book;
        this.clock = clock;
        this.before = book.of(table.id());
        Optional<TableProof.Walk> left =
                before.walk().filter(walk -> walk.from().isAfter(clock.instant().minus(within)));
        this.from = left.map(TableProof.Walk::from).orElse(clock.instant());
        this.after = left.map(TableProof.Walk::key);
        this.rows = left.map(TableProof.Walk::rows).orElse(0L);
    }

    /** Walks to the table's end. */
    void run(Between between) throws SiteException, InterruptedException {
        shares.begin(table);
        boolean last = false;
        while (!last) {
            Share share = share(between);
            rows += share.comparison().rows().getOrDefault(first(), 0L);
            after = share.through();
            last = share.isLast();
            if (!last) {
                adapt(share.searchNanos());
                save();
                between.shares(rows);
            }
        }
        end();
        between.shares(rows);
    }

    private SiteId first() {
        return shares.connections().keySet().iterator().next();
    }

    /** The next share, again while it cannot be judged. */
    private Share share(Between between) throws SiteException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Share share = shares.next(table, after, rowsMax);
            TableComparison found = share.comparison();
            long beyond = raise(found);
            Optional<String> held = found.open().stream()
                    .filter(open -> open.reason() == Reason.HELD)
                    .map(Open::why)
                    .findFirst();
            if (held.isPresent()) {
                between.held(held.get());
            } else if (found.openCount() == 0 || attempt >= ATTEMPTS_MAX) {
                notJudged += found.openCount();
                unnamed += beyond;
                return share;
            }
        }
    }

    /** Returns how many differences were only counted. */
    private long raise(TableComparison found) throws SiteException {
        long beyond = found.differenceCount() - found.differences().size();
        for (Difference difference : found.differences()) {
            StandingDifference row = row(difference);
            boolean known = book.isStanding(row);
            if (!known && book.standing(table.id()).size() >= ProofBook.STANDING_MAX) {
                beyond++;
            } else {
                if (!known) {
                    log(row);
                }
                book.add(row);
            }
        }
        return beyond;
    }

    private void log(StandingDifference row) {
        if (logged++ < LOGGED_MAX) {
            LOG.error(
                    "{}: the sites are not equal, and nothing that is on its way explains it; next: 'entwine verify'"
                            + " shows the values, 'entwine repair' how the row can be mended",
                    row.withoutKey());
        } else if (logged == LOGGED_MAX + 1) {
            LOG.error("{}: more rows differ, which are not named here; 'entwine status' names more of them", table);
        }
    }

    private StandingDifference row(Difference difference) {
        return new StandingDifference(
                table.id(),
                table.key().stream().map(table.columns()::get).toList(),
                difference.key(),
                difference.columns().stream().map(table.columns()::get).toList(),
                difference.sites().entrySet().stream()
                        .filter(site -> site.getValue().isEmpty())
                        .map(Map.Entry::getKey)
                        .map(SiteId::name)
                        .toList(),
                clock.instant());
    }

    private void adapt(long searchNanos) {
        double wanted = (double) SHARE_NANOS / Math.max(1, searchNanos);
        rowsMax = (int) Math.clamp(rowsMax * Math.clamp(wanted, 0.25, 2), ROWS_MIN, ROWS_MAX);
    }

    /** Only a walk that has found nothing can be gone on with: what it found is not remembered. */
    private void save() throws SiteException {
        if (System.nanoTime() - savedNanos >= SAVE_NANOS && notJudged == 0 && unnamed == 0) {
            savedNanos = System.nanoTime();
            Optional<TableProof.Walk> walk = after.map(key -> new TableProof.Walk(from, key, rows));
            book.save(new TableProof(
                    table.id(),
                    before.proven(),
                    before.rows(),
                    before.unnamed(),
                    before.notJudged(),
                    "",
                    walk,
                    clock.instant()));
        }
    }

    private void end() throws SiteException {
        Standing.lookAgain(table, shares, book);
        boolean equal =
                notJudged == 0 && unnamed == 0 && book.standing(table.id()).isEmpty();
        Instant now = clock.instant();
        book.save(new TableProof(
                table.id(),
                equal ? Optional.of(new TableProof.Proven(from, now)) : before.proven(),
                rows,
                unnamed,
                notJudged,
                "",
                Optional.empty(),
                now));
    }
}
