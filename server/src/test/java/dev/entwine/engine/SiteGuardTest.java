package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.config.RateLimit;
import dev.entwine.db.HeldLog;
import dev.entwine.model.Change;
import dev.entwine.model.LogEntry.LocalTransaction;
import dev.entwine.model.Operation;
import dev.entwine.model.Position;
import dev.entwine.model.RowKey;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What one guard asks about, by times that the test gives. */
final class SiteGuardTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Table TABLE = new Table(new TableId("public", "t"), List.of("id"), List.of(0));

    private SiteGuard guard = new SiteGuard(new GuardLimits(
            table -> new RateLimit(10, Duration.ofMinutes(1)),
            new RateLimit(5, Duration.ofMinutes(1)),
            Optional.of(Duration.ofMinutes(5))));
    private long position;
    private int id;

    private LocalTransaction deletes(int rows, Duration at) {
        List<Change> changes = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            changes.add(new Change(
                    TABLE, new RowKey(TABLE.id(), List.of(Integer.toString(id++))), Operation.DELETE, null, null));
        }
        return new LocalTransaction(
                new SiteId("east"),
                new Position(++position),
                ChronoUnit.MICROS.between(Instant.EPOCH, NOW.plus(at)),
                7,
                changes,
                List.of());
    }

    /** Whether it is held; otherwise it is taken. */
    private boolean offer(LocalTransaction transaction, long conflicts) {
        boolean holds = guard.holds(transaction, NOW);
        if (!holds) {
            guard.taken(transaction, conflicts, NOW);
        }
        return holds;
    }

    private boolean offer(int rows, int seconds) {
        return offer(deletes(rows, Duration.ofSeconds(seconds)), 0);
    }

    private HeldLog held() {
        return guard.held().orElseThrow();
    }

    @Test
    void what_lies_back_for_longer_than_the_time_does_not_count() {
        assertThat(offer(10, 0)).isFalse();
        assertThat(offer(10, 62)).isFalse();
        assertThat(offer(0, 70)).isFalse();
        assertThat(offer(1, 70)).isTrue();
        assertThat(held().guards()).containsExactly("deletes public.t");
        assertThat(held().what()).isEqualTo("deletes of public.t: 11 rows within 60 s, the limit is 10");
    }

    @Test
    void an_answer_is_for_the_guard_that_asked_up_to_a_position_and_it_counts_anew() {
        LocalTransaction first = deletes(11, Duration.ZERO);
        assertThat(offer(first, 0)).isTrue();
        guard.allow(held(), new Position(2));
        assertThat(guard.held()).isEmpty();
        assertThat(offer(first, 0)).isFalse();
        assertThat(offer(20, 1)).as("committed before the answer").isFalse();
        assertThat(offer(10, 2)).isFalse();
        assertThat(offer(1, 3)).isTrue();
    }

    @Test
    void another_guard_asks_of_what_is_let_through() {
        assertThat(offer(11, 0)).isTrue();
        guard.allow(held(), new Position(9));
        assertThat(offer(11, 600)).isTrue();
        assertThat(held().guards()).containsExactly("clock");
    }

    @Test
    void what_an_engine_before_has_held_is_held_again_and_what_was_answered_is_not() {
        LocalTransaction one = deletes(1, Duration.ZERO);
        HeldLog before = new HeldLog(one.position(), List.of("deletes public.t"), "11 rows", NOW, Optional.empty());
        guard.recorded(List.of(before));
        assertThat(offer(one, 0)).isTrue();
        assertThat(held()).isEqualTo(before);

        guard = new SiteGuard(new GuardLimits(table -> RateLimit.OFF, RateLimit.OFF, Optional.empty()));
        guard.recorded(List.of(before));
        assertThat(offer(one, 0)).as("no such guard any more").isFalse();
    }

    @Test
    void conflicts_hold_what_comes_after_those_that_were_too_many() {
        assertThat(offer(deletes(1, Duration.ZERO), 5)).isFalse();
        assertThat(offer(deletes(1, Duration.ofSeconds(1)), 1)).isFalse();
        assertThat(offer(deletes(0, Duration.ofSeconds(1)), 0))
                .as("nothing to hold")
                .isFalse();
        assertThat(offer(deletes(1, Duration.ofSeconds(2)), 0)).isTrue();
        assertThat(held().what()).isEqualTo("conflicts: 6 within 60 s, the limit is 5");
        guard.allow(held(), new Position(position));
        assertThat(offer(1, 3)).isFalse();
    }

    @Test
    void a_clock_that_leaps_ahead_or_falls_back_is_asked_about_and_its_way_back_is_not() {
        assertThat(offer(1, 0)).isFalse();
        LocalTransaction ahead = deletes(1, Duration.ofSeconds(301));
        assertThat(offer(ahead, 0)).isTrue();
        assertThat(held().what()).startsWith("clock: a commit is 301 s ahead of the engine's clock");
        guard.allow(held(), ahead.position());
        assertThat(offer(ahead, 0)).isFalse();
        assertThat(offer(1, 1)).as("mended").isFalse();

        LocalTransaction back = deletes(1, Duration.ofMinutes(-5));
        assertThat(offer(back, 0)).isTrue();
        assertThat(held().what()).startsWith("clock: a commit is 301 s older than one before it in the same log");
        guard.allow(held(), back.position());
        assertThat(offer(back, 0)).isFalse();
        assertThat(offer(1, -299)).isFalse();
    }

    @Test
    void a_backlog_is_counted_by_the_times_at_which_it_was_committed() {
        for (int minutes = -600; minutes < 0; minutes += 2) {
            assertThat(offer(10, minutes * 60)).isFalse();
        }
    }
}
