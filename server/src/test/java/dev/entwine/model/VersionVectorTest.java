package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws hold for all vectors over three sites whose positions are none, low, or so high that a signed number is negative. */
final class VersionVectorTest {
    private static final SiteId A = new SiteId("a");
    private static final SiteId B = new SiteId("b");
    private static final SiteId C = new SiteId("c");
    private static final List<VersionVector> ALL = all();

    private static List<VersionVector> all() {
        List<VersionVector> result = new ArrayList<>();
        long[] positions = {0, 7, -7};
        for (long a : positions) {
            for (long b : positions) {
                for (long c : positions) {
                    result.add(VersionVector.of(Map.of(A, new Position(a), B, new Position(b), C, new Position(c))));
                }
            }
        }
        return result;
    }

    @Test
    void covering_is_a_partial_order() {
        for (VersionVector x : ALL) {
            assertThat(x.covers(x)).isTrue();
            assertThat(x.covers(VersionVector.EMPTY)).isTrue();
            for (VersionVector y : ALL) {
                assertThat(x.covers(y) && y.covers(x)).isEqualTo(x.equals(y));
                for (VersionVector z : ALL) {
                    assertThat(!(x.covers(y) && y.covers(z)) || x.covers(z)).isTrue();
                }
            }
        }
    }

    @Test
    void covering_is_containing_each_component() {
        for (VersionVector x : ALL) {
            for (VersionVector y : ALL) {
                boolean each =
                        y.asMap().entrySet().stream().allMatch(entry -> x.contains(entry.getKey(), entry.getValue()));
                assertThat(x.covers(y)).isEqualTo(each);
            }
        }
    }

    @Test
    void the_join_is_the_least_vector_that_covers_both() {
        for (VersionVector x : ALL) {
            for (VersionVector y : ALL) {
                VersionVector both = x.join(y);
                assertThat(both.covers(x) && both.covers(y)).isTrue();
                assertThat(both).isEqualTo(y.join(x));
                for (VersionVector z : ALL) {
                    assertThat(!(z.covers(x) && z.covers(y)) || z.covers(both)).isTrue();
                    assertThat(both.join(z)).isEqualTo(x.join(y.join(z)));
                }
            }
        }
    }

    @Test
    void a_position_never_goes_back() {
        VersionVector high = VersionVector.of(A, new Position(-7));
        assertThat(high.with(A, new Position(7))).isSameAs(high);
        assertThat(high.with(B, Position.NONE)).isSameAs(high);
        assertThat(VersionVector.of(A, new Position(7)).with(A, new Position(-7)))
                .isEqualTo(high);
    }

    @Test
    void without_a_site_the_others_stay() {
        for (VersionVector x : ALL) {
            VersionVector rest = x.without(B);
            assertThat(rest.at(B)).isEqualTo(Position.NONE);
            assertThat(rest.at(A)).isEqualTo(x.at(A));
            assertThat(rest.at(C)).isEqualTo(x.at(C));
            assertThat(x.covers(rest)).isTrue();
        }
    }

    @Test
    void equal_vectors_have_equal_text_whatever_the_order_they_were_made_in() {
        VersionVector up =
                VersionVector.of(A, new Position(1)).with(B, new Position(2)).with(C, new Position(3));
        VersionVector down =
                VersionVector.of(C, new Position(3)).with(B, new Position(2)).with(A, new Position(1));
        assertThat(up).isEqualTo(down).hasSameHashCodeAs(down).hasToString("a=0/1,b=0/2,c=0/3");
        assertThat(VersionVector.EMPTY).hasToString("");
    }

    @Test
    void text_is_read_back_as_it_was() {
        for (VersionVector x : ALL) {
            assertThat(VersionVector.parse(x.toString())).isEqualTo(x);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {",", "a", "a=", "=0/1", "a=0/1,", ",a=0/1", "a=0/1 b=0/2", "a=0/1,,b=0/2", "A=0/1"})
    void text_that_no_vector_has_is_refused(String text) {
        assertThatThrownBy(() -> VersionVector.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
