package dev.entwine.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entwine.testkit.torture.Judge;
import dev.entwine.testkit.torture.Schedule;
import dev.entwine.testkit.torture.TortureOptions;
import dev.entwine.testkit.torture.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Everything that can fail does, drawn from a seed, while every site is written; and a witness who knows nothing of the engine tells
 * the judge what happened. {@code -Dtorture.seconds=600 -Dtorture.sites=3 -Dtorture.rate=100} is a longer form, {@code -Dtorture.seed}
 * repeats a schedule.
 */
final class TortureIT {
    private static final int SECONDS = Integer.getInteger("torture.seconds", 40);
    private static final int SITES = Integer.getInteger("torture.sites", 2);
    private static final int RATE = Integer.getInteger("torture.rate", 60);
    private static final long SEED = Long.getLong("torture.seed", System.nanoTime() % 1_000_000);
    private static final int WRITERS = 2;

    /** Below this the machine was too busy for the run to mean anything. */
    private static final int TRANSACTIONS_MIN = 300;

    @Test
    void whatever_fails_the_promises_hold_and_an_independent_witness_says_so() throws Exception {
        Schedule schedule = Schedule.draw(
                SEED, SECONDS, List.of("east", "west", "north", "south").subList(0, SITES));
        System.out.println("torture.seed=" + SEED + ", " + schedule.overlaps() + " of "
                + schedule.faults().size() + " faults overlap:\n" + schedule);
        try (TortureRun run = TortureRun.start(SITES)) {
            try {
                TortureRun.Outcome outcome = run.torture(new TortureOptions(SEED, RATE, WRITERS), schedule, SECONDS);
                requireClean(outcome);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(howToRepeat(schedule) + tail(run.sites()), e);
            }
        }
    }

    private static void requireClean(TortureRun.Outcome outcome) {
        Verdict verdict = Judge.judge(outcome.observations());
        System.out.println("faults: " + outcome.faults() + "\njudged: " + verdict.judged() + ", looks of readers: "
                + outcome.looks() + "\nbroken: " + verdict.broken());
        assertThat(verdict.complaints())
                .as("complaints, in all " + verdict.broken())
                .isEmpty();
        assertThat(outcome.ended()).as("engines that ended by themselves").isEmpty();
        assertThat(outcome.parked()).as("parked changes").isZero();
        requireJudgedEnough(verdict, outcome.looks());
    }

    private static void requireJudgedEnough(Verdict verdict, long looks) {
        assertThat(verdict.judged("transactions")).as("transactions").isGreaterThan(TRANSACTIONS_MIN);
        assertThat(looks).as("looks of readers").isGreaterThan(100);
        for (String what : List.of(
                "transactions in order",
                "writes lost",
                "writes overwritten",
                "conflicts with both writes known",
                "winners by time",
                "causes",
                "differences")) {
            assertThat(verdict.judged(what)).as(what).isGreaterThan(5);
        }
    }

    private static String howToRepeat(Schedule schedule) {
        return "torture failed; to repeat it:\nmvn -B -ntp test -o -pl server -am -Dtest=TortureIT"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dtorture.seed=" + SEED + " -Dtorture.seconds=" + SECONDS
                + " -Dtorture.sites=" + SITES + " -Dtorture.rate=" + RATE + "\nits schedule:\n" + schedule
                + "\nthe end of the engines' output:\n";
    }

    private static String tail(Sites sites) throws IOException {
        List<String> lines = Files.readAllLines(sites.engineLog());
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }
}
