package dev.entwine.demo;

import dev.entwine.db.Endpoint;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One application at each site, at a steady pace, and one at both; each on a thread of its own. */
public final class ShopWriters {
    private static final double TRADES_PER_SECOND = 100;
    private static final long SERVED_EVERY_MS = 3_000;
    private static final long LOOK_MS = 100;
    private static final Duration END_MAX = Duration.ofSeconds(20);

    private final List<Thread> threads = new ArrayList<>();
    private final Map<SiteId, AtomicLong> trades = new LinkedHashMap<>();
    private volatile boolean stopping;
    private volatile @Nullable SQLException failure;

    private ShopWriters() {}

    public static ShopWriters start(List<Endpoint> endpoints) {
        ShopWriters writers = new ShopWriters();
        for (Endpoint endpoint : endpoints) {
            AtomicLong count = new AtomicLong();
            writers.trades.put(endpoint.site(), count);
            writers.threads.add(
                    Thread.ofVirtual().name("shop " + endpoint.site()).start(() -> writers.write(endpoint, count)));
        }
        writers.threads.add(Thread.ofVirtual().name("shop regulars").start(() -> writers.serve(endpoints)));
        return writers;
    }

    private void serve(List<Endpoint> endpoints) {
        try (Regulars regulars = new Regulars(endpoints)) {
            while (!stopping) {
                regulars.serve();
                for (long waited = 0; waited < SERVED_EVERY_MS && !stopping; waited += LOOK_MS) {
                    LockSupport.parkNanos(LOOK_MS * 1_000_000);
                }
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    private void write(Endpoint endpoint, AtomicLong count) {
        SplittableRandom random = new SplittableRandom(endpoint.site().name().hashCode());
        try (Connection connection = DemoServers.connect(endpoint)) {
            long dueNanos = System.nanoTime();
            while (!stopping) {
                Shop.trade(connection, random, endpoint.site().name());
                count.incrementAndGet();
                dueNanos += (long) (1e9 / TRADES_PER_SECOND);
                LockSupport.parkNanos(dueNanos - System.nanoTime());
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    /** Transactions committed so far. */
    public long trades(SiteId site) {
        AtomicLong count = trades.get(site);
        return count == null ? 0 : count.get();
    }

    /** Lets each finish its transaction. */
    public void stop() throws SQLException, InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            if (!thread.join(END_MAX)) {
                throw new IllegalStateException(thread.getName() + " did not end within " + END_MAX);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
