package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entwine.model.Cell;
import dev.entwine.model.Change;
import dev.entwine.model.Image;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Stamp;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.model.VersionVector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Courses of events that are too rare to leave to random schedules; the scenarios of {@code DESIGN.md}. */
final class MergerTest {
    private static final SiteId EAST = new SiteId("east");
    private static final SiteId WEST = new SiteId("west");
    private static final Table TABLE = new Table(new TableId("public", "t"), List.of("id", "a", "big"), List.of(0));
    private static final RowKey ROW = new RowKey(TABLE.id(), List.of("1"));
    private static final Cell LEFT_OUT = Cell.Absence.UNCHANGED;

    private final KeptItems outbox = new KeptItems();
    private Merger merger = merger(VersionVector.EMPTY);

    /** @param progress what west had applied before the merger began */
    private Merger merger(VersionVector progress) {
        return merger(progress, RowPolicy.earliest(List.of(EAST, WEST)), ScopeRules.NONE);
    }

    private Merger merger(VersionVector progress, Policy policy, ScopeRules scoping) {
        return new Merger(
                List.of(EAST, WEST),
                table -> policy,
                table -> ConstraintRule.DEFAULT,
                RekeyRules.NONE,
                scoping,
                outbox,
                WindowMemory.HEAP,
                1,
                Map.of(EAST, recovered(VersionVector.EMPTY), WEST, recovered(progress)));
    }

    private static Recovered recovered(VersionVector progress) {
        return new Recovered(new Position(1), Stamp.NONE, progress, Map.of(), Set.of(), List.of());
    }

    private static Image image(String a, Cell big) {
        return Image.of(Cell.text("1"), Cell.text(a), big);
    }

    private void local(SiteId site, long position, long time, Operation operation, @Nullable Image after) {
        local(site, position, time, ROW, operation, after);
    }

    private void local(SiteId site, long position, long time, RowKey row, Operation operation, @Nullable Image after) {
        Change change = new Change(TABLE, row, operation, null, after);
        assertThat(merger.offer(new LogEntry.LocalTransaction(
                        site, new Position(position), time, position, List.of(change), List.of())))
                .isTrue();
    }

    private void fence(SiteId site, long position) {
        merger.offer(new LogEntry.Fence(site, new Position(position), 1, "f"));
    }

    private void marker(SiteId site, long position, Batch.Commit commit) {
        assertThat(merger.offer(new LogEntry.Marker(
                        site,
                        new Position(position),
                        commit.message().epoch(),
                        commit.message().batch(),
                        commit.message().stamp(),
                        commit.message().acknowledged(),
                        commit.message().applied(),
                        commit.message().merged(),
                        commit.message().unlocked())))
                .isTrue();
    }

    private Batch planAll(SiteId target) {
        return planBehind(target, 0);
    }

    /** @param shown how many of the target's items its log has shown as dealt with */
    private Batch planBehind(SiteId target, int shown) {
        List<Item> concerned = outbox.all().stream()
                .filter(item -> item.concerns(target))
                .skip(shown)
                .toList();
        return merger.plan(target, concerned, outbox.nextTicket() - 1);
    }

    private static Batch.Commit commit(Batch batch) {
        assertThat(batch.next()).isInstanceOf(Batch.Write.class);
        batch.written(Overwritten.UNKNOWN);
        assertThat(batch.next()).isInstanceOf(Batch.Fence.class);
        batch.fenced();
        assertThat(batch.next()).isInstanceOf(Batch.Commit.class);
        return (Batch.Commit) batch.next();
    }

    private static VersionVector vector(SiteId site, long position) {
        return VersionVector.of(site, new Position(position));
    }

