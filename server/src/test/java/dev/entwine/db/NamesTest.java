package dev.entwine.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NamesTest {
    @Test
    void a_plain_database_name_is_kept_in_the_name_of_its_slot() {
        assertThat(Names.slot("shop_2")).isEqualTo("entwine_shop_2");
    }

    @Test
    void databases_whose_names_had_to_be_changed_or_cut_never_share_a_slot() {
        List<String> slots = List.of(
                Names.slot("shop-1"),
                Names.slot("shop_1"),
                Names.slot("Shop_1"),
                Names.slot("s".repeat(63)),
                Names.slot("s".repeat(62) + "t"));
        assertThat(slots).doesNotHaveDuplicates().allMatch(slot -> slot.matches("entwine_[a-z0-9_]{1,55}"));
    }

    @Test
    void names_and_texts_are_quoted_whatever_they_hold() {
        assertThat(Identifiers.quote(new TableId("a\"b", "C d"))).isEqualTo("\"a\"\"b\".\"C d\"");
        assertThat(Identifiers.literal("it's")).isEqualTo("'it''s'");
    }
}
