package dev.entwine.verify;

import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A connection to each site, on which the same work is done at the same time. Called by one thread; each site's work has its own. */
final class AllSites {
    private final Map<SiteId, Connection> connections;

    AllSites(Map<SiteId, Connection> connections) {
        this.connections = new LinkedHashMap<>(connections);
    }

    /** What is done at each site. */
    interface Work<T> {
        T at(SiteId site, Connection connection) throws SQLException;
    }

    /** In order of precedence. */
    List<SiteId> sites() {
        return List.copyOf(connections.keySet());
    }

    /** The results; the first site's trouble when several have one. */
    <T> Map<SiteId, T> call(String doing, Work<T> work) throws SiteException {
        Map<SiteId, Future<T>> running = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            connections.forEach((site, connection) -> {
                Callable<T> task = () -> work.at(site, connection);
                running.put(site, threads.submit(task));
            });
        }
        Map<SiteId, T> results = new LinkedHashMap<>();
        for (Map.Entry<SiteId, Future<T>> entry : running.entrySet()) {
            results.put(entry.getKey(), of(entry.getKey(), doing, entry.getValue()));
        }
        return results;
    }

    /** At one site. */
    <T> T call(SiteId site, String doing, Work<T> work) throws SiteException {
        Connection connection = connections.get(site);
        if (connection == null) {
            throw new IllegalArgumentException("site " + site + " is not connected");
        }
        try {
            return work.at(site, connection);
        } catch (SQLException e) {
            throw new SiteException(site, doing, e);
        }
    }

    private static <T> T of(SiteId site, String doing, Future<T> result) throws SiteException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException trouble) {
                throw new SiteException(site, doing, trouble);
            }
            throw new IllegalStateException(doing + " failed at site " + site, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + doing, e);
        }
    }
}
