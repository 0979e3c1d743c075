package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StampTest {
    @Test
    void a_clock_that_moves_on_is_followed() {
        assertThat(new Stamp(100).tick(250)).isEqualTo(new Stamp(250));
    }

    @Test
    void a_clock_that_stands_or_runs_back_does_not_stop_stamps_from_growing() {
        assertThat(new Stamp(100).tick(100)).isEqualTo(new Stamp(101));
        assertThat(new Stamp(100).tick(-5)).isEqualTo(new Stamp(101));
    }

    @Test
    void the_greater_of_two_is_the_later() {
        assertThat(Stamp.max(new Stamp(1), new Stamp(2))).isEqualTo(new Stamp(2));
        assertThat(Stamp.max(new Stamp(2), new Stamp(1))).isEqualTo(new Stamp(2));
        assertThat(new Stamp(1)).isLessThan(new Stamp(2)).hasToString("1970-01-01T00:00:00.000001Z");
    }
}
