package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.SiteId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RowPolicyTest {
    private static final List<SiteId> PRECEDENCE = List.of(new SiteId("west"), new SiteId("east"), new SiteId("north"));

    static List<Policy> policies() {
        return List.of(RowPolicy.latest(PRECEDENCE), RowPolicy.earliest(PRECEDENCE), RowPolicy.precedence(PRECEDENCE));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void of_three_concurrent_versions_the_same_one_stands_in_whatever_order_they_arrive(Policy policy) {
        for (long west = 1; west <= 3; west++) {
            for (long east = 1; east <= 3; east++) {
                for (long north = 1; north <= 3; north++) {
                    List<Contender> three = List.of(
                            Contenders.of("west", 10, west),
                            Contenders.of("east", 20, east),
                            Contenders.of("north", 30, north));
                    Set<Contender> standing = new HashSet<>();
                    permutations(three).forEach(order -> standing.add(standing(policy, order)));
                    assertThat(standing)
                            .as("%s with stamps %d, %d, %d", policy.name(), west, east, north)
                            .hasSize(1);
                }
            }
        }
    }

    private static Contender standing(Policy policy, List<Contender> order) {
        Contender result = order.getFirst();
        for (Contender arriving : order.subList(1, order.size())) {
            result = policy.decide(List.of(result, arriving), null).standing();
        }
        return result;
    }

    private static List<List<Contender>> permutations(List<Contender> of) {
        if (of.isEmpty()) {
            return List.of(List.of());
        }
        List<List<Contender>> result = new ArrayList<>();
        for (Contender first : of) {
            List<Contender> others = new ArrayList<>(of);
            others.remove(first);
            for (List<Contender> rest : permutations(others)) {
                List<Contender> order = new ArrayList<>(List.of(first));
                order.addAll(rest);
                result.add(order);
            }
        }
        return result;
    }

    @Test
    void there_are_six_orders_of_three() {
        assertThat(new HashSet<>(permutations(List.of(
                        Contenders.of("west", 1, 1), Contenders.of("east", 1, 1), Contenders.of("north", 1, 1)))))
                .hasSize(6);
    }

    @Test
    void the_later_stamp_stands_and_of_equal_ones_the_site_that_comes_first() {
        Policy latest = RowPolicy.latest(PRECEDENCE);
        assertThat(standing(latest, List.of(Contenders.of("west", 1, 5), Contenders.of("east", 1, 6))))
                .isEqualTo(Contenders.of("east", 1, 6));
        assertThat(standing(latest, List.of(Contenders.of("west", 1, 6), Contenders.of("east", 1, 5))))
                .isEqualTo(Contenders.of("west", 1, 6));
        assertThat(standing(latest, List.of(Contenders.of("east", 1, 5), Contenders.of("west", 1, 5))))
                .isEqualTo(Contenders.of("west", 1, 5));
        assertThat(standing(latest, List.of(Contenders.of("west", 1, 5), Contenders.of("east", 1, 5))))
                .isEqualTo(Contenders.of("west", 1, 5));
    }

    @Test
    void the_earlier_stamp_stands_and_of_equal_ones_the_site_that_comes_first() {
        Policy earliest = RowPolicy.earliest(PRECEDENCE);
        assertThat(standing(earliest, List.of(Contenders.of("west", 1, 5), Contenders.of("east", 1, 4))))
                .isEqualTo(Contenders.of("east", 1, 4));
        assertThat(standing(earliest, List.of(Contenders.of("east", 1, 5), Contenders.of("west", 1, 5))))
                .isEqualTo(Contenders.of("west", 1, 5));
        assertThat(standing(earliest, List.of(Contenders.of("west", 1, 5), Contenders.of("east", 1, 5))))
                .isEqualTo(Contenders.of("west", 1, 5));
    }

    @Test
    void the_site_that_comes_first_stands_whatever_the_stamps() {
        Policy precedence = RowPolicy.precedence(PRECEDENCE);
        assertThat(standing(precedence, List.of(Contenders.of("north", 1, 9), Contenders.of("east", 1, 1))))
                .isEqualTo(Contenders.of("east", 1, 1));
        assertThat(standing(precedence, List.of(Contenders.of("west", 1, 1), Contenders.of("east", 1, 9))))
                .isEqualTo(Contenders.of("west", 1, 1));
    }
}
