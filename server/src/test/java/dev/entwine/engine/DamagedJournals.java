package dev.entwine.engine;

import dev.entwine.testkit.torture.Entry;
import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Other journals. */
final class DamagedJournals {
    private static final long APART_MICROS = 10_000;

    /** Who made a version. */
    private record Made(Commit commit, Effect effect) {}

    private DamagedJournals() {}

    private static Optional<Entry> find(Observations seen, Predicate<Entry> fits) {
        return seen.journal(seen.sites().getFirst()).stream()
                .filter(Entry::isOfVersions)
                .filter(entry -> entry.losers().size() == 1)
                .filter(entry -> Set.of("register", "big").contains(entry.row().table()))
                .filter(fits)
                .findFirst();
    }

    private static Image image(Entry.Party loser) {
        return loser.image().orElseThrow();
    }

    private static Observations at(Observations seen, String site, Entry one, List<Entry> instead) {
        List<Entry> journal = new ArrayList<>();
        for (Entry entry : seen.journal(site)) {
            journal.addAll(entry.id().equals(one.id()) ? instead : List.of(entry));
        }
        return seen.withJournal(site, journal);
    }

    private static Observations everywhere(Observations seen, Entry one, List<Entry> instead) {
        Observations changed = seen;
        for (String site : seen.sites()) {
            changed = at(changed, site, one, instead);
        }
        return changed;
    }

    /** Its loser is told of nowhere else: nobody has overwritten it where it was made, and it has lost only once. */
    private static Optional<Entry> onlyTrace(Observations seen) {
        Set<String> overwritten = seen.sites().stream()
                .flatMap(site -> seen.log(site).stream())
                .filter(Commit::byUser)
                .flatMap(commit -> commit.effects().stream())
                .flatMap(effect -> effect.before().stream().map(image -> effect.row() + image.tag()))
                .collect(Collectors.toSet());
        List<String> lost = seen.journal(seen.sites().getFirst()).stream()
                .flatMap(entry -> entry.losers().stream()
                        .flatMap(loser -> loser.image().stream())
                        .map(image -> entry.row() + image.knownTag().orElse("")))
                .toList();
        return find(seen, entry -> {
            String version = entry.row() + image(entry.losers().getFirst()).tag();
            return !overwritten.contains(version) && Collections.frequency(lost, version) == 1;
        });
    }

    static Optional<Observations> swallowedEverywhere(Observations seen) {
        return onlyTrace(seen).map(entry -> everywhere(seen, entry, List.of()));
    }

    static Optional<Observations> swallowedAtOneSite(Observations seen) {
        return onlyTrace(seen).map(entry -> at(seen, seen.sites().getLast(), entry, List.of()));
    }

    static Optional<Observations> otherwiseAtOneSite(Observations seen) {
        return find(seen, entry -> true)
                .map(entry -> at(seen, seen.sites().getLast(), entry, List.of(entry.withBesides("another winner"))));
    }

    static Optional<Observations> moreAtOneSite(Observations seen) {
        return find(seen, entry -> true)
                .map(entry -> at(seen, seen.sites().getLast(), entry, List.of(entry, entry.withId("one more"))));
    }

    static Optional<Observations> inventedLoser(Observations seen) {
        return withLoser(seen, entry -> true, image -> image.with("tag", "nobody"));
    }

    static Optional<Observations> otherImage(Observations seen) {
        return withLoser(seen, entry -> entry.row().table().equals("register"), image -> image.with("v", "never"));
    }

    private static Optional<Observations> withLoser(
            Observations seen, Predicate<Entry> fits, UnaryOperator<Image> change) {
        return find(seen, fits)
                .map(entry -> everywhere(
                        seen,
                        entry,
                        List.of(entry.with(
                                entry.winner(),
                                entry.winning(),
                                entry.losers().stream()
                                        .map(loser -> new Entry.Party(
                                                loser.site(),
                                                loser.xid(),
                                                loser.image().map(change)))
                                        .toList(),
                                entry.stands()))));
    }

    private static Optional<Made> maker(Observations seen, RowId row, String tag) {
        return seen.sites().stream()
                .flatMap(site -> seen.log(site).stream())
                .filter(Commit::byUser)
                .flatMap(commit -> commit.effects().stream()
                        .filter(effect -> effect.row().equals(row)
                                && effect.after().map(Image::tag).equals(Optional.of(tag)))
                        .map(effect -> new Made(commit, effect)))
                .findFirst();
    }

    /** A version, and the one that its writer overwrote, as if they had met. */
    static Optional<Observations> falseConflict(Observations seen) {
        for (Commit commit : seen.log(seen.sites().getFirst())) {
            for (Effect effect : commit.effects()) {
                Optional<Made> overwritten = effect.before().flatMap(image -> maker(seen, effect.row(), image.tag()));
                if (commit.byUser() && effect.row().table().equals("register") && overwritten.isPresent()) {
                    return Optional.of(withEntry(seen, entry(new Made(commit, effect), overwritten.get())));
                }
            }
        }
        return Optional.empty();
    }

    private static Observations withEntry(Observations seen, Entry entry) {
        Observations changed = seen;
        for (String site : seen.sites()) {
            List<Entry> journal = new ArrayList<>(seen.journal(site));
            journal.add(entry);
            changed = changed.withJournal(site, journal);
        }
        return changed;
    }

    private static Entry entry(Made won, Made lost) {
        return new Entry(
                "made up",
                won.effect().row(),
                "update_update",
                won.commit().site(),
                new Entry.Party(won.commit().site(), won.commit().xid(), Optional.empty()),
                List.of(new Entry.Party(
                        lost.commit().site(), lost.commit().xid(), lost.effect().after())),
                won.effect().after(),
                "made up");
    }

    /** Of an entry whose commits are well apart. */
    static Optional<Observations> swapped(Observations seen) {
        for (Entry entry : seen.journal(seen.sites().getFirst())) {
            Optional<Made> won = entry.stands().flatMap(Image::knownTag).flatMap(tag -> maker(seen, entry.row(), tag));
            Optional<Made> lost = entry.losers()
                    .getFirst()
                    .image()
                    .flatMap(Image::knownTag)
                    .flatMap(tag -> maker(seen, entry.row(), tag));
            if (find(seen, entry::equals).isPresent()
                    && won.isPresent()
                    && lost.isPresent()
                    && lost.get().commit().latestMicros() + APART_MICROS
                            < won.get().commit().micros()) {
                Entry other = entry(lost.get(), won.get()).withId(entry.id()).withBesides(entry.besides());
                return Optional.of(everywhere(seen, entry, List.of(other)));
            }
        }
        return Optional.empty();
    }
}
