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
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
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

    RowLookUp(Map<SiteId, Endpoint> endpoints) {
        this.endpoints = Map.copyOf(endpoints);
    }

    Map<Missing, Image> find(List<Missing> rows) {
        Map<SiteId, List<Missing>> bySite = new TreeMap<>();
        rows.forEach(row ->
                bySite.computeIfAbsent(row.site(), site -> new ArrayList<>()).add(row));
        Map<Missing, Image> found = new HashMap<>();
        bySite.forEach((site, wanted) -> findAt(site, wanted, found));
        return found;
    }

    private void findAt(SiteId site, List<Missing> wanted, Map<Missing, Image> found) {
        Endpoint endpoint = endpoints.get(site);
        if (endpoint == null) {
            throw new IllegalArgumentException("no such site " + site);
        }
        SiteReader before = kept.remove(site);
        if (before != null && read(before, wanted, found) == null) {
            keep(site, before);
            return; // otherwise its connection may have been lost since
        }
        try {
            SiteReader reader = SiteReader.open(endpoint);
            SQLException trouble = read(reader, wanted, found);
            if (trouble != null) {
                throw trouble;
            }
            keep(site, reader);
        } catch (SQLException e) {
            LOG.warn(
                    "site {}: {} rows could not be read (SQLSTATE {}); trying again",
                    site,
                    wanted.size(),
                    e.getSQLState());
        }
    }

    /** Returns the trouble that has made the reader useless, if there was any. */
    private static @Nullable SQLException read(SiteReader reader, List<Missing> wanted, Map<Missing, Image> found) {
        try {
            for (Missing row : wanted) {
                reader.read(row.table(), row.key()).ifPresent(image -> found.put(row, image));
            }
            return null;
        } catch (SQLException e) {
            close(reader);
            return e;
        }
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
