package dev.entwine.forecast;

import java.util.ArrayList;
import java.util.List;

/**
 * How long changes of one site were not seen at another one, as a distribution: where it is often short and seldom long, a row that is
 * changed all the time collides less often than with the mean, for it can collide but once with each change.
 *
 * @param parts of all changes, each with its own mean time; none when nothing has come
 */
public record Delays(List<Part> parts) {
    public static final Delays NONE = new Delays(List.of());

    public Delays {
        parts = List.copyOf(parts);
    }

    /** @param share of all, from 0 to 1 */
    public record Part(double share, double seconds) {}

    /** Always the same. */
    public static Delays of(double seconds) {
        return new Delays(List.of(new Part(1, seconds)));
    }

    public double meanSeconds() {
        return parts.stream().mapToDouble(part -> part.share() * part.seconds()).sum();
    }

    /** The probability that a change meets one that it has not seen, of a key that is changed so often at the other site. */
    double met(double rate) {
        return parts.stream()
                .mapToDouble(part -> part.share() * -Math.expm1(-rate * part.seconds()))
                .sum();
    }

    /** Gathers them in classes of which each is twice as long as the one before. Not thread-safe. */
    public static final class Gathering {
        private static final double FIRST_SECONDS = 2.5e-4;
        private static final int CLASSES = 32;

        private final double[] counts = new double[CLASSES];
        private final double[] sums = new double[CLASSES];

        public void add(double seconds) {
            int index = seconds <= FIRST_SECONDS ? 0 : 1 + Math.getExponent(seconds / FIRST_SECONDS);
            counts[Math.min(CLASSES - 1, index)]++;
            sums[Math.min(CLASSES - 1, index)] += seconds;
        }

        /** What lies back counts half from now on. */
        public void halve() {
            for (int i = 0; i < CLASSES; i++) {
                counts[i] /= 2;
                sums[i] /= 2;
            }
        }

        public Delays delays() {
            double all = 0;
            for (double count : counts) {
                all += count;
            }
            List<Part> parts = new ArrayList<>();
            for (int i = 0; i < CLASSES; i++) {
                if (counts[i] > 0) {
                    parts.add(new Part(counts[i] / all, sums[i] / counts[i]));
                }
            }
            return new Delays(parts);
        }
    }
}
