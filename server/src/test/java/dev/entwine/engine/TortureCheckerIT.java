package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.testkit.torture.Judge;
import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.torture.Schedule;
import dev.entwine.testkit.torture.Schedule.Kind;
import dev.entwine.testkit.torture.Schedule.Planned;
import dev.entwine.testkit.torture.TortureOptions;
import dev.entwine.testkit.torture.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * A judge who has never condemned anybody proves nothing: of one short run of two sites he finds nothing to complain of, and of what each
 * of many bugs would have left of it he names the rule that is broken.
 */
final class TortureCheckerIT {
    /** Long enough for conflicts while the engine is away, and for causes and effects while it is there. */
    private static final int SECONDS = 12;

    private static final long SEED = Long.getLong("torture.seed", 11);

    @Test
    void every_planted_bug_is_seen_and_a_run_in_order_is_called_so() throws Exception {
        try (TortureRun run = TortureRun.start(2)) {
            Schedule schedule = new Schedule(List.of(new Planned(3_000, 1_500, Kind.ENGINE_KILLED, "east")));
            Observations seen = run.torture(new TortureOptions(SEED, 80, 2), schedule, SECONDS)
                    .observations();
            assertThat(Judge.judge(seen).complaints())
                    .as("complaints of a run in order")
                    .isEmpty();
            List<String> overlooked = new ArrayList<>();
            for (PlantedBug bug : PlantedBug.ALL) {
                judge(bug, seen).ifPresent(overlooked::add);
            }
            assertThat(overlooked).as("planted bugs that were not seen").isEmpty();
        }
    }

    /** What is to be said against the judge. */
    private static Optional<String> judge(PlantedBug bug, Observations seen) {
        Optional<Observations> damaged = bug.damage().apply(seen);
        if (damaged.isEmpty()) {
            return Optional.of(bug + ": the run offered no place for it");
        }
        Verdict verdict = Judge.judge(damaged.get());
        System.out.println(bug + ": " + verdict.broken());
        return verdict.broken().containsKey(bug.rule())
                ? Optional.empty()
                : Optional.of(bug + ": " + bug.rule() + " should be broken, and only these are: " + verdict.broken());
    }
}
