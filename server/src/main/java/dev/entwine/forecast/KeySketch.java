package dev.entwine.forecast;

import dev.entwine.model.RowId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How often each of very many keys was changed, in little memory. Up to {@link #TRACKED_MAX} keys are counted each by itself; when there
 * are more, all of them go into a count sketch (Charikar, Chen and Farach-Colton, 2002), of which two have an inner product, and the
 * busiest stay counted by themselves. Not thread-safe.
 */
public final class KeySketch {
    /** More make the forecast of skewed traffic better, and take 80 bytes each. */
    static final int TRACKED_MAX = 512;

    /** The error of an inner product falls with the root of the width; 3 x 4096 cells take 48 KiB. */
    private static final int WIDTH = 4096;

    private static final int DEPTH = 3;
    private static final long[] SEEDS = {0x9E3779B97F4A7C15L, 0xC2B2AE3D27D4EB4FL, 0x165667B19E3779F9L};

    /** Of the least busy key that is tracked; a key must be twice as busy to take its place, or they would change all the time. */
    private static final double BUSIER = 2;

    /** Standard deviations of an estimate. What chance has put above this is too little to matter. */
    private static final double OUTSTANDING = 5;

    private final Map<RowId, Double> tracked = new HashMap<>();
    private float @Nullable [] cells;
    private double total;
    private double least;

    public void add(RowId key) {
        total++;
        float[] sketch = cells;
        if (sketch != null) {
            put(sketch, key, 1);
        }
        if (tracked.containsKey(key)) {
            tracked.merge(key, 1.0, Double::sum);
        } else if (tracked.size() < TRACKED_MAX) {
            tracked.put(key, sketch == null ? 1.0 : estimate(sketch, key));
        } else if (sketch == null) {
            begin(key);
        } else if (estimate(sketch, key) > BUSIER * least) {
            replaceLeast(sketch, key);
        }
    }

    /** Until now every key was counted. */
    private void begin(RowId first) {
        float[] sketch = new float[WIDTH * DEPTH];
        tracked.forEach((key, count) -> put(sketch, key, count));
        put(sketch, first, 1);
        cells = sketch;
        least = tracked.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    private void replaceLeast(float[] sketch, RowId busier) {
        RowId gone = null;
        double lowest = Double.MAX_VALUE;
        for (Map.Entry<RowId, Double> entry : tracked.entrySet()) {
            if (entry.getValue() < lowest) {
                lowest = entry.getValue();
                gone = entry.getKey();
            }
        }
        least = lowest;
        double now = estimate(sketch, busier);
        if (gone != null && now > BUSIER * lowest) {
            tracked.remove(gone);
            tracked.put(busier, now);
        }
    }

    /** What lies back counts half from now on. */
    public void halve() {
        total /= 2;
        least /= 2;
        tracked.replaceAll((key, count) -> count / 2);
        if (cells != null) {
            for (int i = 0; i < cells.length; i++) {
                cells[i] /= 2;
            }
        }
    }

    public KeySketch copy() {
        KeySketch copy = new KeySketch();
        copy.total = total;
        copy.tracked.putAll(tracked);
        copy.cells = cells == null ? null : cells.clone();
        return copy;
    }

    double total() {
        return total;
    }

    /** The keys that can be told from all others: every one while there are few, later those that stand out of the sketch's noise. */
    Set<RowId> outstanding() {
        double noise = cells == null ? 0 : Math.sqrt(Math.max(0, inner(this)) / WIDTH);
        return tracked.entrySet().stream()
                .filter(entry -> entry.getValue() > OUTSTANDING * noise)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How often a key was changed. */
    double count(RowId key) {
        Double counted = tracked.get(key);
        return counted != null ? counted : cells == null ? 0 : Math.max(0, estimate(cells, key));
    }

    /** Takes a key's changes out. */
    void take(RowId key, double count) {
        total -= count;
        tracked.remove(key);
        if (cells != null) {
            put(cells, key, -count);
        }
    }

    /** The sum over all keys of the product of both counts. */
    double inner(KeySketch other) {
        if (cells == null || other.cells == null) {
            KeySketch exact = cells == null ? this : other;
            KeySketch any = cells == null ? other : this;
            return exact.tracked.entrySet().stream()
                    .mapToDouble(entry -> entry.getValue() * any.count(entry.getKey()))
                    .sum();
        }
        double[] rows = new double[DEPTH];
        for (int i = 0; i < cells.length; i++) {
            rows[i / WIDTH] += (double) cells[i] * other.cells[i];
        }
        return median(rows[0], rows[1], rows[2]);
    }

    private static void put(float[] sketch, RowId key, double count) {
        for (int row = 0; row < DEPTH; row++) {
            long hash = hash(key, row);
            sketch[cell(hash, row)] += (float) (hash < 0 ? -count : count);
        }
    }

    private static double estimate(float[] sketch, RowId key) {
        double[] rows = new double[DEPTH];
        for (int row = 0; row < DEPTH; row++) {
            long hash = hash(key, row);
            rows[row] = hash < 0 ? -sketch[cell(hash, row)] : sketch[cell(hash, row)];
        }
        return median(rows[0], rows[1], rows[2]);
    }

    private static int cell(long hash, int row) {
        return row * WIDTH + (int) (hash & (WIDTH - 1));
    }

    /** The fingerprint is random already; each row of the sketch needs another function of it. */
    private static long hash(RowId key, int row) {
        long mixed = (key.high() ^ Long.rotateLeft(key.low(), 21 * (row + 1))) * SEEDS[row];
        return mixed ^ mixed >>> 29;
    }

    private static double median(double a, double b, double c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
