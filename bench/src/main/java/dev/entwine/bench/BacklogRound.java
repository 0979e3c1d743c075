package dev.entwine.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Writes a backlog at one site, starts what carries it over, and measures until the last row is visible at the other site. The part that
 * counts lies between two landmarks: the first one is behind the part that warms up, so neither a start nor a compiler at work is in the
 * figure; both are told beside it.
 */
final class BacklogRound {
    private static final String SOURCE = Pair.SITES.getFirst();
    private static final long BEGIN = 1;
    private static final long END = 2;
    private static final Duration ALL_MAX = Duration.ofMinutes(20);

    private final Pair pair;
    private final Backlog backlog;
    private final String database;

    /** @param database a new name */
    BacklogRound(Pair pair, Backlog backlog, String database) {
        this.pair = pair;
        this.backlog = backlog;
        this.database = database;
    }

    /**
     * @param rate          changes a second between the landmarks
     * @param startUp       seconds until it said that it runs
     * @param whole         seconds from the start until all was there, with start and warming up
     * @param ownSeconds    of processor time outside the servers, for all of it
     * @param serverSeconds of processor time of those processes in both servers that serve it, for all of it
     * @param peakBytes     of memory outside the servers
     * @param limit         changes a second that the source's decoder brings forth alone, where that was measured
     */
    record Outcome(
            double rate,
            double startUp,
            double whole,
            double ownSeconds,
            double serverSeconds,
            long peakBytes,
            OptionalDouble limit) {}

    /** Where the log stood at the landmarks. */
    private record Written(long begin, long end) {}

    /**
     * @param template    a database with the content that the backlog needs
     * @param withLimit   whether the decoder is measured too, behind the rest
     * @param javaOptions of the engine
     */
    Outcome run(Rival rival, String template, boolean withLimit, List<String> javaOptions) throws Exception {
        pair.copy(database, template);
        Contender.Stopped stopped = rival.prepare(pair, database, List.of("public"), javaOptions);
        if (withLimit) {
            DecoderLimit.prepare(pair, SOURCE, database);
        }
        Written written = write();
        Outcome outcome = drain(stopped);
        Equality.require(pair, database);
        if (withLimit) {
            double limit = backlog.changes()
                    / DecoderLimit.seconds(pair.server(SOURCE), database, written.begin(), written.end());
            pair.release(database);
            outcome = new Outcome(
                    outcome.rate(),
                    outcome.startUp(),
                    outcome.whole(),
                    outcome.ownSeconds(),
                    outcome.serverSeconds(),
                    outcome.peakBytes(),
                    OptionalDouble.of(limit));
        }
        pair.drop(database);
        return outcome;
    }

    private Written write() throws SQLException {
        try (Connection connection = pair.server(SOURCE).connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute(backlog.writeWarmUp());
            Arrivals.send(connection, SOURCE, BEGIN);
            long begin = position(statement);
            statement.execute(backlog.writeMeasured());
            Arrivals.send(connection, SOURCE, END);
            Written written = new Written(begin, position(statement));
            statement.execute("CHECKPOINT");
            return written;
        }
    }

    private static long position(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")) {
            row.next();
            return row.getLong(1);
        }
    }

    private Outcome drain(Contender.Stopped stopped) throws Exception {
        Instant start = Instant.now();
        try (Contender contender = stopped.start();
                Connection target = pair.server(Pair.other(SOURCE)).connect(database)) {
            Duration startUp = Duration.between(start, Instant.now());
            Instant begin = Arrivals.await(target, SOURCE, BEGIN, ALL_MAX, contender::requireRunning);
            Instant end = Arrivals.await(target, SOURCE, END, ALL_MAX, contender::requireRunning);
            Equality.awaitInStep(pair, database);
            return new Outcome(
                    backlog.changes() / seconds(begin, end),
                    startUp.toNanos() / 1e9,
                    seconds(start, end),
                    contender.ownSeconds(),
                    pair.serverSeconds(database),
                    contender.peakBytes(),
                    OptionalDouble.empty());
        }
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }
}
