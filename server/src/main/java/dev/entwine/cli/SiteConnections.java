package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.ConnectionTrouble;
import dev.entwine.db.Finding;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A control connection to each site that can be reached, opened all at the same time. Owned by one thread. */
final class SiteConnections implements AutoCloseable {
    /** A server that is frozen, not down, must not hold a command for ever. The statements here are all short. */
    private static final int ANSWER_MILLIS_MAX = 60_000;

    private final Map<SiteId, Connection> open = new LinkedHashMap<>();
    private final List<Finding> troubles = new ArrayList<>();

    private SiteConnections() {}

    static SiteConnections open(Configuration configuration) {
        Map<SiteSettings, Future<Connection>> attempts = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (SiteSettings site : configuration.sites()) {
                attempts.put(site, threads.submit(() -> open(site)));
            }
        }
        SiteConnections result = new SiteConnections();
        attempts.forEach(result::add);
        return result;
    }

    private static Connection open(SiteSettings site) throws SQLException {
        Connection connection = Sessions.open(site.endpoint(), Sessions.Purpose.CONTROL);
        connection.setNetworkTimeout(Runnable::run, ANSWER_MILLIS_MAX);
        return connection;
    }

    private void add(SiteSettings site, Future<Connection> attempt) {
        try {
            open.put(site.id(), attempt.get());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof SQLException trouble)) {
                throw new IllegalStateException("connecting to site " + site.id() + " failed", e.getCause());
            }
            troubles.add(ConnectionTrouble.explain(site.endpoint(), trouble));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while connecting", e);
        }
    }

    /** The sites that can be reached, in order of precedence. */
    List<SiteId> reachable() {
        return List.copyOf(open.keySet());
    }

    /** For what works at all of them; this still owns them. */
    Map<SiteId, Connection> all() {
        return new LinkedHashMap<>(open);
    }

    /** Why the others cannot be reached. */
    List<Finding> troubles() {
        return List.copyOf(troubles);
    }

    Optional<Finding> trouble(SiteId site) {
        return troubles.stream()
                .filter(trouble -> trouble.site().equals(Optional.of(site)))
                .findFirst();
    }

    <T> T call(SiteId site, String doing, Task<T> task) throws SiteException {
        Connection connection = open.get(site);
        if (connection == null) {
            throw new IllegalArgumentException("site " + site + " is not connected");
        }
        try {
            return task.run(connection);
        } catch (SQLException e) {
            throw new SiteException(site, doing, e);
        }
    }

    /** The same at several sites at the same time; in their order. */
    <T> Map<SiteId, T> each(List<SiteId> sites, String doing, Task<T> task) throws SiteException {
        Map<SiteId, Future<T>> running = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            sites.forEach(site -> running.put(site, threads.submit(() -> call(site, doing, task))));
        }
        Map<SiteId, T> results = new LinkedHashMap<>();
        for (Map.Entry<SiteId, Future<T>> site : running.entrySet()) {
            try {
                results.put(site.getKey(), site.getValue().get());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SiteException trouble) {
                    throw trouble;
                }
                throw new IllegalStateException(doing + " at site " + site.getKey() + " failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while " + doing, e);
            }
        }
        return results;
    }

    /** Ends with the first trouble, when a command needs every site. */
    void requireAll() throws CommandFailure {
        if (!troubles.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    String.join(
                            "\n",
                            troubles.stream().map(SiteConnections::describe).toList()));
        }
    }

    static String describe(Finding finding) {
        return finding.site().map(site -> "site " + site + ": ").orElse("") + finding.what() + "\n  mend: "
                + finding.mend();
    }

    @Override
    public void close() {
        Sessions.closeAll(open.values());
    }

    /** Something that needs a connection. */
    interface Task<T> {
        T run(Connection connection) throws SQLException;
    }
}
