package dev.entwine.verify;

import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compares tables across sites. How it can be exact while all sites are written is argued in the package's DESIGN.md. Used by one
 * thread.
 */
public final class Verification {
    private final List<Endpoint> endpoints;
    private final Settings settings;
    private final ScanProgress progress;

    /**
     * How it is done.
     *
     * @param pace      how much of the servers' time it takes
     * @param listedMax how many rows of each table are named; all are counted
     */
    public record Settings(Pace pace, int listedMax) {}

    public Verification(List<Endpoint> endpoints, Settings settings, ScanProgress progress) {
        this.endpoints = List.copyOf(endpoints);
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Compares what is there now, while the sites may be written.
     *
     * @param streams by which changes travel meanwhile
     */
    public List<TableComparison> compare(List<Table> tables, Streams streams) throws SiteException {
        List<Search.Found> found = new ArrayList<>();
        try (Snapshots snapshots = Snapshots.connect(endpoints)) {
            for (Table table : tables) {
                snapshots.begin();
                found.add(new Search(
                                table,
                                TableQueries.read(table, snapshots.sites()),
                                snapshots.sites(),
                                settings.pace(),
                                progress)
                        .run());
                snapshots.end();
            }
            List<TableComparison> comparisons = new ArrayList<>();
            for (Search.Found table : found) {
                comparisons.add(new Judge(table, snapshots.sites(), streams, progress, settings.listedMax()).judge());
            }
            return comparisons;
        }
    }

    /**
     * Compares what given transactions see.
     *
     * @param snapshots connections with auto-commit off
     * @param listedMax as in {@link Settings}
     */
    public static TableComparison compare(
            Table table, Map<SiteId, Connection> snapshots, int listedMax, ScanProgress progress) throws SiteException {
        AllSites sites = new AllSites(snapshots);
        Search.Found found = new Search(table, TableQueries.read(table, sites), sites, Pace.FULL, progress).run();
        return new Judge(found, sites, Streams.NONE, progress, listedMax).judge();
    }
}
