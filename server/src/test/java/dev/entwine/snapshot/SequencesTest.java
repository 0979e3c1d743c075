package dev.entwine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.db.Catalog.Sequence;
import dev.entwine.model.TableId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SequencesTest {
    @Test
    void a_sequence_moves_by_whole_steps_to_the_first_place_that_is_not_behind() {
        assertThat(Sequences.next(sequence(2, 1), Optional.of(20L))).contains(21L);
        assertThat(Sequences.next(sequence(2, 0), Optional.of(20L))).contains(20L);
        assertThat(Sequences.next(sequence(1, 0), Optional.of(1L))).contains(1L);
    }

    @Test
    void a_sequence_that_is_ahead_runs_backwards_or_cannot_be_seen_stays() {
        assertThat(Sequences.next(sequence(2, 21), Optional.of(20L))).isEmpty();
        assertThat(Sequences.next(sequence(1, 20), Optional.of(20L))).isEmpty();
        assertThat(Sequences.next(sequence(-1, -5), Optional.of(-9L))).isEmpty();
        assertThat(Sequences.next(sequence(1, 0), Optional.empty())).isEmpty();
        Sequence unseen = new Sequence(new TableId("public", "s"), "id", 1, Optional.empty());
        assertThat(Sequences.next(unseen, Optional.of(9L))).isEmpty();
    }

    private static Sequence sequence(long increment, long at) {
        return new Sequence(new TableId("public", "s"), "id", increment, Optional.of(at));
    }
}
