package dev.entwine.engine;

import dev.entwine.apply.SiteReader;
import dev.entwine.db.Endpoint;
import dev.entwine.merge.Batch.Missing;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads single rows at the sites. It is done while an apply transaction holds locks, so a connection is kept for each site once it has
 * been needed. Safe from any thread: who reads has taken the connection out.
 */
final class RowLookUp implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RowLookUp.class);

    private final Map<SiteId, Endpoint> endpoints;

    private final Map<SiteId, SiteReader> kept = new ConcurrentHashMap<>();

    private final String fencePrefix = UUID.randomUUID() + "/";
    private final AtomicLong fences = new AtomicLong();

    RowLookUp(Map<SiteId, Endpoint> endpoints) {
        this.endpoints = Map.copyOf(endpoints);
    }

    /**
     * What was found of rows of one site.
     *
     * @param fence the token of a fence in the site's log behind all that was committed there when they were read
     */
    record Fenced(Map<Missing, Image> rows, String fence) {}

    static Map<SiteId, List<Missing>> bySite(List<Missing> rows) {
        Map<SiteId, List<Missing>> bySite = new TreeMap<>();
        rows.forEach(row ->
                bySite.computeIfAbsent(row.site(), site -> new ArrayList<>()).add(row));
        return bySite;
    }

    /** Leaves out rows that are not there, and sites that cannot be reached. */
    Map<Missing, Image> find(List<Missing> rows) {
        Map<Missing, Image> found = new HashMap<>();
        bySite(rows)
                .forEach((site, wanted) ->
                        at(site, wanted.size(), reader -> read(reader, wanted)).ifPresent(found::putAll));
        return found;
    }

    /** Leaves out rows that are not there; empty when the site cannot be reached. */
    Optional<Fenced> findFenced(SiteId site, List<Missing> wanted) {
        return at(site, wanted.size(), reader -> {
            Map<Missing, Image> rows = read(reader, wanted);
            String fence = fencePrefix + fences.incrementAndGet(); // numbered after the reading: see PassedFences
            reader.fence(fence);
            return new Fenced(rows, fence);
        });
    }

    private static Map<Missing, Image> read(SiteReader reader, List<Missing> wanted) throws SQLException {
        Map<Missing, Image> found = new HashMap<>();
        for (Missing row : wanted) {
            reader.read(row.table(), row.key()).ifPresent(image -> found.put(row, image));
        }
        return found;
    }

    private interface Reading<T> {
        T of(SiteReader reader) throws SQLException;
    }

    private <T> Optional<T> at(SiteId site, int rows, Reading<T> reading) {
        Endpoint endpoint = endpoints.get(site);
        if (endpoint == null) {
            throw new IllegalArgumentException("no such site " + site);
        }
        SiteReader before = kept.remove(site);
        if (before != null) {
            try {
                return Optional.of(with(before, site, reading));
            } catch (SQLException e) {
                LOG.debug("site {}: its connection for single rows has been lost since", site, e);
            }
        }
        try {
            return Optional.of(with(SiteReader.open(endpoint), site, reading));
        } catch (SQLException e) {
            LOG.warn("site {}: {} rows could not be read (SQLSTATE {}); trying again", site, rows, e.getSQLState());
            return Optional.empty();
        }
    }

    /** Keeps the reader for the next time when it is of any use. */
    private <T> T with(SiteReader reader, SiteId site, Reading<T> reading) throws SQLException {
        T result;
        try {
            result = reading.of(reader);
        } catch (SQLException e) {
            close(reader);
            throw e;
        }
        keep(site, reader);
        return result;
    }

    private void keep(SiteId site, SiteReader reader) {
        SiteReader other = kept.put(site, reader);
        if (other != null) {
            close(other);
        }
    }

    private static void close(SiteReader reader) {
        try {
            reader.close();
        } catch (SQLException e) {
            LOG.debug("a connection for single rows was gone already", e);
        }
    }

    /** To be called when nobody looks up any more. */
    @Override
    public void close() {
        kept.values().forEach(RowLookUp::close);
        kept.clear();
    }
}
