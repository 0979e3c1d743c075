package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ImageTest {
    private static final Cell NULL = Cell.Absence.NULL;
    private static final Cell UNCHANGED = Cell.Absence.UNCHANGED;
    private static final Cell NOT_SENT = Cell.Absence.NOT_SENT;

    @Test
    void null_is_known_and_what_the_log_left_out_is_not() {
        assertThat(NULL.isKnown()).isTrue();
        assertThat(Cell.text("").isKnown()).isTrue();
        assertThat(UNCHANGED.isKnown()).isFalse();
        assertThat(NOT_SENT.isKnown()).isFalse();
        assertThat(Image.of(Cell.text("1"), NULL).isComplete()).isTrue();
        assertThat(Image.of(Cell.text("1"), UNCHANGED).isComplete()).isFalse();
        assertThat(Image.of(Cell.text("1"), NOT_SENT).isComplete()).isFalse();
    }

    @Test
    void only_unknown_cells_are_filled_and_only_with_known_ones() {
        Image newer = Image.of(Cell.text("new"), NULL, UNCHANGED, NOT_SENT, UNCHANGED);
        Image older = Image.of(Cell.text("old"), Cell.text("old"), Cell.text("old"), NULL, NOT_SENT);
        assertThat(newer.filledFrom(older))
                .isEqualTo(Image.of(Cell.text("new"), NULL, Cell.text("old"), NULL, UNCHANGED));
        assertThat(newer).as("itself").isEqualTo(Image.of(Cell.text("new"), NULL, UNCHANGED, NOT_SENT, UNCHANGED));
    }

    @Test
    void a_complete_image_stays_the_same() {
        Image complete = Image.of(Cell.text("1"), NULL);
        assertThat(complete.filledFrom(Image.of(Cell.text("2"), Cell.text("2"))))
                .isSameAs(complete);
    }

    @Test
    void known_columns_leave_out_what_the_log_did() {
        assertThat(Image.of(Cell.text("1"), UNCHANGED, NULL, NOT_SENT).knownColumns())
                .containsExactly(0, 2);
    }

    @Test
    void values_are_equal_by_their_bytes_and_the_empty_text_is_not_null() {
        Cell umlaut = Cell.value("ä".getBytes(StandardCharsets.UTF_8));
        assertThat(umlaut)
                .isEqualTo(Cell.text("ä"))
                .hasSameHashCodeAs(Cell.text("ä"))
                .hasToString("ä");
        assertThat(Cell.text("")).isNotEqualTo(NULL);
        assertThat(Image.of(Cell.text(""))).isNotEqualTo(Image.of(NULL));
    }
}
