package dev.entwine.testkit.torture;

import java.util.List;

/**
 * Holds what was observed against the promises. Pure, and small: what it cannot decide exactly it leaves out, and counts what it did
 * judge.
 */
public final class Judge {
    /** One or a few of the rules. */
    interface Check {
        void judge(Story story, Verdict verdict);
    }

    private static final List<Check> CHECKS = List.of(
            new EqualityCheck(),
            new AccountCheck(),
            new InventionCheck(),
            new JournalCheck(),
            new WinnerCheck(),
            new OrderCheck(),
            new CauseCheck(),
            new SumCheck());

    private Judge() {}

    public static Verdict judge(Observations observations) {
        Verdict verdict = new Verdict();
        Story story = Story.of(observations);
        for (Check check : CHECKS) {
            check.judge(story, verdict);
        }
        observations.findings().forEach(finding -> verdict.complain(Verdict.Rule.SEEN, finding));
        return verdict;
    }
}
