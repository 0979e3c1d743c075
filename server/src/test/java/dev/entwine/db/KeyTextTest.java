package dev.entwine.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyTextTest {
    @ParameterizedTest
    @CsvSource({
        "1.00, 1",
        "1.0, 1",
        "1, 1",
        "100, 100",
        "100.0, 100",
        "0.00, 0",
        "-1.50, -1.5",
        "0.001, 0.001",
        "NaN, NaN",
        "-Infinity, -Infinity"
    })
    void decimal_zeros_of_a_number_do_not_count(String text, String canonical) {
        assertThat(KeyText.NUMERIC.canonical(text)).isEqualTo(canonical);
    }

    @Test
    void blanks_at_the_end_count_for_text_and_not_for_padded_characters() {
        assertThat(KeyText.BLANK_PADDED.canonical(" a b  ")).isEqualTo(" a b");
        assertThat(KeyText.BLANK_PADDED.canonical("   ")).isEmpty();
        assertThat(KeyText.EXACT.canonical("a ")).isEqualTo("a ");
    }

    @Test
    void minus_zero_is_zero() {
        assertThat(KeyText.FLOAT.canonical("-0")).isEqualTo("0");
        assertThat(KeyText.FLOAT.canonical("-0.5")).isEqualTo("-0.5");
    }

    @Test
    void case_does_not_count_for_citext() {
        assertThat(KeyText.CASELESS.canonical("Änne")).isEqualTo("änne");
    }

    @ParameterizedTest
    @CsvSource({
        "1 mon, 30 days 00:00:00",
        "1 year 2 mons 3 days 04:05:06.789, 423 days 04:05:06.789",
        "24:00:00, 1 days 00:00:00",
        "1 day -01:00:00, 0 days 23:00:00",
        "-1 days +23:00:00, -0 days -01:00:00",
        "-00:00:00.5, -0 days -00:00:00.5",
        "00:00:00, 0 days 00:00:00",
        "-178000000 years, -64080000000 days -00:00:00",
        "-infinity, -infinity"
    })
    void intervals_that_are_equal_have_one_text(String text, String canonical) {
        assertThat(KeyText.INTERVAL.canonical(text)).isEqualTo(canonical);
    }

    @Test
    void an_interval_in_another_style_is_refused() {
        assertThatThrownBy(() -> KeyText.INTERVAL.canonical("P1Y")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> KeyText.INTERVAL.canonical("1 fortnight"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fortnight");
    }

    @ParameterizedTest
    @ValueSource(ints = {3802, 1231, 3906, 2249})
    void types_whose_equal_values_differ_in_text_in_ways_not_known_here_are_refused(int typeOid) {
        assertThat(KeyText.ofBuiltIn(typeOid)).isEmpty();
    }

    @Test
    void types_are_known_by_number_and_by_name() {
        assertThat(KeyText.ofBuiltIn(1700)).contains(KeyText.NUMERIC);
        assertThat(KeyText.ofNamed("numeric")).contains(KeyText.NUMERIC);
        assertThat(KeyText.ofBuiltIn(23)).contains(KeyText.EXACT);
        assertThat(KeyText.ofNamed("mood")).contains(KeyText.EXACT);
    }
}
