package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PositionTest {
    @ParameterizedTest
    @CsvSource({
        "0/0,0",
        "0/1A2B,6699",
        "16/B374D848,97500059720",
        "FFFFFFFF/FFFFFFFF,-1",
        "80000000/0,-9223372036854775808"
    })
    void a_position_is_written_and_read_as_the_server_does(String text, long value) {
        assertThat(new Position(value)).hasToString(text);
        assertThat(Position.parse(text)).isEqualTo(new Position(value));
    }

    @Test
    void lower_case_digits_mean_the_same() {
        assertThat(Position.parse("16/b374d848")).isEqualTo(Position.parse("16/B374D848"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "16", "/1", "1/", "100000000/0", "0/100000000", "0/-1", "g/0", "1/2/3", " 0/1", "0/1 "})
    void anything_else_is_refused(String text) {
        assertThatThrownBy(() -> Position.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_order_is_that_of_unsigned_numbers() {
        Position low = new Position(1);
        Position middle = new Position(Long.MAX_VALUE);
        Position high = new Position(-1);
        assertThat(List.of(high, low, middle).stream().sorted().toList()).containsExactly(low, middle, high);
        assertThat(high.isAfter(middle)).isTrue();
        assertThat(middle.isAfter(middle)).isFalse();
        assertThat(Position.max(high, low)).isEqualTo(high);
        assertThat(Position.max(low, high)).isEqualTo(high);
    }

    @Test
    void next_and_previous_leave_no_gap_and_nothing_lies_before_none() {
        Position highest = new Position(Long.MAX_VALUE);
        assertThat(highest.next().previous()).isEqualTo(highest);
        assertThat(highest.next().isAfter(highest)).isTrue();
        assertThatThrownBy(Position.NONE::previous).isInstanceOf(IllegalStateException.class);
    }
}
