package dev.entwine.engine;

import dev.entwine.forecast.Delays;
import dev.entwine.forecast.Forecast;
import dev.entwine.forecast.KeyClass;
import dev.entwine.forecast.KeyClasses;
import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What is to be expected of the traffic that was seen lately, by table, the most collisions first.
 *
 * @param seconds for how long it was seen; older traffic counts less, and its time too
 */
public record TrafficForecast(List<SiteId> sites, double seconds, List<Table> tables) {
    private static final double HOUR_SECONDS = 3600;

    public TrafficForecast {
        sites = List.copyOf(sites);
        tables = List.copyOf(tables);
    }

    /**
     * One table.
     *
     * @param classes         of its keys
     * @param delays          until nobody could change the same rows without seeing it, from the first site to the second
     * @param expectedPerHour collisions
     * @param observedPerHour the same as counted
     */
    public record Table(
            TableId table,
            List<KeyClass> classes,
            List<List<Delays>> delays,
            double expectedPerHour,
            double observedPerHour) {
        public Table {
            classes = List.copyOf(classes);
            delays = List.copyOf(delays);
        }

        /** Changes a second, over all sites. */
        public double rate() {
            return classes.stream()
                    .mapToDouble(each -> each.keys()
                            * each.rates().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .sum())
                    .sum();
        }
    }

    static TrafficForecast of(List<SiteId> sites, double seconds, List<KeyTraffic.Seen> seen) {
        double counted = Math.max(1e-3, seconds);
        List<Table> tables = new ArrayList<>();
        for (KeyTraffic.Seen table : seen) {
            List<KeyClass> classes = KeyClasses.of(table.sketches(), counted);
            tables.add(new Table(
                    table.table(),
                    classes,
                    table.delays(),
                    Forecast.perSecond(classes, table.delays()) * HOUR_SECONDS,
                    table.conflicts() / counted * HOUR_SECONDS));
        }
        tables.sort(Comparator.comparingDouble(Table::expectedPerHour)
                .reversed()
                .thenComparing(table -> table.table().toString()));
        return new TrafficForecast(sites, seconds, tables);
    }

    /** Collisions, over all tables. */
    public double expectedPerHour() {
        return tables.stream().mapToDouble(Table::expectedPerHour).sum();
    }

    /** The same as counted. */
    public double observedPerHour() {
        return tables.stream().mapToDouble(Table::observedPerHour).sum();
    }

    /** What there would be to decide if no site heard of another for a time. */
    public Forecast.Cut cut(double seconds) {
        double rows = 0;
        double collisions = 0;
        for (Table table : tables) {
            Forecast.Cut of = Forecast.cut(table.classes(), seconds);
            rows += of.rows();
            collisions += of.collisions();
        }
        return new Forecast.Cut(rows, collisions);
    }
}
