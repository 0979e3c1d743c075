package dev.entwine.engine;

import dev.entwine.testkit.torture.Observations;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Other rows at the end, in tables and logs alike where an engine would have written them. */
final class DamagedRows {
    private DamagedRows() {}

    static Optional<Observations> missingAtOneSite(Observations seen) {
        return changeAtOneSite(seen, "register", image -> Optional.empty());
    }

    static Optional<Observations> otherValueAtOneSite(Observations seen) {
        return changeAtOneSite(seen, "big", image -> Optional.of(image.with("body", "something else")));
    }

    private static Optional<Observations> changeAtOneSite(
            Observations seen, String table, Function<Image, Optional<Image>> change) {
        String site = seen.sites().getLast();
        SortedMap<RowId, Image> rows = new TreeMap<>(seen.rows(site));
        RowId row = rows.keySet().stream()
                .filter(candidate -> candidate.table().equals(table))
                .findFirst()
                .orElseThrow();
        change.apply(Optional.ofNullable(rows.get(row)).orElseThrow())
                .ifPresentOrElse(image -> rows.put(row, image), () -> rows.remove(row));
        return Optional.of(seen.withRows(site, rows));
    }

    /** Every site goes back to the version that the last writer of a row had overwritten. */
    static Optional<Observations> putBackEverywhere(Observations seen) {
        return turnBack(seen, "register", false);
    }

    /** Every site has again what somebody had deleted. */
    static Optional<Observations> risenEverywhere(Observations seen) {
        return turnBack(seen, "reborn", true);
    }

    private static Optional<Observations> turnBack(Observations seen, String table, boolean deleted) {
        for (String site : seen.sites()) {
            for (Commit commit : seen.log(site).reversed()) {
                for (Effect effect : commit.effects()) {
                    boolean fits = commit.byUser()
                            && effect.row().table().equals(table)
                            && effect.isDelete() == deleted
                            && effect.before()
                                    .filter(image -> !image.tag().equals("first"))
                                    .isPresent()
                            && effect.after()
                                    .equals(Optional.ofNullable(seen.rows(site).get(effect.row())));
                    if (fits) {
                        return Optional.of(
                                everywhere(seen, effect.row(), effect.before().orElseThrow()));
                    }
                }
            }
        }
        return Optional.empty();
    }

    static Optional<Observations> doubleSum(Observations seen) {
        SortedMap<RowId, Image> rows = seen.rows(seen.sites().getFirst());
        RowId row = rows.keySet().stream()
                .filter(candidate -> candidate.table().equals("tally"))
                .findFirst()
                .orElseThrow();
        Image image = Optional.ofNullable(rows.get(row)).orElseThrow();
        long sum = Long.parseLong(image.cells().getOrDefault("n", "0"));
        return Optional.of(everywhere(seen, row, image.with("n", Long.toString(sum + 7))));
    }

    /** An engine's transaction at the end of each log writes the row. */
    private static Observations everywhere(Observations seen, RowId row, Image image) {
        Observations changed = seen;
        for (String site : seen.sites()) {
            SortedMap<RowId, Image> rows = new TreeMap<>(seen.rows(site));
            Optional<Image> before = Optional.ofNullable(rows.put(row, image));
            List<Commit> log = new ArrayList<>(seen.log(site));
            Commit last = log.getLast();
            log.add(new Commit(
                    site,
                    log.size(),
                    Integer.MAX_VALUE,
                    last.micros(),
                    last.latestMicros(),
                    false,
                    List.of(new Effect(row, before, Optional.of(image)))));
            changed = changed.withRows(site, rows).withLog(site, log);
        }
        return changed;
    }
}
