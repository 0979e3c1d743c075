package dev.entwine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RowIdTest {
    private static final TableId ACCOUNT = new TableId("public", "account");

    /** These ids stand in the logs and tables of running installations. */
    @Test
    void the_fingerprint_never_changes() {
        assertThat(RowId.of(ACCOUNT, List.of("7"))).hasToString("dd3dcdf3e311e5e2aded57e3676c30f3");
        assertThat(RowId.of(new TableId("public", "t"), List.of("a", "b")))
                .hasToString("394d44cab2284b5bca5b56ee284e3cf4");
    }

    @Test
    void text_is_read_back_with_its_leading_zeros_and_high_bits() {
        for (RowId id : List.of(new RowId(0, 0), new RowId(-1, 1), new RowId(1, Long.MIN_VALUE))) {
            assertThat(id.toString()).hasSize(32);
            assertThat(RowId.parse(id.toString())).isEqualTo(id);
        }
    }

    @Test
    void text_of_another_length_or_with_other_signs_is_refused() {
        for (String text : List.of("", "0".repeat(31), "0".repeat(33), "g".repeat(32))) {
            assertThatThrownBy(() -> RowId.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void where_one_text_ends_and_the_next_begins_matters() {
        assertThat(List.of(
                        RowId.of(ACCOUNT, List.of("ab", "c")),
                        RowId.of(ACCOUNT, List.of("a", "bc")),
                        RowId.of(ACCOUNT, List.of("abc")),
                        RowId.of(ACCOUNT, List.of("abc", "")),
                        RowId.of(new TableId("publi", "caccount"), List.of("abc"))))
                .doesNotHaveDuplicates();
    }

    @Test
    void rows_are_equal_when_their_fingerprints_are() {
        RowKey key = new RowKey(ACCOUNT, List.of("7"));
        assertThat(key).isEqualTo(new RowKey(ACCOUNT, List.of("7"))).isNotEqualTo(new RowKey(ACCOUNT, List.of("8")));
        assertThat(key.id()).isEqualTo(RowId.of(ACCOUNT, List.of("7")));
    }
}
