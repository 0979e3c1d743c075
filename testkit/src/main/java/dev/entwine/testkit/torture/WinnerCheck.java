package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Commit;

/**
 * Under {@code latest} the later commit wins. A version's time is moved forward where its site's log had already shown a later one; so
 * what is certain is that it lies between the commit time and the latest time before it in that log. Entries whose two ranges overlap
 * are left out. All servers must have the same clock.
 */
final class WinnerCheck implements Judge.Check {
    /** Commits of one instant are moved apart by microseconds. */
    private static final long SLACK_MICROS = 5_000;

    @Override
    public void judge(Story story, Verdict verdict) {
        for (Entry entry :
                story.observations().journal(story.observations().sites().getFirst())) {
            if (!Tables.LATEST.contains(entry.row().table()) || !entry.isOfVersions() || entry.isMerged()) {
                continue;
            }
            JournalCheck.winner(story, entry)
                    .ifPresent(won -> story.losersOf(entry).forEach(lost -> judge(entry, won, lost, verdict)));
        }
    }

    private static void judge(Entry entry, UserWrite won, UserWrite lost, Verdict verdict) {
        if (isSurelyBefore(lost.commit, won.commit)) {
            verdict.judged("winners by time", 1);
        } else if (isSurelyBefore(won.commit, lost.commit)) {
            verdict.judged("winners by time", 1);
            verdict.complain(
                    Rule.LATER_WINS,
                    entry + ": the " + won + " has won, and the " + lost + " is later by "
                            + (lost.commit.micros() - won.commit.micros()) + " microseconds");
        } else {
            verdict.judged("winners too close to tell", 1);
        }
    }

    private static boolean isSurelyBefore(Commit one, Commit other) {
        return one.latestMicros() + SLACK_MICROS < other.micros();
    }
}
