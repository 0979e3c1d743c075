package dev.entwine.testkit.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class DecodedLineTest {
    private static Change read(String line) {
        return DecodedLine.read(line).orElseThrow();
    }

    private static Optional<Image> image(Map<String, String> cells) {
        return Optional.of(new Image(new TreeMap<>(cells)));
    }

    @Test
    void quotes_blanks_brackets_and_what_looks_like_the_form_itself_are_read_as_values() {
        String text = "it''s new-tuple: id[integer]:2 ]: \\\n unchanged-toast-datum null";
        assertThat(read("table public.t: INSERT: id[integer]:1 tag[text]:'" + text
                        + "' at[timestamp with time zone]:'x'" + " \"odd [\"\"name\"[text[]]:'{a}' v[text]:null"))
                .isEqualTo(new Change(
                        new RowId("t", "1"),
                        image(Map.of("id", "1", "tag", text.replace("''", "'"), "at", "x", "odd [\"name", "{a}")),
                        Set.of()));
    }

    @Test
    void of_an_update_the_new_row_counts_and_what_was_left_out_is_named() {
        assertThat(read("table public.t: UPDATE: old-key: id[text]:'a new-tuple: ' tag[text]:'x' new-tuple:"
                        + " id[text]:'a' tag[text]:'' body[text]:unchanged-toast-datum n[bigint]:-5"))
                .isEqualTo(new Change(
                        new RowId("t", "a"), image(Map.of("id", "a", "tag", "", "n", "-5")), Set.of("body")));
        assertThat(read("table public.\"T t\": UPDATE: id[text]:'a' tag[text]:'y'"))
                .isEqualTo(new Change(new RowId("T t", "a"), image(Map.of("id", "a", "tag", "y")), Set.of()));
    }

    @Test
    void deletes_have_a_key_and_other_schemas_are_left_alone() {
        assertThat(read("table public.t: DELETE: id[integer]:1"))
                .isEqualTo(new Change(new RowId("t", "1"), Optional.empty(), Set.of()));
        assertThat(DecodedLine.read("table entwine.progress: UPDATE: source[text]:'east'"))
                .isEmpty();
        assertThatThrownBy(() -> read("table public.t: DELETE: (no-tuple-data)"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(no-tuple-data)");
        assertThatThrownBy(() -> read("table public.t: INSERT: id[integer]:1 tag[text]:'x"))
                .hasMessageContaining("without an end");
    }
}
