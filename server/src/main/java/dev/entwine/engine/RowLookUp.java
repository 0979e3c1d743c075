package dev.entwine.engine;

import dev.entwine.apply.RowReader;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Sessions;
import dev.entwine.merge.Batch.Missing;
import dev.entwine.model.Image;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads single rows at the sites, which is rarely needed: a connection is opened for it. Stateless. */
final class RowLookUp {
    private static final Logger LOG = LoggerFactory.getLogger(RowLookUp.class);

    private final Map<SiteId, Endpoint> endpoints;

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
        try (Connection connection = Sessions.open(endpoint, Sessions.Purpose.CONTROL)) {
            for (Missing row : wanted) {
                RowReader.read(connection, row.table(), row.key()).ifPresent(image -> found.put(row, image));
            }
        } catch (SQLException e) {
            LOG.warn(
                    "site {}: {} rows could not be read (SQLSTATE {}); trying again",
                    site,
                    wanted.size(),
                    e.getSQLState());
        }
    }
}
