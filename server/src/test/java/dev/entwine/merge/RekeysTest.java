package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which rows are asked to get other ids, in courses of events that random schedules seldom meet. */
final class RekeysTest {
    private static final SiteId EAST = new SiteId("east");
    private static final SiteId WEST = new SiteId("west");
    private static final SiteId NORTH = new SiteId("north");
    private static final Table WORD = new Table(new TableId("public", "word"), List.of("id", "text"), List.of(0));
    private static final RekeyRules RULES =
            new RekeyRules(Map.of(WORD.id(), new RekeyRules.Rule(WORD, List.of(1), true)), Map.of());

    private final KeptItems outbox = new KeptItems();

    private Merger merger(Map<RowId, StoredRow> storedAtEast) {
        return new Merger(
                List.of(EAST, WEST, NORTH),
                table -> RowPolicy.latest(List.of(EAST, WEST, NORTH)),
                table -> ConstraintRule.DEFAULT,
                RULES,
                ScopeRules.NONE,
                outbox,
                WindowMemory.HEAP,
                2,
                Map.of(EAST, recovered(storedAtEast), WEST, recovered(Map.of()), NORTH, recovered(Map.of())));
    }

    private static Recovered recovered(Map<RowId, StoredRow> rows) {
        return new Recovered(new Position(1), Stamp.NONE, VersionVector.EMPTY, rows, Set.of(), List.of());
    }

    private static RowKey key(String id) {
        return new RowKey(WORD.id(), List.of(id));
    }

    private static Image row(String id, String text) {
        return Image.of(Cell.text(id), Cell.text(text));
    }

    private static boolean offer(
            Merger merger, SiteId site, long position, Operation operation, String id, @Nullable Image after) {
        Change change = new Change(WORD, key(id), operation, null, after);
        return merger.offer(new LogEntry.LocalTransaction(
                site, new Position(position), position, position, List.of(change), List.of()));
    }

    private static Contender insert(SiteId site, long position, Image image) {
        Position at = new Position(position);
        return new Contender(
                site,
                at,
                new Stamp(position),
                position,
                VersionVector.of(site, at),
                Operation.INSERT,
                null,
                image,
                false);
    }

    private static void assertThatNorthIsAskedFor(Merger merger, String from, String to) {
        assertThat(merger.rekeyRequest(NORTH).orElseThrow().rows())
                .containsExactly(new RekeyRequest.Wanted(WORD.id(), from, Optional.of(to), new Position(10)));
    }

    @Test
    void a_row_for_what_another_site_has_inserted_is_to_get_its_id() {
        Merger merger = merger(Map.of());
        assertThat(offer(merger, EAST, 10, Operation.INSERT, "7", row("7", "red")))
                .isTrue();
        assertThat(offer(merger, NORTH, 10, Operation.INSERT, "9", row("9", "red")))
                .isFalse();
        assertThatNorthIsAskedFor(merger, "9", "7");
    }

    @Test
    void so_is_one_for_what_two_others_had_in_conflict_when_the_engine_ended() {
        RowKey key = key("7");
        VersionVector both = VersionVector.of(EAST, new Position(10)).with(WEST, new Position(11));
        Contender east = insert(EAST, 10, row("7", "red"));
        Contender west = insert(WEST, 11, row("7", "red"));
        StoredRow stored = new StoredRow(WORD, key, both, new MergedRow(west, List.of(east, west)), false, List.of());
        Merger merger = merger(Map.of(key.id(), stored));
        assertThat(offer(merger, NORTH, 10, Operation.INSERT, "9", row("9", "red")))
                .as("before the others are taken as far as they were")
                .isFalse();
        assertThat(merger.rekeyRequest(NORTH)).isEmpty();
        assertThat(offer(merger, EAST, 10, Operation.INSERT, "7", row("7", "red")))
                .isTrue();
        assertThat(offer(merger, WEST, 11, Operation.INSERT, "7", row("7", "red")))
                .isTrue();
        assertThat(offer(merger, NORTH, 10, Operation.INSERT, "9", row("9", "red")))
                .isFalse();
        assertThatNorthIsAskedFor(merger, "9", "7");
    }

    @Test
    void a_row_that_came_again_under_an_id_that_was_deleted_keeps_it_to_itself_for_the_site_may_have_the_first_one() {
        Merger merger = merger(Map.of());
        assertThat(offer(merger, EAST, 5, Operation.INSERT, "7", row("7", "blue")))
                .isTrue();
        assertThat(offer(merger, EAST, 6, Operation.DELETE, "7", null)).isTrue();
        assertThat(offer(merger, EAST, 10, Operation.INSERT, "7", row("7", "red")))
                .isTrue();
        assertThat(offer(merger, NORTH, 10, Operation.INSERT, "9", row("9", "red")))
                .isTrue();
        assertThat(merger.rekeyRequest(NORTH)).isEmpty();
    }

    @Test
    void a_row_that_is_older_than_the_window_is_at_every_site() {
        Merger merger = merger(Map.of());
        assertThat(offer(merger, EAST, 10, Operation.UPDATE, "7", row("7", "red")))
                .isTrue();
        assertThat(offer(merger, NORTH, 10, Operation.INSERT, "9", row("9", "red")))
                .isTrue();
        assertThat(merger.rekeyRequest(NORTH)).isEmpty();
    }
}
