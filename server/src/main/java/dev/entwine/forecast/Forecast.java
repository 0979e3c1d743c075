package dev.entwine.forecast;

import java.util.List;

/**
 * What collides. A change collides when another site has changed the same row and that was not seen yet. Stateless.
 *
 * <p>For a key that is changed r(i) times a second at site i, each change at site i meets an unseen one of site j with the probability
 * that {@link Delays} tells for r(j). For rare changes, two sites and D keys that are changed alike this is u² L / 2D collisions a
 * second with the total rate u and the mean delay L.
 */
public final class Forecast {
    private Forecast() {}

    /**
     * What happens while sites do not hear of each other.
     *
     * @param rows       changed at more than one site
     * @param collisions decisions that this takes: a row that is changed often collides more than once
     */
    public record Cut(double rows, double collisions) {}

    /**
     * Collisions a second when every row is changed equally often.
     *
     * @param rate           changes a second, over all sites
     * @param rows           how many rows are changed
     * @param latencySeconds from a commit until it is visible at the other sites
     */
    public static double uniform(double rate, double rows, double latencySeconds, int sites) {
        return (sites - 1.0) / sites * rate * rate * latencySeconds / rows;
    }

    /**
     * Collisions a second.
     *
     * @param delays from the first site to the second
     */
    public static double perSecond(List<KeyClass> classes, List<List<Delays>> delays) {
        double sum = 0;
        for (KeyClass each : classes) {
            for (int site = 0; site < each.rates().size(); site++) {
                double alone = 1;
                for (int other = 0; other < each.rates().size(); other++) {
                    alone *= other == site ? 1 : 1 - delays.get(other).get(site).met(each.rate(other));
                }
                sum += each.keys() * each.rate(site) * (1 - alone);
            }
        }
        return sum;
    }

    /** What there is to decide when all links have been cut for a time. */
    public static Cut cut(List<KeyClass> classes, double seconds) {
        double rows = 0;
        double collisions = 0;
        for (KeyClass each : classes) {
            rows += each.keys() * atSeveral(each, seconds);
            for (int site = 0; site < each.rates().size(); site++) {
                double others = total(each) - each.rate(site);
                if (others > 0) {
                    double met = seconds + Math.expm1(-others * seconds) / others;
                    collisions += each.keys() * each.rate(site) * met;
                }
            }
        }
        return new Cut(rows, collisions);
    }

    /** The probability that a key is changed at more than one site. */
    private static double atSeveral(KeyClass each, double seconds) {
        double none = Math.exp(-total(each) * seconds);
        double one = 0;
        for (int site = 0; site < each.rates().size(); site++) {
            one += -Math.expm1(-each.rate(site) * seconds) * Math.exp(-(total(each) - each.rate(site)) * seconds);
        }
        return Math.max(0, 1 - none - one);
    }

    private static double total(KeyClass each) {
        return each.rates().stream().mapToDouble(Double::doubleValue).sum();
    }
}
