package dev.entwine.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Connections that execute one statement again and again, each time for another row, and remember how long each took. A thread for each;
 * what it has remembered is read when it has ended.
 */
final class Writers implements LagRound.Load {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /**
     * @param sql         with one parameter, the number of the row
     * @param rows        the numbers are from 1 to this
     * @param connections at each site
     * @param perSecond   statements at each site; 0 for as many as the server takes
     */
    record Task(String sql, int rows, int connections, int perSecond) {}

    private final List<Writer> writers = new ArrayList<>();

    /** Begins at all of these sites. */
    static Writers start(List<Pair.Connector> sites, Task task) {
        Writers all = new Writers();
        long seed = 0;
        for (Pair.Connector site : sites) {
            for (int i = 0; i < task.connections(); i++) {
                all.writers.add(new Writer(site, task, ++seed));
            }
        }
        all.writers.forEach(Writer::start);
        return all;
    }

    @Override
    public long writes() {
        return writers.stream().mapToLong(writer -> writer.done).sum();
    }

    /** From now on, what is executed counts for {@link #latencies}. */
    void measure() {
        writers.forEach(writer -> writer.measuring = true);
    }

    /** How long each statement took with its commit; to be called after {@link #close}. */
    Lags latencies() {
        LongStream all = LongStream.empty();
        for (Writer writer : writers) {
            all = LongStream.concat(all, writer.nanos.build());
        }
        return Lags.of(all);
    }

    /** @throws IllegalStateException a writer has failed */
    @Override
    public void close() {
        writers.forEach(writer -> writer.writing = false);
        for (Writer writer : writers) {
            writer.join();
        }
    }

    private static final class Writer {
        private final Pair.Connector site;
        private final Task task;
        private final SplittableRandom random;
        private final Thread thread;
        private final LongStream.Builder nanos = LongStream.builder();
        private final AtomicReference<SQLException> failure = new AtomicReference<>();
        private volatile boolean writing = true;
        private volatile boolean measuring;
        private volatile long done;

        Writer(Pair.Connector site, Task task, long seed) {
            this.site = site;
            this.task = task;
            this.random = new SplittableRandom(seed);
            this.thread = Thread.ofPlatform().name("writer " + seed).unstarted(this::run);
        }

        void start() {
            thread.start();
        }

        private void run() {
            try {
                write();
            } catch (SQLException e) {
                failure.set(e);
            }
        }

        private void write() throws SQLException {
            long pauseNanos = task.perSecond() == 0 ? 0 : NANOS_PER_SECOND * task.connections() / task.perSecond();
            try (Connection connection = site.connect();
                    PreparedStatement statement = connection.prepareStatement(task.sql())) {
                long due = System.nanoTime();
                long count = 0;
                while (writing) {
                    boolean counts = measuring;
                    long start = System.nanoTime();
                    statement.setInt(1, 1 + random.nextInt(task.rows()));
                    statement.executeUpdate();
                    if (counts) {
                        nanos.add(System.nanoTime() - start);
                    }
                    done = ++count;
                    due += pauseNanos;
                    if (pauseNanos > 0) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                }
            }
        }

        void join() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while writers were ending", e);
            }
            SQLException failed = failure.get();
            if (failed != null) {
                throw new IllegalStateException("a writer failed", failed);
            }
        }
    }
}
