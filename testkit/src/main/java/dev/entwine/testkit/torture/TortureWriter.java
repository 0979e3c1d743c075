package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Witness;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** One connection that writes at one site, on a thread of its own; connects again when the connection is lost. */
final class TortureWriter {
    /** After trouble, so that a server that is down is not flooded. */
    private static final long PAUSE_NANOS = 100_000_000;

    /** One transaction in this many holds several operations. */
    private static final int LARGER_EVERY = 5;

    private static final int OPERATIONS_MAX = 4;

    private final String site;
    private final int number;
    private final TortureOptions options;
    private final Witness.Connector connector;
    private final Consumer<Acknowledged> recorder;
    private final SplittableRandom random;
    private final Operations operations;
    private volatile boolean stopped;
    private long transactions;

    TortureWriter(
            String site,
            int number,
            TortureOptions options,
            Witness.Connector connector,
            Consumer<Acknowledged> recorder) {
        this.site = site;
        this.number = number;
        this.options = options;
        this.connector = connector;
        this.recorder = recorder;
        random = new SplittableRandom(options.seed() * 31 + site.hashCode() * 1_009L + number);
        operations = new Operations(site, random);
    }

    void stop() {
        stopped = true;
    }

    void run() {
        while (!stopped) {
            try (Connection connection = connector.connect()) {
                connection.setAutoCommit(false);
                writeUntilTrouble(connection);
            } catch (SQLException e) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void writeUntilTrouble(Connection connection) throws SQLException {
        long perTransactionNanos = (long) (1e9 * options.writers() / options.transactionsPerSecond());
        long due = System.nanoTime();
        while (!stopped) {
            write(connection);
            due = Math.max(due + perTransactionNanos, System.nanoTime() - PAUSE_NANOS);
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    /** One transaction. Leaves by an exception when the connection cannot be used any more. */
    private void write(Connection connection) throws SQLException {
        Session session = new Session(connection);
        session.begin();
        // The quote is for those who read tags out of quoted text.
        String transaction = site + "'" + number + "-" + transactions++;
        int count = random.nextInt(LARGER_EVERY) == 0 ? 2 + random.nextInt(OPERATIONS_MAX - 1) : 1;
        Optional<Long> xid;
        try {
            for (int i = 0; i < count; i++) {
                operations.next(session, transaction + "." + i);
            }
            xid = session.xid();
        } catch (SQLException e) {
            // A constraint, a deadlock, or a line that is gone: then this fails as well.
            connection.rollback();
            return;
        }
        connection.commit();
        xid.ifPresent(known -> recorder.accept(new Acknowledged(site, known)));
    }

    @Override
    public String toString() {
        return site + "-" + number;
    }
}
