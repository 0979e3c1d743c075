package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import java.util.HashSet;
import java.util.Set;

/** A row of {@code chain} names another one that its writer had found: at no site is it there without that one. */
final class CauseCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        for (String site : story.observations().sites()) {
            Set<String> there = new HashSet<>(Set.of("root"));
            for (Commit commit : story.observations().log(site)) {
                commit.effects().stream()
                        .filter(CauseCheck::isLink)
                        .forEach(effect -> there.add(effect.row().key()));
                commit.effects().stream()
                        .filter(CauseCheck::isLink)
                        .forEach(effect -> judge(commit, effect, there, verdict));
            }
        }
    }

    private static boolean isLink(Effect effect) {
        return effect.row().table().equals(Tables.CHAIN) && !effect.isDelete();
    }

    private static void judge(Commit commit, Effect effect, Set<String> there, Verdict verdict) {
        String cause = effect.after().orElseThrow().cells().get("cause");
        verdict.judged("causes", 1);
        verdict.require(
                cause != null && there.contains(cause),
                Rule.CAUSE_FIRST,
                () -> commit + " writes " + effect.row() + " before its cause " + cause + " is there");
    }
}
