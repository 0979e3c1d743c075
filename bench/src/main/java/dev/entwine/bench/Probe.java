package dev.entwine.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Measures one direction: a writer commits a row at a steady pace whether or not the rows before have arrived, and remembers when the
 * commit was acknowledged. At the other site a deferred trigger notes the time at which the transaction that brings the row commits.
 * So nobody asks again and again whether a row is there, which would take processor time from what is measured, and the more the
 * longer the lag is. Both sites are on one machine and its clock; the lag is exact to some microseconds.
 */
final class Probe {
    private final Pair.Connector from;
    private final Pair.Connector to;
    private final String site;
    private final long pauseNanos;
    /** When the commit of a row was acknowledged, by the row's number; written by the writer's thread until that has ended. */
    private final Map<Long, Instant> committed = new LinkedHashMap<>();

    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private volatile boolean writing = true;
    private volatile boolean measuring;

    private Probe(String site, Pair.Connector from, Pair.Connector to, int pauseMs) {
        this.site = site;
        this.from = from;
        this.to = to;
        this.pauseNanos = TimeUnit.MILLISECONDS.toNanos(pauseMs);
    }

    /** A probe whose writer runs. */
    record Running(Probe probe, Thread writer) {
        /** Waits until the first row has arrived. */
        void awaitFirst() throws SQLException, InterruptedException {
            try (Connection connection = probe.to.connect()) {
                Arrivals.await(connection, probe.site, 0);
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
            Exception failed = probe.failure.get();
            if (failed != null) {
                throw new IllegalStateException("probe of site " + probe.site + " failed", failed);
            }
            return probe.lags();
        }
    }

    /** @param pauseMs milliseconds between two rows */
    static Running start(String site, Pair.Connector from, Pair.Connector to, int pauseMs) {
        Probe probe = new Probe(site, from, to, pauseMs);
        Thread writer = Thread.ofPlatform().name("probe writer " + site).start(() -> {
            try {
                probe.write();
            } catch (SQLException | RuntimeException e) {
                probe.failure.set(e);
            }
        });
        return new Running(probe, writer);
    }

    @Override
    public String toString() {
        return site;
    }

    private void write() throws SQLException {
        try (Connection connection = from.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO probe VALUES (?, ?)")) {
            insert.setString(1, site);
            long due = System.nanoTime();
            for (long id = 0; writing; id++) {
                boolean counts = measuring;
                insert.setLong(2, id);
                insert.executeUpdate();
                if (counts) {
                    committed.put(id, Instant.now());
                }
                due += pauseNanos;
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
    }

    private Lags lags() throws SQLException, InterruptedException {
        LongStream.Builder lags = LongStream.builder();
        try (Connection connection = to.connect()) {
            for (Map.Entry<Long, Instant> sent : committed.entrySet()) {
                lags.add(ChronoUnit.NANOS.between(sent.getValue(), Arrivals.await(connection, site, sent.getKey())));
            }
        }
        return Lags.of(lags.build());
    }
}
