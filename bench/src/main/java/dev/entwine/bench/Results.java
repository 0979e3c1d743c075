package dev.entwine.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was measured, pair by pair. Owned by the main thread. */
final class Results {
    private final Map<Measure, Map<String, List<Double>>> values = new LinkedHashMap<>();

    private final Map<String, String> failures = new LinkedHashMap<>();

    /** @param subject of whom this is the value in the current pair: a {@link Rival#label}, or one of those that {@link Measure} names */
    void add(Measure measure, String subject, double value) {
        values.computeIfAbsent(measure, key -> new LinkedHashMap<>())
                .computeIfAbsent(subject, key -> new ArrayList<>())
                .add(value);
    }

    /** Notes why a workload came to no end; what it has measured before that stays. */
    void fail(String workload, String reason) {
        failures.put(workload, reason);
    }

    /** By workload; none if both sites were equal after each round and nothing else went wrong. */
    Map<String, String> failures() {
        return failures;
    }

    /** In the order in which they came up. */
    List<Measure> measures() {
        return List.copyOf(values.keySet());
    }

    /** By subject, in the order of the pairs. */
    Map<String, List<Double>> of(Measure measure) {
        return values.getOrDefault(measure, Map.of());
    }

    Optional<Spread> spread(Measure measure, String subject) {
        return Optional.ofNullable(of(measure).get(subject)).map(Spread::of);
    }

    /** The median of one over that of another. */
    Optional<Double> ratio(Measure measure, String subject, String of) {
        return spread(measure, subject)
                .flatMap(one -> spread(measure, of).map(other -> one.median() / other.median()))
                .filter(Double::isFinite);
    }

    /** The median over the pairs of Entwine's value over the other's. */
    Optional<Double> pairRatio(Measure measure) {
        List<Double> entwine = of(measure).getOrDefault(Rival.ENTWINE.label(), List.of());
        List<Double> other = of(measure).getOrDefault(Rival.NATIVE.label(), List.of());
        if (entwine.isEmpty() || entwine.size() != other.size()) {
            return Optional.empty();
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < entwine.size(); i++) {
            ratios.add(entwine.get(i) / other.get(i));
        }
        return Optional.of(Spread.of(ratios).median()).filter(Double::isFinite);
    }
}