    @Test
    void a_change_made_with_the_other_one_applied_is_its_successor() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        Batch batch = planAll(WEST);
        Batch.Commit commit = commit(batch);
        merger.committed(batch, new Committed(1, 1));
        marker(WEST, 20, commit);
        local(WEST, 30, 50, Operation.UPDATE, image("y", Cell.text("big")));
        assertThat(merger.conflicts()).isZero();
    }

    @Test
    void a_batch_needs_no_fence_where_the_writers_of_what_it_replaced_are_known() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        fence(WEST, 5);
        Batch batch = planAll(WEST);
        batch.next();

        batch.written(new Overwritten(Set.of(1), false, Set.of()));
        assertThat(batch.next()).isInstanceOf(Batch.Commit.class);

        Batch unknown = planAll(WEST);
        unknown.next();
        unknown.written(new Overwritten(Set.of(1, 8), false, Set.of()));
        assertThat(unknown.next()).isInstanceOf(Batch.Fence.class);
    }

    @Test
    void a_row_that_came_after_it_was_not_found_to_be_deleted_has_not_seen_the_deletion() {
        local(EAST, 10, 10, Operation.DELETE, null);
        Batch batch = planAll(WEST);
        batch.next();
        batch.written(new Overwritten(Set.of(), true, Set.of(ROW.id())));
        batch.fenced();
        Batch.Commit commit = (Batch.Commit) batch.next();
        assertThat(commit.message().unlocked()).containsEntry(ROW.id(), Position.NONE);

        local(WEST, 15, 100, Operation.INSERT, image("x", Cell.text("big")));
        assertThat(merger.conflicts()).isEqualTo(1);
        merger.committed(batch, new Committed(1, 1));
        marker(WEST, 20, commit);
        local(WEST, 30, 200, Operation.UPDATE, image("y", Cell.text("big")));
        assertThat(merger.conflicts()).isEqualTo(2);
    }

    @Test
    void changes_made_without_each_other_are_one_conflict_with_one_id_at_both_sites() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        local(WEST, 10, 50, Operation.UPDATE, image("y", Cell.text("big")));
        assertThat(merger.conflicts()).isEqualTo(1);
        RowWrite east = commit(planAll(EAST)).rows().getFirst();
        RowWrite west = commit(planAll(WEST)).rows().getFirst();
        assertThat(east.image()).isEqualTo(west.image()).isEqualTo(image("y", Cell.text("big")));
        assertThat(east.vector()).isEqualTo(vector(EAST, 10).join(vector(WEST, 10)));
        assertThat(east.decisions().getFirst().id())
                .isEqualTo(west.decisions().getFirst().id());
    }

    @Test
    void a_decision_is_called_finished_once_both_logs_show_it_journaled_and_not_before() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        local(WEST, 11, 101, Operation.UPDATE, image("y", Cell.text("big")));
        Batch atEast = planAll(EAST);
        Batch.Commit east = commit(atEast);
        merger.committed(atEast, new Committed(1, 1));
        marker(EAST, 20, east);
        String id = east.rows().getFirst().decisions().getFirst().id();
        Batch atWest = planAll(WEST);
        Batch.Commit west = commit(atWest);
        assertThat(west.journaled()).isEmpty();
        merger.committed(atWest, new Committed(1, 1));
        marker(WEST, 21, west);
        assertThat(merger.wantsMarker(EAST)).isTrue();
        assertThat(((Batch.Commit) merger.plan(EAST, List.of(), outbox.nextTicket() - 1)
                                .next())
                        .journaled())
                .containsExactly(id);
        assertThat(((Batch.Commit) merger.plan(WEST, List.of(), outbox.nextTicket() - 1)
                                .next())
                        .journaled())
                .containsExactly(id);
    }

    @Test
    void a_row_that_was_overtaken_is_written_again_in_the_same_batch() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        Batch batch = planAll(WEST);
        batch.written(Overwritten.UNKNOWN);
        local(WEST, 10, 50, Operation.UPDATE, image("y", Cell.text("big")));
        fence(WEST, 20);
        batch.fenced();
        assertThat(batch.next()).isInstanceOf(Batch.Write.class);
        assertThat(commit(batch).rows())
                .singleElement()
                .satisfies(row -> assertThat(row.image()).isEqualTo(image("y", Cell.text("big"))));
    }

    @Test
    void the_marker_of_a_merged_row_carries_the_stamps_of_those_that_lost() {
        local(EAST, 10, 9000, Operation.UPDATE, image("x", Cell.text("big")));
        local(WEST, 10, 50, Operation.UPDATE, image("y", Cell.text("big")));
        assertThat(merger.plan(EAST, List.of(outbox.read(1)), 1).rows())
                .singleElement()
                .satisfies(row -> assertThat(row.stamp()).isEqualTo(new Stamp(50)));
        assertThat(commit(merger.plan(WEST, List.of(outbox.read(2)), 2))
                        .message()
                        .stamp())
                .isEqualTo(new Stamp(9000));
    }

    @Test
    void a_commit_that_lands_after_it_was_taken_for_lost_makes_the_next_batch_give_up() {
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        Batch.Commit lost = commit(planAll(WEST));
        merger.rewind(WEST, VersionVector.EMPTY);
        Batch again = planAll(WEST);
        again.written(Overwritten.UNKNOWN);
        marker(WEST, 20, lost);
        local(WEST, 30, 200, Operation.UPDATE, image("y", Cell.text("big")));
        fence(WEST, 40);
        again.fenced();
        assertThat(again.next()).isInstanceOf(Batch.GiveUp.class);
        Batch third = planAll(WEST);
        assertThat(third.next()).isInstanceOfSatisfying(Batch.Commit.class, commit -> {
            assertThat(commit.expected()).isEqualTo(vector(EAST, 10));
            assertThat(commit.rows()).isEmpty();
        });
    }

    @Test
    void a_row_inserted_behind_a_delete_that_found_nothing_is_what_the_next_update_left_unchanged() {
        local(WEST, 10, 50, Operation.DELETE, null);
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("of east")));
        Batch batch = planAll(WEST);
        fence(WEST, 20);
        Batch.Commit commit = commit(batch);
        assertThat(commit.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.image()).isNull());
        local(WEST, 30, 150, Operation.INSERT, image("y", Cell.text("of west")));
        merger.committed(batch, new Committed(1, 1));
        marker(WEST, 40, commit);
        local(WEST, 50, 160, Operation.UPDATE, image("z", LEFT_OUT));
        Batch east = planAll(EAST);
        assertThat(east.next())
                .isEqualTo(new Batch.Complete(List.of(new Batch.Missing(TABLE, ROW, WEST, new Position(50)))));
        east.completed(Map.of(new Batch.Missing(TABLE, ROW, WEST, new Position(50)), image("z", Cell.text("of west"))));
        assertThat(commit(east).rows())
                .singleElement()
                .satisfies(row -> assertThat(row.image()).isEqualTo(image("z", Cell.text("of west"))));
    }

    @Test
    void a_site_is_not_written_over_before_what_its_own_losing_version_left_out_was_read_there() {
        local(WEST, 10, 50, Operation.UPDATE, image("stands", Cell.text("of west")));
        local(EAST, 10, 100, Operation.UPDATE, image("lost", LEFT_OUT));
        Batch.Missing ofEast = new Batch.Missing(TABLE, ROW, EAST, new Position(10));
        Batch unread = planAll(EAST);
        assertThat(unread.next()).isEqualTo(new Batch.Complete(List.of(ofEast)));
        unread.completed(Map.of());
        assertThat(unread.next()).isInstanceOf(Batch.GiveUp.class);
        Batch elsewhere = planAll(WEST);
        elsewhere.completed(Map.of());
        assertThat(elsewhere.next()).as("where nothing is lost by it").isInstanceOf(Batch.Write.class);
        Batch read = planAll(EAST);
        read.completed(Map.of(ofEast, image("lost", Cell.text("of east"))));
        assertThat(commit(read)
                        .rows()
                        .getFirst()
                        .decisions()
                        .getFirst()
                        .arriving()
                        .image())
                .isEqualTo(image("lost", Cell.text("of east")));
    }

    @Test
    void a_version_that_has_lost_is_not_told_with_what_its_own_site_wrote_over_it() {
        local(WEST, 10, 50, Operation.UPDATE, image("stands", Cell.text("of west")));
        local(EAST, 10, 100, Operation.UPDATE, image("first", LEFT_OUT));
        local(EAST, 20, 110, Operation.UPDATE, image("second", Cell.text("new")));
        local(EAST, 30, 120, Operation.UPDATE, image("third", LEFT_OUT));
        Batch read = planAll(EAST);
        read.completed(Map.of(new Batch.Missing(TABLE, ROW, EAST, new Position(30)), image("third", Cell.text("new"))));
        assertThat(commit(read).rows().getFirst().decisions())
                .extracting(decision -> decision.arriving().image())
                .containsExactly(
                        image("first", LEFT_OUT), image("second", Cell.text("new")), image("third", Cell.text("new")));
    }

    @Test
    void what_was_read_of_a_row_that_its_site_had_changed_by_then_is_not_the_older_version() {
        local(WEST, 10, 50, Operation.UPDATE, image("stands", Cell.text("of west")));
        local(EAST, 10, 100, Operation.UPDATE, image("first", LEFT_OUT));
        Batch east = planAll(EAST);
        local(EAST, 20, 110, Operation.UPDATE, image("second", LEFT_OUT));
        east.completed(Map.of(new Batch.Missing(TABLE, ROW, EAST, new Position(10)), image("x", Cell.text("read"))));
        assertThat(east.next()).isInstanceOf(Batch.GiveUp.class);
    }

    @Test
    void a_journal_that_was_written_while_a_site_could_not_be_asked_gets_the_value_later() {
        local(WEST, 10, 50, Operation.UPDATE, image("stands", Cell.text("of west")));
        local(EAST, 10, 100, Operation.UPDATE, image("lost", LEFT_OUT));
        Batch west = planAll(WEST);
        west.completed(Map.of());
        Batch.Commit without = commit(west);
        assertThat(arriving(without)).isEqualTo(image("lost", LEFT_OUT));
        merger.committed(west, new Committed(1, 1));
        marker(WEST, 20, without);
        assertThat(planAll(WEST).rows())
                .as("nothing more is known")
                .allSatisfy(row -> assertThat(row.decisions()).isEmpty());
        Batch east = planAll(EAST);
        east.completed(
                Map.of(new Batch.Missing(TABLE, ROW, EAST, new Position(10)), image("lost", Cell.text("of east"))));
        commit(east);
        assertThat(arriving(commit(planAll(WEST)))).isEqualTo(image("lost", Cell.text("of east")));
    }

    @Test
    void a_child_that_refers_elsewhere_by_now_restores_no_parent() {
        RowKey parent = new RowKey(TABLE.id(), List.of("2"));
        local(WEST, 10, 50, Operation.UPDATE, image("elsewhere", Cell.text("big")));
        local(EAST, 10, 100, Operation.UPDATE, image("lost", Cell.text("big")));
        local(EAST, 20, 110, parent, Operation.DELETE, null);
        Batch batch = planAll(WEST);
        Clash left = new Clash.Orphaned(
                "fk", List.of(1), List.of("2"), new Clash.Row(TABLE, ROW), new Clash.Row(TABLE, parent));
        Settlement settlement = merger.settle(batch, List.of(left), 77);
        merger.offer(new LogEntry.LocalTransaction(WEST, new Position(30), 120, 77, List.of(), List.of()));
        assertThat(settlement.outcome()).isEqualTo(Settlement.Outcome.PLAN_AGAIN);
        assertThat(merger.conflicts())
                .as("decisions: that between the two versions")
                .isOne();
    }

    @Test
    void who_has_seen_a_decision_between_rows_has_seen_what_the_site_had_applied_where_it_was_made() {
        RowKey before = new RowKey(TABLE.id(), List.of("9"));
        RowKey keeper = new RowKey(TABLE.id(), List.of("2"));
        Cell big = Cell.text("big");
        local(EAST, 10, 100, before, Operation.UPDATE, Image.of(Cell.text("9"), Cell.text("x"), big));
        Batch applied = planAll(WEST);
        Batch.Commit commit = commit(applied);
        merger.committed(applied, new Committed(1, 1));
        marker(WEST, 20, commit);
        local(WEST, 30, 300, Operation.INSERT, image("claimed", big));
        local(EAST, 20, 200, keeper, Operation.INSERT, Image.of(Cell.text("2"), Cell.text("claimed"), big));
        Clash claimed = new Clash.Claimed("u", List.of(1), new Clash.Row(TABLE, keeper), new Clash.Row(TABLE, ROW));
        Settlement settlement = merger.settle(planBehind(WEST, 1), List.of(claimed), 77);
        merger.offer(new LogEntry.LocalTransaction(WEST, new Position(40), 310, 77, List.of(), List.of()));
        assertThat(settlement.outcome()).isEqualTo(Settlement.Outcome.PLAN_AGAIN);
        assertThat(planBehind(WEST, 1).rows())
                .filteredOn(RowWrite::isMerged)
                .singleElement()
                .extracting(RowWrite::vector)
                .isEqualTo(vector(EAST, 10).with(WEST, new Position(40)));
    }

    private static @Nullable Image arriving(Batch.Commit commit) {
        return commit.rows().getFirst().decisions().getFirst().arriving().image();
    }

    @Test
    void nothing_is_planned_for_a_site_before_all_that_it_has_applied_was_taken_again() {
        merger = merger(vector(EAST, 20));
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        assertThat(merger.mayPlan(WEST)).isFalse();
        assertThatThrownBy(() -> planAll(WEST))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("site west has applied east=0/14");
        assertThat(merger.plan(WEST, List.of(), -1).next()).as("a heartbeat").isInstanceOf(Batch.Commit.class);
        local(EAST, 20, 200, Operation.UPDATE, image("y", Cell.text("big")));
        assertThat(merger.mayPlan(WEST)).isTrue();
        assertThat(planAll(WEST).rows()).as("west has both").isEmpty();
    }

    @Test
    void a_marker_waits_until_what_it_names_was_taken_from_the_other_log() {
        LogEntry.Marker marker = new LogEntry.Marker(
                WEST, new Position(20), 0, 1, Stamp.NONE, Position.NONE, vector(EAST, 10), Map.of(), Map.of());
        assertThat(merger.offer(marker)).isFalse();
        local(EAST, 10, 100, Operation.UPDATE, image("x", Cell.text("big")));
        assertThat(merger.offer(marker)).isTrue();
    }

    @Test
    void the_head_of_an_object_that_one_side_only_used_is_as_it_was_before_the_other_changed_it() {
        Table line = new Table(new TableId("public", "line"), List.of("id", "t"), List.of(0));
        ScopeRules objects = new ScopeRules(
                Set.of(),
                Map.of(
                        TABLE.id(), new ScopeRules.Part(TABLE, List.of(0)),
                        line.id(), new ScopeRules.Part(TABLE, List.of(1))));
        Image before = image("before", Cell.text("big"));
        Change head = new Change(TABLE, ROW, Operation.UPDATE, before, image("after", Cell.text("big")));
        Change part = new Change(
                line,
                new RowKey(line.id(), List.of("7")),
                Operation.INSERT,
                null,
                Image.of(Cell.text("7"), Cell.text("1")));
        for (List<SiteId> arrival : List.of(List.of(EAST, WEST), List.of(WEST, EAST))) {
            outbox.clear();
            merger = merger(VersionVector.EMPTY, RowPolicy.latest(List.of(EAST, WEST)), objects);
            for (SiteId site : arrival) {
                boolean changes = site.equals(EAST);
                merger.offer(new LogEntry.LocalTransaction(
                        site, new Position(10), changes ? 50 : 100, 10, List.of(changes ? head : part), List.of()));
            }
            // Nothing is looked up: west may have had the other change since, and then its table does not tell.
            Batch.Commit east = commit(planAll(EAST));
            assertThat(east.rows())
                    .filteredOn(row -> row.key().equals(ROW))
                    .singleElement()
                    .satisfies(row -> assertThat(row.image()).isEqualTo(before));
            assertThat(east.rows()).extracting(RowWrite::key).contains(part.key());
        }
    }
}
