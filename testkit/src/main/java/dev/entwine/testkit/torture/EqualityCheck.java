package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The sites are equal, each is what its log says, and every confirmed commit is in its log. */
final class EqualityCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        Observations seen = story.observations();
        String first = seen.sites().getFirst();
        for (String site : seen.sites()) {
            compare(seen.rows(first), seen.rows(site), Rule.EQUAL, first + " and " + site, verdict);
            compare(left(seen, site), seen.rows(site), Rule.WITNESSED, "log and tables of " + site, verdict);
            verdict.judged("rows at the end", seen.rows(site).size());
        }
        durable(seen, verdict);
    }

    private static SortedMap<RowId, Image> left(Observations seen, String site) {
        SortedMap<RowId, Image> rows = new TreeMap<>(seen.before());
        for (Commit commit : seen.log(site)) {
            commit.effects()
                    .forEach(effect -> effect.after()
                            .ifPresentOrElse(image -> rows.put(effect.row(), image), () -> rows.remove(effect.row())));
        }
        return rows;
    }

    private static void compare(
            Map<RowId, Image> one, Map<RowId, Image> other, Rule rule, String names, Verdict verdict) {
        Set<RowId> all = new TreeSet<>(one.keySet());
        all.addAll(other.keySet());
        for (RowId row : all) {
            Image here = one.get(row);
            Image there = other.get(row);
            verdict.require(
                    here != null && here.equals(there),
                    rule,
                    () -> names + " differ in " + row + ": " + here + " and " + there);
        }
    }

    private static void durable(Observations seen, Verdict verdict) {
        Set<Acknowledged> committed = new HashSet<>();
        for (String site : seen.sites()) {
            for (Commit commit : seen.log(site)) {
                if (commit.byUser()) {
                    committed.add(new Acknowledged(site, commit.xid()));
                }
            }
        }
        for (Acknowledged acknowledged : seen.acknowledged()) {
            verdict.require(
                    committed.contains(acknowledged),
                    Rule.DURABLE,
                    () -> "transaction " + acknowledged.xid() + " was confirmed by " + acknowledged.site()
                            + " and is not in its log");
        }
        verdict.judged("transactions", committed.size());
        verdict.judged("transactions confirmed", seen.acknowledged().size());
    }
}
