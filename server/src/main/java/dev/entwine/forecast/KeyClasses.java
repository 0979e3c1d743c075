package dev.entwine.forecast;

import dev.entwine.model.RowId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes classes of the keys of one table, from what each site has changed of it. Stateless. */
public final class KeyClasses {
    private KeyClasses() {}

    /** Keys of one class so far. */
    private static final class Gathered {
        private final double[] sums;
        private int keys;

        Gathered(int sites) {
            sums = new double[sites];
        }

        void add(double[] counts) {
            keys++;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts[i];
            }
        }

        double mean(int site) {
            return sums[site] / keys;
        }
    }

    /**
     * The classes: keys that stand out go together when they differ by less than a factor of two at every site, and all
     * other keys are one class, of as many keys as would collide as often as they do.
     *
     * @param sketches one of each site, in order of precedence
     * @param seconds  how long they have been counted
     */
    public static List<KeyClass> of(List<KeySketch> sketches, double seconds) {
        List<KeySketch> rest = sketches.stream().map(KeySketch::copy).toList();
        Map<List<Integer>, Gathered> gathered = new HashMap<>();
        Set<RowId> outstanding = new HashSet<>();
        sketches.forEach(sketch -> outstanding.addAll(sketch.outstanding()));
        for (RowId key : outstanding) {
            double[] counts = new double[sketches.size()];
            List<Integer> magnitudes = new ArrayList<>();
            for (int site = 0; site < counts.length; site++) {
                counts[site] = sketches.get(site).count(key);
                rest.get(site).take(key, counts[site]);
                magnitudes.add(counts[site] <= 0 ? -1 : Math.getExponent(counts[site] + 1));
            }
            gathered.computeIfAbsent(magnitudes, none -> new Gathered(counts.length))
                    .add(counts);
        }
        List<KeyClass> classes = new ArrayList<>();
        gathered.values().forEach(each -> classes.add(keyClass(each, sketches.size(), seconds)));
        rest(rest, seconds, classes);
        return classes;
    }

    private static KeyClass keyClass(Gathered gathered, int sites, double seconds) {
        List<Double> rates = new ArrayList<>();
        for (int site = 0; site < sites; site++) {
            rates.add(gathered.mean(site) / seconds);
        }
        return new KeyClass(gathered.keys, rates);
    }

    /** As many keys as make the pairs of sites collide as often as the sketches say. */
    private static void rest(List<KeySketch> rest, double seconds, List<KeyClass> classes) {
        double products = 0;
        double inner = 0;
        for (int one = 0; one < rest.size(); one++) {
            for (int other = one + 1; other < rest.size(); other++) {
                products += Math.max(0, rest.get(one).total())
                        * Math.max(0, rest.get(other).total());
                inner += rest.get(one).inner(rest.get(other));
            }
        }
        if (inner <= 0 || products <= 0) {
            return;
        }
        double keys = products / inner;
        classes.add(new KeyClass(
                keys,
                rest.stream()
                        .map(sketch -> Math.max(0, sketch.total()) / keys / seconds)
                        .toList()));
    }
}
