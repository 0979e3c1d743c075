package dev.entwine.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What has become of columns, told by their order; a point stands for a column that was dropped. */
final class ColumnHistoryTest {
    @ParameterizedTest
    @CsvSource({
        "id a b,      id a b,     id a b", // nothing has happened
        "id a b,      id a b c d, id a b", // added
        "id a b,      id . b,     id . b", // dropped
        "id a b,      id a .,     id a .",
        "id a b,      id . .,     id . .",
        "id a b,      id . b c,   id . b", // dropped, and another one added behind
        "id a b,      id x b,     id x b", // renamed
        "id a b,      id a x,     id a x",
        "id a b,      id x y,     id x y",
        "id a b,      key a b,    key a b",
        "id a b,      id a x c,   id a x", // renamed, and another one added
        "id b,        id . b,     id b", // dropped before
        "id b,        id . x b,   ?", // renamed and dropped, in an unknown order
        "id a,        id . x,     ?", // dropped and added, or dropped before and renamed
        "id a b c,    id . x c,   ?",
        "id a b c,    id x . c,   ?",
        "id a,        id b a,     ?", // a new one in between: cannot be
        "id a b,      id b a,     ?", // exchanged
        "id a,        id,         ?"
    })
    void columns_are_followed_by_their_places(String then, String now, String expected) {
        ColumnHistory history = new ColumnHistory(names(now));
        assertThat(history.since(List.of(then.split(" ", -1))))
                .isEqualTo(expected.equals("?") ? Optional.empty() : Optional.of(names(expected)));
    }

    private static List<Optional<String>> names(String text) {
        return Stream.of(text.split(" ", -1))
                .map(name -> name.equals(".") ? Optional.<String>empty() : Optional.of(name))
                .toList();
    }
}
