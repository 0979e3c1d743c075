package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.Operation;
import dev.entwine.model.RowKey;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FoldTest {
    private static final Table TABLE = new Table(new TableId("public", "t"), List.of("id", "a", "big"), List.of(0));
    private static final Cell LEFT_OUT = Cell.Absence.UNCHANGED;

    private static Image image(String key, String a, Cell big) {
        return Image.of(Cell.text(key), Cell.text(a), big);
    }

    private static Change change(String key, Operation operation, @Nullable Image before, @Nullable Image after) {
        return new Change(TABLE, new RowKey(TABLE.id(), List.of(key)), operation, before, after);
    }

    private static Change insert(String key, String a) {
        return change(key, Operation.INSERT, null, image(key, a, Cell.text("big" + a)));
    }

    private static Change update(String key, String from, String to, Cell big) {
        return change(key, Operation.UPDATE, image(key, from, Cell.text("old")), image(key, to, big));
    }

    private static Change delete(String key, String from) {
        return change(key, Operation.DELETE, image(key, from, Cell.text("old")), null);
    }

    @Test
    void changes_of_different_rows_stay_as_they_are_and_in_order() {
        List<Change> changes = List.of(insert("2", "x"), update("1", "x", "y", LEFT_OUT), delete("3", "x"));
        assertThat(Fold.net(changes)).containsExactlyElementsOf(changes);
    }

    @Test
    void an_insert_and_updates_are_an_insert_of_what_came_out() {
        assertThat(Fold.net(List.of(insert("1", "x"), update("1", "x", "y", LEFT_OUT))))
                .containsExactly(change("1", Operation.INSERT, null, image("1", "y", Cell.text("bigx"))));
    }

    @Test
    void updates_are_one_update_from_the_first_before_to_the_last_after() {
        assertThat(Fold.net(List.of(update("1", "x", "y", Cell.text("new")), update("1", "y", "z", LEFT_OUT))))
                .containsExactly(change(
                        "1", Operation.UPDATE, image("1", "x", Cell.text("old")), image("1", "z", Cell.text("new"))));
    }

    @Test
    void what_no_change_sent_stays_left_out() {
        assertThat(Fold.net(List.of(update("1", "x", "y", LEFT_OUT), update("1", "y", "z", LEFT_OUT))))
                .containsExactly(
                        change("1", Operation.UPDATE, image("1", "x", Cell.text("old")), image("1", "z", LEFT_OUT)));
    }

    @Test
    void a_row_made_and_deleted_again_was_never_there() {
        assertThat(Fold.net(List.of(insert("1", "x"), insert("2", "x"), delete("1", "x"))))
                .containsExactly(insert("2", "x"));
    }

    @Test
    void an_update_and_a_delete_are_a_delete_of_the_row_as_it_was() {
        assertThat(Fold.net(List.of(update("1", "x", "y", LEFT_OUT), delete("1", "y"))))
                .containsExactly(delete("1", "x"));
    }

    @Test
    void a_row_deleted_and_made_again_is_an_update_that_keeps_nothing() {
        assertThat(Fold.net(List.of(delete("1", "x"), insert("1", "y"))))
                .containsExactly(change(
                        "1", Operation.UPDATE, image("1", "x", Cell.text("old")), image("1", "y", Cell.text("bigy"))));
    }

    @Test
    void a_row_made_deleted_and_made_again_is_an_insert() {
        assertThat(Fold.net(List.of(insert("1", "x"), delete("1", "x"), insert("1", "y"))))
                .containsExactly(insert("1", "y"));
    }
}
