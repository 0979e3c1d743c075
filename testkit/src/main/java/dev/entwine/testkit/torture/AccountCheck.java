package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Image;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where every write of an application is: visible at every site, overwritten by one who had seen it, or a loser in every journal. And
 * nothing stands at the end that somebody had overwritten, or that had lost.
 */
final class AccountCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        Map<String, Set<UserWrite>> losers = new HashMap<>();
        for (String site : story.observations().sites()) {
            Set<UserWrite> here = losers.computeIfAbsent(site, name -> new HashSet<>());
            story.observations().journal(site).forEach(entry -> here.addAll(story.losersOf(entry)));
        }
        for (UserWrite write : story.writes()) {
            boolean stands = stands(story, write);
            boolean lostEverywhere = losers.values().stream().allMatch(here -> here.contains(write));
            verdict.require(
                    stands || write.overwritten || lostEverywhere || wasSeenByInserter(story, write),
                    Rule.ACCOUNTED,
                    () -> "the " + write + " is neither visible, nor overwritten by one who had seen it, nor a loser in"
                            + " every journal");
            if (stands && !write.effect.isDelete()) {
                requireLatest(story, write, verdict);
            }
            verdict.judged(stands ? "writes visible" : write.overwritten ? "writes overwritten" : "writes lost", 1);
        }
    }

    private static boolean stands(Story story, UserWrite write) {
        Optional<String> atTheEnd = story.atTheEnd(write.row()).map(Image::tag);
        return atTheEnd.equals(write.effect.after().map(Image::tag));
    }

    private static boolean wasSeenByInserter(Story story, UserWrite write) {
        return write.effect.isDelete() && story.isInsertedElsewhere(write.row(), write.commit.site());
    }

    private static void requireLatest(Story story, UserWrite write, Verdict verdict) {
        if (story.isConstrained(write.row())) {
            return;
        }
        verdict.judged("versions at the end that nobody may have seen", 1);
        verdict.require(
                !write.overwritten,
                Rule.NOT_TURNED_BACK,
                () -> "the " + write + " stands at the end although it had been overwritten by one who had seen it");
        if (!write.row().table().equals(Tables.TALLY)) {
            verdict.require(
                    !story.hasLost(write),
                    Rule.NOT_TURNED_BACK,
                    () -> "the " + write + " stands at the end although it has lost");
        }
    }
}
