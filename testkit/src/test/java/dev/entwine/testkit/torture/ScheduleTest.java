package dev.entwine.testkit.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.testkit.torture.Schedule.Kind;
import dev.entwine.testkit.torture.Schedule.Planned;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final List<String> SITES = List.of("east", "west");

    @Test
    void a_seed_draws_the_same_again_and_another_one_something_else() {
        assertThat(Schedule.draw(7, 60, SITES)).isEqualTo(Schedule.draw(7, 60, SITES));
        assertThat(Schedule.draw(7, 60, SITES)).isNotEqualTo(Schedule.draw(8, 60, SITES));
    }

    @Test
    void every_kind_comes_and_all_end_in_time() {
        Schedule schedule = Schedule.draw(7, 300, SITES);
        assertThat(schedule.faults().stream().map(Planned::kind)).contains(Kind.values());
        assertThat(schedule.faults()).allMatch(fault -> fault.atMillis() + fault.millis() <= 300_000);
    }

    @Test
    void faults_overlap_in_more_than_a_third_of_the_runs() {
        long overlapping = LongStream.range(0, 300)
                .filter(seed -> Schedule.draw(seed, 40, SITES).overlaps() > 0)
                .count();
        assertThat(overlapping).isGreaterThan(100);
    }
}
