package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Catalog;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Said;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.LogEntry;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.policy.PolicySet;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the logs of sites that nothing connects, and finds out what would have collided. Writes no row: at each site there are a
 * publication and a temporary slot for as long as it looks. Used by one thread.
 */
public final class Shadow implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shadow.class);

    private final ShadowBook book;
    private final Map<Endpoint, Connection> connections = new LinkedHashMap<>();
    private final List<LogReader> readers = new ArrayList<>();
    private final AtomicReference<SiteException> failure = new AtomicReference<>();
    private final CountDownLatch end;

    private Shadow(ShadowBook book, CountDownLatch end) {
        this.book = book;
        this.end = end;
    }

    /**
     * Begins to read at every site; waits for the transactions that are open there.
     *
     * @param endpoints in order of precedence
     * @param tables    the agreed tables
     * @param catalogs  of the sites; all have the same constraints
     * @param delay     how long a change would take to be at the other sites
     * @param end       counted down when it is time to stop, here also
     */
    public static Shadow begin(
            List<Endpoint> endpoints,
            List<Table> tables,
            List<Catalog> catalogs,
            PolicySet policies,
            Duration delay,
            CountDownLatch end)
            throws SiteException {
        List<SiteId> sites = endpoints.stream().map(Endpoint::site).toList();
        Shadow shadow = new Shadow(
                new ShadowBook(sites, tables, policies, catalogs.getFirst().ordinaryTables(), delay), end);
        try {
            for (Endpoint endpoint : endpoints) {
                shadow.read(endpoint, tables);
            }
            return shadow;
        } catch (SiteException | RuntimeException e) {
            shadow.close();
            throw e;
        }
    }

    private void read(Endpoint endpoint, List<Table> tables) throws SiteException {
        Map<TableId, Table> byName = new LinkedHashMap<>();
        tables.forEach(table -> byName.put(table.id(), table));
        try {
            Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL);
            connections.put(endpoint, connection);
            Bookkeeping.publishShadow(connection, tables);
            LogReader reader = Wiring.shadow(endpoint, connection, byName);
            readers.add(reader);
            Thread.ofPlatform().name("shadow-" + endpoint.site()).daemon().start(() -> read(endpoint.site(), reader));
        } catch (SQLException e) {
            throw new SiteException(endpoint.site(), "beginning to read the log", e);
        }
    }

    private void read(SiteId site, LogReader reader) {
        try {
            while (true) {
                LogEntry entry = reader.next();
                if (entry instanceof LogEntry.LocalTransaction transaction) {
                    book.take(
                            transaction,
                            ChronoUnit.MICROS.between(
                                    Instant.EPOCH, Clock.systemUTC().instant()));
                }
                reader.acknowledge(entry.position());
            }
        } catch (SQLException e) {
            failure.compareAndSet(null, new SiteException(site, "reading the log", e));
        } catch (UnreadableLogException e) {
            failure.compareAndSet(
                    null, new SiteException(site, "reading the log", new SQLException(e.getMessage(), e)));
        } finally {
            end.countDown();
        }
    }

    /**
     * Looks until the time is over or the end has come.
     *
     * @param every how often the report so far is handed on
     */
    public ShadowReport watch(Duration time, Duration every, Consumer<ShadowReport> soFar)
            throws SiteException, InterruptedException {
        long startNanos = System.nanoTime();
        long leftNanos = time.toNanos();
        while (leftNanos > 0 && !end.await(Math.min(leftNanos, every.toNanos()), TimeUnit.NANOSECONDS)) {
            soFar.accept(report(startNanos));
            leftNanos = time.toNanos() - (System.nanoTime() - startNanos);
        }
        SiteException trouble = failure.get();
        if (trouble != null) {
            throw trouble;
        }
        return report(startNanos);
    }

    private ShadowReport report(long startNanos) {
        return book.report((System.nanoTime() - startNanos) / 1e9);
    }

    /** Leaves nothing at the sites that can be reached. */
    @Override
    public void close() {
        for (LogReader reader : readers) {
            try {
                reader.close();
            } catch (SQLException e) {
                LOG.warn("a log reader did not end: {}", Said.by(e));
            }
        }
        connections.forEach((endpoint, connection) -> {
            try (connection) {
                Bookkeeping.dropShadow(connection);
            } catch (SQLException e) {
                LOG.warn(
                        "site {}: the publication entwine_shadow is still there ({}); 'entwine remove' takes it away",
                        endpoint.site(),
                        Said.by(e));
            }
        });
    }
}
