package dev.entwine.testkit;

import dev.entwine.testkit.Write.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One connection that writes at one site, on a thread of its own; connects again when the connection is lost. */
final class WorkloadWriter {
    /** After trouble, so that a server that is down is not flooded. */
    private static final long PAUSE_NANOS = 100_000_000;

    /** One transaction in this many holds several operations. */
    private static final int LARGER_EVERY = 8;

    private static final int OPERATIONS_MAX = 4;

    private final String site;
    private final int number;
    private final WorkloadOptions options;
    private final Workload.Connector connector;
    private final Recorder recorder;
    private final SplittableRandom random;
    private final WorkloadOperations operations;
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;
    private long transactions;

    WorkloadWriter(
            String site,
            int siteNumber,
            int number,
            WorkloadOptions options,
            Workload.Connector connector,
            Recorder recorder) {
        this.site = site;
        this.number = number;
        this.options = options;
        this.connector = connector;
        this.recorder = recorder;
        random = new SplittableRandom(options.seed() * 31 + siteNumber * 1_009L + number);
        // Every writer of every site has numbers of its own for rows that it alone inserts, within the range of an
        // integer.
        long ownNumbers = 100_000_000L * siteNumber + 1_000_000L * number;
        operations = new WorkloadOperations(site, number, options, random, ownNumbers);
    }

    void stop() {
        stopped = true;
    }

    void throwIfFailed() {
        if (failure != null) {
            throw new IllegalStateException("writer " + this + " failed", failure);
        }
    }

    void run() {
        try {
            while (!stopped) {
                writeUntilTrouble();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void writeUntilTrouble() {
        try (Connection connection = connector.connect()) {
            connection.setAutoCommit(false);
            long perOperationNanos = (long) (1e9 * options.writers() / options.operationsPerSecond());
            long due = System.nanoTime();
            while (!stopped) {
                int count = random.nextInt(LARGER_EVERY) == 0 ? 2 + random.nextInt(OPERATIONS_MAX - 1) : 1;
                write(connection, count);
                due = Math.max(due + count * perOperationNanos, System.nanoTime() - PAUSE_NANOS);
                LockSupport.parkNanos(due - System.nanoTime());
            }
        } catch (SQLException e) {
            recorder.addFailure();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** One transaction. Leaves by an exception when the connection cannot be used any more. */
    private void write(Connection connection, int count) throws SQLException {
        String transaction = site + "-" + number + "-" + transactions++;
        List<Write> writes = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                operations.next(connection, transaction, i).ifPresent(writes::add);
            }
        } catch (SQLException e) {
            recorder.addFailure();
            connection.rollback();
            return;
        }
        commit(connection, writes);
    }

    private void commit(Connection connection, List<Write> writes) throws SQLException {
        try {
            connection.commit();
        } catch (SQLException e) {
            if (!isRolledBack(e)) {
                record(writes, Outcome.UNKNOWN);
            }
            throw e;
        }
        record(writes, Outcome.ACKNOWLEDGED);
    }

    /** Classes 23 (constraint) and 40 (rollback) are the server's word that nothing was committed. */
    private static boolean isRolledBack(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("23") || state.startsWith("40");
    }

    private void record(List<Write> writes, Outcome outcome) {
        recorder.add(writes.stream().map(write -> write.with(outcome)).toList());
    }

    @Override
    public String toString() {
        return site + "-" + number;
    }
}
