package dev.entwine.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class KnownWritersTest {
    private final KnownWriters writers = new KnownWriters();

    @Test
    void nothing_is_known_before_a_horizon_but_what_was_named() {
        writers.add(7);

        assertThat(writers.knows(Set.of(7))).isTrue();
        assertThat(writers.knows(Set.of(7, 6))).isFalse();
        assertThat(writers.knows(Set.of(2))).isFalse();
        assertThat(writers.knowsAll(new TransactionSnapshot(8, Set.of()))).isFalse();
    }

    @Test
    void before_the_horizon_everything_is_known_and_after_it_what_was_named() {
        writers.add(9);
        writers.add(12);
        writers.passed(10);

        assertThat(writers.knows(Set.of(3, 9, 12))).isTrue();
        assertThat(writers.knows(Set.of(10))).isFalse();
        assertThat(writers.knowsAll(new TransactionSnapshot(13, Set.of(10, 11))))
                .isTrue();
        assertThat(writers.knowsAll(new TransactionSnapshot(13, Set.of(10)))).isFalse();
        assertThat(writers.knowsAll(new TransactionSnapshot(14, Set.of(10, 11))))
                .isFalse();
    }

    @Test
    void the_horizon_never_goes_back() {
        writers.passed(10);
        writers.passed(5);

        assertThat(writers.knows(Set.of(8))).isTrue();
    }

    @Test
    void numbers_wrap_around() {
        int late = -2; // the last but one before the numbers begin again at 3
        writers.passed(late);
        writers.add(3);
        TransactionSnapshot ended = TransactionSnapshot.parse("4294967294:4294967300:4294967294,4294967295");

        assertThat(ended.next()).isEqualTo(4);
        assertThat(writers.knows(Set.of(late - 1, 3))).isTrue();
        assertThat(writers.knows(Set.of(4))).isFalse();
        assertThat(writers.knowsAll(ended)).isTrue();
    }

    @Test
    void a_frozen_version_is_older_than_any_horizon() {
        writers.passed(Integer.MIN_VALUE + 5);

        assertThat(writers.knows(Set.of(1, 2))).isTrue();
    }

    @Test
    void a_lost_connection_leaves_nothing_known() {
        writers.add(12);
        writers.passed(10);
        writers.forget();

        assertThat(writers.knows(Set.of(12))).isFalse();
        assertThat(writers.knows(Set.of(5))).isFalse();
    }

    @Test
    void a_snapshot_is_read_as_the_server_prints_it() {
        assertThat(TransactionSnapshot.parse("733:740:733,738"))
                .isEqualTo(new TransactionSnapshot(740, Set.of(733, 738)));
        assertThat(TransactionSnapshot.parse("733:733:")).isEqualTo(new TransactionSnapshot(733, Set.of()));
        assertThat(TransactionSnapshot.parse("733:740:733,738").horizon()).isEqualTo(733);
        assertThatThrownBy(() -> TransactionSnapshot.parse("733:740"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("733:740");
    }
}
