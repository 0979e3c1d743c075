package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Image;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The journals are the same, and tell of real conflicts between real writes. */
final class JournalCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        Observations seen = story.observations();
        Map<String, Entry> first = byId(seen, seen.sites().getFirst());
        for (String site : seen.sites()) {
            Map<String, Entry> here = byId(seen, site);
            Set<String> all = new TreeSet<>(first.keySet());
            all.addAll(here.keySet());
            all.forEach(id -> compare(story, first.get(id), here.get(id), site, verdict));
            seen.journal(site).forEach(entry -> judge(story, entry, verdict));
        }
    }

    private static Map<String, Entry> byId(Observations seen, String site) {
        Map<String, Entry> entries = new HashMap<>();
        seen.journal(site).forEach(entry -> entries.put(entry.id(), entry));
        return entries;
    }

    private static void compare(
            Story story, @Nullable Entry first, @Nullable Entry here, String site, Verdict verdict) {
        if (first == null || here == null) {
            verdict.complain(
                    Rule.JOURNALS_ALIKE,
                    "the journal of " + site + (here == null ? " lacks " + first : " has more than others: " + here));
            return;
        }
        List<String> differing = new ArrayList<>();
        List<String> large = new ArrayList<>();
        differing.addAll(first.says().equals(here.says()) ? List.of() : List.of("otherwise than in their versions"));
        List<Entry.Party> parties = first.parties();
        List<Entry.Party> others = here.parties();
        for (int i = 0; i < Math.min(parties.size(), others.size()); i++) {
            Set<String> leftOut = story.of(first, parties.get(i))
                    .map(write -> write.effect.leftOut())
                    .orElse(Set.of());
            for (String column : differing(parties.get(i), others.get(i))) {
                (leftOut.contains(column) ? large : differing).add(column);
            }
        }
        verdict.require(
                differing.isEmpty(),
                Rule.JOURNALS_ALIKE,
                () -> "the journal of " + site + " has " + first + " otherwise, " + differing + ": " + first.says()
                        + first.parties() + ", and " + here.says() + here.parties());
        verdict.require(
                large.isEmpty(),
                Rule.LARGE_VALUE_TOLD,
                () -> "the journal of " + site + " has " + first + " with another large value in " + large);
    }

    private static Set<String> differing(Entry.Party one, Entry.Party other) {
        Map<String, String> cells = one.image().map(Image::cells).orElse(Collections.emptySortedMap());
        Map<String, String> others = other.image().map(Image::cells).orElse(Collections.emptySortedMap());
        Set<String> columns = new TreeSet<>(cells.keySet());
        columns.addAll(others.keySet());
        columns.removeIf(column -> Objects.equals(cells.get(column), others.get(column)));
        return columns;
    }

    private static void judge(Story story, Entry entry, Verdict verdict) {
        verdict.judged("entries", 1);
        for (Entry.Party loser : entry.losers()) {
            Optional<UserWrite> lost = story.of(entry, loser);
            if (lost.isEmpty()) {
                requireFirst(story, entry, loser, verdict);
                continue;
            }
            tellsTheTruth(story, entry, loser, lost.get(), verdict);
            // A parent that came back counts as a version of whoever needed it: it may meet those who had seen the
            // first one.
            if (entry.isOfVersions() && !entry.isMerged() && !story.isConstrained(entry.row())) {
                winner(story, entry).ifPresent(won -> concurrent(entry, lost.get(), won, verdict));
            }
        }
    }

    /** Rows of the beginning can give way to others; nothing else that no application made can lose. */
    private static void requireFirst(Story story, Entry entry, Entry.Party loser, Verdict verdict) {
        Optional<String> first = Optional.ofNullable(
                        story.observations().before().get(entry.row()))
                .map(Image::tag);
        boolean isFirst = loser.image().isPresent()
                && loser.image().flatMap(Image::knownTag).or(() -> first).equals(first);
        verdict.require(
                isFirst && story.isConstrained(entry.row()),
                Rule.REAL_CONFLICT,
                () -> entry + " has a loser that no application wrote: " + loser);
    }

    private static void tellsTheTruth(Story story, Entry entry, Entry.Party loser, UserWrite lost, Verdict verdict) {
        if (loser.image().flatMap(Image::knownTag).isEmpty()
                || entry.row().table().equals(Tables.TALLY)) {
            return;
        }
        Image told = loser.image().orElseThrow();
        Image made = lost.effect.after().orElseThrow();
        verdict.judged("images of losers", 1);
        told.cells()
                .forEach((column, text) -> verdict.require(
                        text.equals(made.cells().get(column)),
                        lost.effect.leftOut().contains(column) ? Rule.LARGE_VALUE_TOLD : Rule.REAL_CONFLICT,
                        () -> entry + " tells of " + told + ", and it was made as " + made));
        verdict.require(
                story.isConstrained(entry.row()) || lost.commit.site().equals(loser.site()),
                Rule.REAL_CONFLICT,
                () -> entry + " says that the loser is of " + loser.site() + ", and it was the " + lost);
    }

    static Optional<UserWrite> winner(Story story, Entry entry) {
        return story.of(entry, entry.standing());
    }

    private static void concurrent(Entry entry, UserWrite lost, UserWrite won, Verdict verdict) {
        verdict.judged("conflicts with both writes known", 1);
        verdict.require(
                lost != won && !lost.descendsFrom(won) && !won.descendsFrom(lost),
                Rule.NO_FALSE_CONFLICT,
                () -> entry + " is none: of the " + lost + " and the " + won + " one had seen the other");
    }
}
