package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Image;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The journals are the same, and tell of real conflicts between real writes. */
final class JournalCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        Observations seen = story.observations();
        Map<String, String> first = digests(seen, seen.sites().getFirst());
        for (String site : seen.sites()) {
            Map<String, String> here = digests(seen, site);
            first.forEach((id, digest) -> verdict.require(
                    digest.equals(here.get(id)),
                    Rule.JOURNALS_ALIKE,
                    () -> "the journal of " + site + " lacks entry " + id + ", or has it otherwise"));
            here.keySet().removeAll(first.keySet());
            here.keySet()
                    .forEach(id ->
                            verdict.complain(Rule.JOURNALS_ALIKE, "the journal of " + site + " alone has entry " + id));
            seen.journal(site).forEach(entry -> judge(story, entry, verdict));
        }
    }

    private static Map<String, String> digests(Observations seen, String site) {
        Map<String, String> digests = new TreeMap<>();
        seen.journal(site).forEach(entry -> digests.put(entry.id(), entry.wholly()));
        return digests;
    }

    private static void judge(Story story, Entry entry, Verdict verdict) {
        verdict.judged("entries", 1);
        for (Entry.Party loser : entry.losers()) {
            Optional<UserWrite> lost = story.of(entry, loser);
            if (lost.isEmpty()) {
                requireFirst(story, entry, loser, verdict);
                continue;
            }
            tellsTheTruth(entry, loser, lost.get(), verdict);
            if (entry.isOfVersions() && !entry.isMerged()) {
                winner(story, entry).ifPresent(won -> concurrent(entry, lost.get(), won, verdict));
            }
        }
    }

    /** Rows of the beginning can give way to others; nothing else that no application made can lose. */
    private static void requireFirst(Story story, Entry entry, Entry.Party loser, Verdict verdict) {
        Image first = story.observations().before().get(entry.row());
        boolean isFirst = first != null && loser.image().map(Image::tag).equals(Optional.of(first.tag()));
        verdict.require(
                isFirst && !entry.isOfVersions(),
                Rule.REAL_CONFLICT,
                () -> entry + " has a loser that no application wrote: " + loser);
    }

    private static void tellsTheTruth(Entry entry, Entry.Party loser, UserWrite lost, Verdict verdict) {
        if (loser.image().isEmpty() || entry.row().table().equals(Tables.TALLY)) {
            return;
        }
        Image told = loser.image().get();
        Image made = lost.effect.after().orElseThrow();
        verdict.judged("images of losers", 1);
        told.cells()
                .forEach((column, text) -> verdict.require(
                        text.equals(made.cells().get(column)),
                        lost.effect.leftOut().contains(column) ? Rule.LARGE_VALUE_TOLD : Rule.REAL_CONFLICT,
                        () -> entry + " tells of " + told + ", and it was made as " + made));
        verdict.require(
                entry.isOfVersions() ? lost.commit.site().equals(loser.site()) : true,
                Rule.REAL_CONFLICT,
                () -> entry + " says that the loser is of " + loser.site() + ", and it was the " + lost);
    }

    static Optional<UserWrite> winner(Story story, Entry entry) {
        Entry.Party winning = entry.winning();
        return entry.stands().isPresent()
                ? Optional.ofNullable(
                        story.version(entry.row(), entry.stands().get().tag()))
                : Optional.ofNullable(story.madeBy(winning.site(), winning.xid(), entry.row()));
    }

    private static void concurrent(Entry entry, UserWrite lost, UserWrite won, Verdict verdict) {
        verdict.judged("conflicts with both writes known", 1);
        verdict.require(
                lost != won && !lost.descendsFrom(won) && !won.descendsFrom(lost),
                Rule.NO_FALSE_CONFLICT,
                () -> entry + " is none: of the " + lost + " and the " + won + " one had seen the other");
    }
}
