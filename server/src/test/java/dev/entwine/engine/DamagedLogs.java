package dev.entwine.engine;

import dev.entwine.testkit.torture.Acknowledged;
import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Other histories: what an engine would have written, or what a witness or a server would have lost. */
final class DamagedLogs {
    private DamagedLogs() {}

    private static Predicate<Commit> bringing(String table) {
        return commit -> !commit.byUser() && touches(table).test(commit);
    }

    private static Predicate<Commit> touches(String table) {
        return commit -> commit.effects().stream()
                .anyMatch(effect -> effect.row().table().equals(table) && !effect.isDelete());
    }

    /** The first in the log of the last site from the middle on. */
    private static OptionalInt find(Observations seen, Predicate<Commit> fits) {
        List<Commit> log = seen.log(seen.sites().getLast());
        return IntStream.range(log.size() / 2, log.size())
                .filter(i -> fits.test(log.get(i)))
                .findFirst();
    }

    private static Optional<Observations> withLog(Observations seen, List<Commit> log) {
        List<Commit> counted =
                IntStream.range(0, log.size()).mapToObj(i -> log.get(i).at(i)).toList();
        return Optional.of(seen.withLog(seen.sites().getLast(), counted));
    }

    private static Optional<Observations> edit(
            Observations seen, Predicate<Commit> fits, ObjIntConsumer<List<Commit>> edit) {
        OptionalInt at = find(seen, fits);
        if (at.isEmpty()) {
            return Optional.empty();
        }
        List<Commit> log = new ArrayList<>(seen.log(seen.sites().getLast()));
        edit.accept(log, at.getAsInt());
        return withLog(seen, log);
    }

    private static Commit edited(Commit commit, String table, UnaryOperator<Image> change) {
        return commit.with(commit.effects().stream()
                .map(effect -> effect.row().table().equals(table)
                        ? effect.withAfter(effect.after().map(change))
                        : effect)
                .toList());
    }

    static Optional<Observations> overlooked(Observations seen) {
        SortedMap<RowId, Image> rows = seen.rows(seen.sites().getLast());
        Predicate<Commit> stillStands = commit -> commit.effects().stream()
                .anyMatch(effect -> effect.after().isPresent()
                        && effect.after().equals(Optional.ofNullable(rows.get(effect.row()))));
        return edit(seen, stillStands, (log, i) -> log.remove(i));
    }

    static Optional<Observations> inventedTag(Observations seen) {
        return edit(
                seen,
                bringing("register"),
                (log, i) -> log.set(i, edited(log.get(i), "register", image -> image.with("tag", "nobody"))));
    }

    static Optional<Observations> otherValue(Observations seen) {
        return edit(
                seen,
                bringing("big"),
                (log, i) -> log.set(i, edited(log.get(i), "big", image -> image.with("body", "of another row"))));
    }

    static Optional<Observations> torn(Observations seen) {
        return edit(seen, bringing("group_c"), (log, i) -> {
            Commit whole = log.get(i);
            log.set(i, whole.with(only(whole, effect -> !effect.row().table().equals("group_c"))));
            log.add(i + 1, whole.with(only(whole, effect -> effect.row().table().equals("group_c"))));
        });
    }

    private static List<Effect> only(Commit commit, Predicate<Effect> wanted) {
        return commit.effects().stream().filter(wanted).toList();
    }

    static Optional<Observations> twice(Observations seen) {
        return edit(seen, bringing("chain"), (log, i) -> log.add(i + 1, log.get(i)));
    }

    static Optional<Observations> skipped(Observations seen) {
        return edit(seen, bringing("chain"), (log, i) -> log.remove(i));
    }

    /** Two of the engine's transactions that follow one another. */
    static Optional<Observations> reordered(Observations seen) {
        List<Commit> log = new ArrayList<>(seen.log(seen.sites().getLast()));
        List<Integer> bringing = IntStream.range(0, log.size())
                .filter(i -> bringing("chain").test(log.get(i)))
                .boxed()
                .toList();
        if (bringing.size() < 2) {
            return Optional.empty();
        }
        int one = bringing.get(bringing.size() / 2 - 1);
        int other = bringing.get(bringing.size() / 2);
        Commit first = log.get(one);
        log.set(one, log.get(other));
        log.set(other, first);
        return withLog(seen, log);
    }

    /** Somebody wrote an effect; what brought its cause to that site comes right behind. */
    static Optional<Observations> causeLate(Observations seen) {
        return seen.sites().stream()
                .flatMap(site -> causeLate(seen.log(site)).map(log -> seen.withLog(site, log)).stream())
                .findFirst();
    }

    private static Optional<List<Commit>> causeLate(List<Commit> log) {
        for (int effect = 0; effect < log.size(); effect++) {
            Set<String> causes = causes(log.get(effect));
            for (int cause = 0; cause < effect && log.get(effect).byUser(); cause++) {
                if (!log.get(cause).byUser()
                        && log.get(cause).effects().stream()
                                .anyMatch(link -> causes.contains(link.row().key()))) {
                    List<Commit> changed = new ArrayList<>(log);
                    changed.add(effect, changed.remove(cause));
                    return Optional.of(changed);
                }
            }
        }
        return Optional.empty();
    }

    private static Set<String> causes(Commit commit) {
        return commit.effects().stream()
                .flatMap(effect -> effect.after().stream())
                .flatMap(image -> Optional.ofNullable(image.cells().get("cause")).stream())
                .collect(Collectors.toSet());
    }

    static Optional<Observations> deletedByNobody(Observations seen) {
        RowId row = new RowId("chain", "root");
        Observations changed = seen;
        for (String site : seen.sites()) {
            SortedMap<RowId, Image> rows = new TreeMap<>(seen.rows(site));
            Optional<Image> before = Optional.ofNullable(rows.remove(row));
            List<Commit> log = new ArrayList<>(seen.log(site));
            log.add(new Commit(
                    site,
                    log.size(),
                    Integer.MAX_VALUE,
                    0,
                    0,
                    false,
                    List.of(new Effect(row, before, Optional.empty()))));
            changed = changed.withRows(site, rows).withLog(site, log);
        }
        return Optional.of(changed);
    }

    /** An insert that was confirmed, and that nothing rests on, is nowhere to be found. */
    static Optional<Observations> confirmedAndLost(Observations seen) {
        Set<String> causes = seen.sites().stream()
                .flatMap(site -> seen.log(site).stream())
                .flatMap(commit -> causes(commit).stream())
                .collect(Collectors.toSet());
        for (String site : seen.sites()) {
            for (Commit commit : seen.log(site)) {
                Effect effect =
                        commit.effects().isEmpty() ? null : commit.effects().getFirst();
                if (effect != null
                        && commit.effects().size() == 1
                        && seen.acknowledged().contains(new Acknowledged(site, commit.xid()))
                        && effect.row().table().equals("chain")
                        && !causes.contains(effect.row().key())) {
                    return Optional.of(forgotten(seen, effect.row()));
                }
            }
        }
        return Optional.empty();
    }

    private static Observations forgotten(Observations seen, RowId row) {
        Observations changed = seen;
        for (String site : seen.sites()) {
            SortedMap<RowId, Image> rows = new TreeMap<>(seen.rows(site));
            rows.remove(row);
            List<Commit> log = seen.log(site).stream()
                    .map(commit ->
                            commit.with(only(commit, effect -> !effect.row().equals(row))))
                    .filter(commit -> !commit.effects().isEmpty())
                    .toList();
            changed = changed.withRows(site, rows).withLog(site, log);
        }
        return changed;
    }
}
