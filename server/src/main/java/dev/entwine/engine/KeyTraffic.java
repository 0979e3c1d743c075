package dev.entwine.engine;

import dev.entwine.forecast.Delays;
import dev.entwine.forecast.KeySketch;
import dev.entwine.model.Change;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which keys of each table the sites change, and how often they collided, for the forecast. What is older than {@link #HALF_LIFE} counts
 * half or less, so that the forecast follows the traffic. Guarded by the core's lock.
 */
final class KeyTraffic {
    static final Duration HALF_LIFE = Duration.ofMinutes(10);

    /** With 100 KiB each for two sites; what comes to further tables is counted without its keys. */
    private static final int TABLES_MAX = 256;

    private final List<SiteId> sites;
    private final Map<TableId, Table> tables = new HashMap<>();
    private Instant halvedAt;
    /** For how long it was counted, what was halved being half as long. */
    private double secondsBefore;

    KeyTraffic(List<SiteId> sites, Instant now) {
        this.sites = sites;
        this.halvedAt = now;
    }

    private static final class Table {
        private final List<KeySketch> sketches;
        private final double[] conflicts;
        /** How long nobody saw the transactions that changed it, from the site of the first index to that of the second. */
        private final List<List<Delays.Gathering>> delays = new ArrayList<>();

        Table(int sites) {
            for (int from = 0; from < sites; from++) {
                List<Delays.Gathering> row = new ArrayList<>();
                for (int to = 0; to < sites; to++) {
                    row.add(new Delays.Gathering());
                }
                delays.add(row);
            }
            sketches = new ArrayList<>();
            for (int i = 0; i < sites; i++) {
                sketches.add(new KeySketch());
            }
            conflicts = new double[sites];
        }
    }

    /**
     * What was seen of a table.
     *
     * @param sketches  copies, of each site
     * @param delays    from the first site to the second
     * @param conflicts that the site's journal got which got most of them
     */
    record Seen(TableId table, List<KeySketch> sketches, List<List<Delays>> delays, double conflicts) {}

    void changed(SiteId site, Change change, Instant now) {
        advance(now);
        TableId id = change.table().id();
        Table table = tables.get(id);
        if (table == null && tables.size() < TABLES_MAX) {
            table = new Table(sites.size());
            tables.put(id, table);
        }
        if (table != null) {
            table.sketches.get(sites.indexOf(site)).add(change.key().id());
        }
    }

    void decided(SiteId journal, TableId id, Instant now) {
        advance(now);
        Table table = tables.get(id);
        if (table != null) {
            table.conflicts[sites.indexOf(journal)]++;
        }
    }

    private void advance(Instant now) {
        while (Duration.between(halvedAt, now).compareTo(HALF_LIFE) >= 0) {
            secondsBefore = (secondsBefore + HALF_LIFE.toSeconds()) / 2;
            halvedAt = halvedAt.plus(HALF_LIFE);
            for (Table table : tables.values()) {
                table.sketches.forEach(KeySketch::halve);
                halve(table.conflicts);
                table.delays.forEach(row -> row.forEach(Delays.Gathering::halve));
            }
        }
    }

    private static void halve(double[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] /= 2;
        }
    }

    /**
     * A transaction with changes of these tables was committed at its target.
     *
     * @param seconds until nobody there could change the same rows any more without seeing it
     */
    void took(SiteId from, SiteId to, Set<TableId> changed, double seconds) {
        for (TableId id : changed) {
            Table table = tables.get(id);
            if (table != null) {
                table.delays.get(sites.indexOf(from)).get(sites.indexOf(to)).add(seconds);
            }
        }
    }

    private static List<List<Delays>> delays(Table table) {
        return table.delays.stream()
                .map(row -> row.stream().map(Delays.Gathering::delays).toList())
                .toList();
    }

    /** For how long the changes were counted that count. */
    double seconds(Instant now) {
        advance(now);
        return secondsBefore + Duration.between(halvedAt, now).toMillis() / 1e3;
    }

    List<Seen> seen() {
        List<Seen> result = new ArrayList<>();
        tables.forEach((id, table) -> {
            double conflicts = 0;
            for (double of : table.conflicts) {
                conflicts = Math.max(conflicts, of);
            }
            result.add(new Seen(id, table.sketches.stream().map(KeySketch::copy).toList(), delays(table), conflicts));
        });
        return result;
    }
}
