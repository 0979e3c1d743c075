package dev.entwine.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Measures one direction: a writer commits a row at a steady pace whether or not the rows before have arrived, and an observer asks
 * the other site for the oldest row on its way again and again until it is there. Between two questions it pauses, for an observer
 * that asks without a pause takes a core from what it measures; the pause is what the measured lag is too long by, at most. Writer
 * and observer have a thread each.
 */
final class Probe {
    static final String TABLE = "CREATE TABLE probe (site text, id bigint, sent_nanos bigint, PRIMARY KEY (site, id))";

    private static final long ARRIVAL_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);
    private static final int ON_THE_WAY_MAX = 10_000;
    private static final int PREPARE_AT_ONCE = 1;

    /** @param counts whether it was sent in the time that is measured */
    private record Sent(long id, long committedNanos, boolean counts) {}

    private final Pair.Connector from;
    private final Pair.Connector to;
    private final String site;
    private final long pauseNanos;
    private final long lookNanos;
    private final BlockingQueue<Sent> onTheWay = new ArrayBlockingQueue<>(ON_THE_WAY_MAX);
    private final LongStream.Builder lags = LongStream.builder();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private volatile boolean writing = true;
    private volatile boolean measuring;

    private Probe(String site, Pair.Connector from, Pair.Connector to, Settings settings) {
        this.site = site;
        this.from = from;
        this.to = to;
        this.pauseNanos = TimeUnit.MILLISECONDS.toNanos(settings.probeMs());
        this.lookNanos = TimeUnit.MICROSECONDS.toNanos(settings.lookMicros());
    }

    /** Both threads of a probe that runs. */
    record Running(Probe probe, Thread writer, Thread observer) {
        /** Waits until the first row has arrived. */
        void awaitFirst() throws InterruptedException {
            if (!probe.arrived.await(ARRIVAL_NANOS_MAX, TimeUnit.NANOSECONDS)) {
                throw new IllegalStateException("no row of site " + probe.site + " has arrived");
            }
        }

        /** From now on, rows that are sent count. */
        void measure() {
            probe.measuring = true;
        }

        /** Writes no more, waits until all rows on their way have arrived, and returns what was measured. */
        Lags finish() throws Exception {
            probe.writing = false;
            writer.join();
            observer.join();
            Exception failed = probe.failure.get();
            if (failed != null) {
                throw new IllegalStateException("probe of site " + probe.site + " failed", failed);
            }
            return Lags.of(probe.lags.build());
        }
    }

    static Running start(String site, Pair.Connector from, Pair.Connector to, Settings settings) {
        Probe probe = new Probe(site, from, to, settings);
        Thread writer = probe.thread("probe writer " + site, probe::write);
        Thread observer = probe.thread("probe observer " + site, probe::observe);
        return new Running(probe, writer, observer);
    }

    private interface Work {
        void run() throws Exception;
    }

    private Thread thread(String name, Work work) {
        return Thread.ofPlatform().name(name).start(() -> {
            try {
                work.run();
            } catch (Exception e) {
                failure.compareAndSet(null, e);
                writing = false;
            }
        });
    }

    @Override
    public String toString() {
        return site;
    }

    private void write() throws SQLException {
        try (Connection connection = from.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO probe VALUES (?, ?, ?)")) {
            insert.setString(1, site);
            long due = System.nanoTime();
            for (long id = 0; writing; id++) {
                boolean counts = measuring;
                insert.setLong(2, id);
                insert.setLong(3, System.nanoTime());
                insert.executeUpdate();
                if (!onTheWay.offer(new Sent(id, System.nanoTime(), counts))) {
                    throw new IllegalStateException(ON_THE_WAY_MAX + " rows of site " + site + " are on their way");
                }
                due += pauseNanos;
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
    }

    private void observe() throws SQLException, InterruptedException {
        try (Connection connection = to.connect();
                PreparedStatement select =
                        connection.prepareStatement("SELECT 1 FROM probe WHERE site = ? AND id = ?")) {
            select.unwrap(org.postgresql.PGStatement.class).setPrepareThreshold(PREPARE_AT_ONCE);
            select.setString(1, site);
            while (writing || !onTheWay.isEmpty()) {
                Sent next = onTheWay.poll(pauseNanos, TimeUnit.NANOSECONDS);
                if (next != null) {
                    awaitVisible(select, next);
                    arrived.countDown();
                    if (next.counts) {
                        lags.add(System.nanoTime() - next.committedNanos);
                    }
                }
            }
        }
    }

    private void awaitVisible(PreparedStatement select, Sent sent) throws SQLException {
        select.setLong(2, sent.id);
        while (true) {
            try (ResultSet row = select.executeQuery()) {
                if (row.next()) {
                    return;
                }
            }
            if (System.nanoTime() - sent.committedNanos > ARRIVAL_NANOS_MAX) {
                throw new IllegalStateException("row " + sent.id + " of site " + site + " has not arrived within "
                        + TimeUnit.NANOSECONDS.toSeconds(ARRIVAL_NANOS_MAX) + " s");
            }
            if (lookNanos > 0) {
                LockSupport.parkNanos(lookNanos);
            }
        }
    }
}
