package dev.entwine.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.entwine.model.RowId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forecast against what is known of the traffic, and against a count of collisions in traffic that is made up. */
final class ForecastTest {
    private static final List<List<Delays>> LATENCY = latency(2, 0.05);

    private static List<List<Delays>> latency(int sites, double seconds) {
        return Collections.nCopies(sites, Collections.nCopies(sites, Delays.of(seconds)));
    }

    @Test
    void the_formula_is_that_of_the_documents() {
        assertThat(Forecast.uniform(100, 10_000, 0.05, 2)).isEqualTo(0.5 * 100 * 100 * 0.05 / 10_000);
        assertThat(Forecast.uniform(90, 1_000, 0.1, 3)).isEqualTo(2.0 / 3 * 90 * 90 * 0.1 / 1_000, within(1e-12));
    }

    @Test
    void classes_of_uniform_keys_give_the_formula_back() {
        List<KeyClass> uniform = List.of(new KeyClass(10_000, List.of(50 / 1e4, 50 / 1e4)));
        assertThat(Forecast.perSecond(uniform, LATENCY))
                .isCloseTo(Forecast.uniform(100, 10_000, 0.05, 2), withPercentage(0.1));
        assertThat(Forecast.perSecond(List.of(new KeyClass(1e6, List.of(3e-5, 3e-5, 3e-5))), latency(3, 0.1)))
                .isCloseTo(Forecast.uniform(90, 1e6, 0.1, 3), withPercentage(0.1));
    }

    @Test
    void a_cut_makes_every_row_collide_that_both_change_and_no_more() {
        List<KeyClass> busy = List.of(new KeyClass(20, List.of(1.0, 1.0)));
        Forecast.Cut hour = Forecast.cut(busy, 3600);
        assertThat(hour.rows()).isCloseTo(20, within(1e-6));
        assertThat(hour.collisions()).isCloseTo(2 * 20 * 3600, withPercentage(0.1));
        List<KeyClass> rare = List.of(new KeyClass(1e6, List.of(1e-6, 1e-6)));
        Forecast.Cut minute = Forecast.cut(rare, 60);
        assertThat(minute.rows()).isCloseTo(1e6 * 60e-6 * 60e-6, withPercentage(0.1));
        assertThat(minute.collisions()).isCloseTo(minute.rows(), withPercentage(0.1));
        assertThat(Forecast.cut(List.of(new KeyClass(5, List.of(1.0, 0.0))), 60).rows())
                .isCloseTo(0, within(1e-9));
    }

    /** Few keys are counted exactly, very many are not: both forecasts are to be right. */
    @ParameterizedTest
    @ValueSource(ints = {40, 2_000, 20_000})
    void a_sketch_of_uniform_keys_tells_how_often_they_meet(int keys) {
        SplittableRandom random = new SplittableRandom(keys);
        Made made = make(keys / 10_000.0, () -> random.nextInt(keys));
        assertThat(made.observed()).isGreaterThan(1_000);
        assertThat(made.expected()).isCloseTo(made.observed(), withPercentage(10));
    }

    @Test
    void a_sketch_of_skewed_keys_tells_how_often_they_meet() {
        SplittableRandom random = new SplittableRandom(99);
        double[] cumulative = zipf(50_000, 0.99);
        Made made = make(0.05, () -> {
            int found = Arrays.binarySearch(cumulative, random.nextDouble());
            return found < 0 ? -found - 1 : found;
        });
        assertThat(made.observed()).isGreaterThan(1_000);
        assertThat(made.expected()).isCloseTo(made.observed(), withPercentage(15));
    }

    @Test
    void delays_that_are_seldom_long_make_busy_rows_collide_less_than_their_mean_would() {
        Delays.Gathering gathering = new Delays.Gathering();
        for (int i = 0; i < 1_000; i++) {
            gathering.add(i % 10 == 0 ? 1.0 : 0.001);
        }
        Delays delays = gathering.delays();
        assertThat(delays.meanSeconds()).isCloseTo(0.1009, within(1e-9));
        assertThat(delays.met(0.01)).isCloseTo(0.01 * 0.1009, withPercentage(1));
        assertThat(delays.met(100)).isCloseTo(0.1 + 0.9 * -Math.expm1(-0.1), within(1e-6));
        gathering.halve();
        assertThat(gathering.delays()).isEqualTo(delays);
    }

    @Test
    void what_is_halved_forecasts_the_same() {
        KeySketch one = new KeySketch();
        KeySketch other = new KeySketch();
        for (int i = 0; i < 5_000; i++) {
            one.add(row(i % 1_000));
            other.add(row(i % 1_000));
        }
        double before = Forecast.perSecond(KeyClasses.of(List.of(one, other), 100), LATENCY);
        one.halve();
        other.halve();
        assertThat(Forecast.perSecond(KeyClasses.of(List.of(one, other), 50), LATENCY))
                .isCloseTo(before, withPercentage(1));
    }

    private static RowId row(int key) {
        SplittableRandom random = new SplittableRandom(key);
        return new RowId(random.nextLong(), random.nextLong());
    }

    private static double[] zipf(int keys, double exponent) {
        double[] cumulative = new double[keys];
        double sum = 0;
        for (int i = 0; i < keys; i++) {
            sum += Math.pow(i + 1, -exponent);
            cumulative[i] = sum;
        }
        for (int i = 0; i < keys; i++) {
            cumulative[i] /= sum;
        }
        return cumulative;
    }

    private record Made(double expected, double observed) {}

    private record Event(double at, int site, int key) {}

    /** Changes at random times; one collides when the other site has changed the key within the latency before it. */
    private static Made make(double latency, IntSupplier keys) {
        double seconds = 600;
        int changes = 60_000;
        SplittableRandom random = new SplittableRandom(1);
        KeySketch[] sketches = {new KeySketch(), new KeySketch()};
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 2 * changes; i++) {
            events.add(new Event(random.nextDouble() * seconds, i % 2, keys.getAsInt()));
        }
        events.sort(Comparator.comparingDouble(Event::at));
        Map<Integer, Double> last0 = new HashMap<>();
        Map<Integer, Double> last1 = new HashMap<>();
        double observed = 0;
        for (Event event : events) {
            sketches[event.site()].add(row(event.key()));
            double other = (event.site() == 0 ? last1 : last0).getOrDefault(event.key(), -1.0);
            observed += other >= 0 && event.at() - other < latency ? 1 : 0;
            (event.site() == 0 ? last0 : last1).put(event.key(), event.at());
        }
        double expected = Forecast.perSecond(KeyClasses.of(List.of(sketches), seconds), latency(2, latency)) * seconds;
        return new Made(expected, observed);
    }
}
