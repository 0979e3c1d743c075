package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Each number of {@code tally} is what it was in the beginning and all that applications have added, each once. */
final class SumCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        Map<RowId, Long> sums = new TreeMap<>();
        story.observations().before().forEach((row, image) -> {
            if (row.table().equals(Tables.TALLY)) {
                sums.put(row, number(Optional.of(image)));
            }
        });
        for (UserWrite write : story.writes()) {
            if (write.row().table().equals(Tables.TALLY)) {
                long added = number(write.effect.after()) - number(write.effect.before());
                sums.merge(write.row(), added, Long::sum);
                verdict.judged("differences", 1);
            }
        }
        sums.forEach((row, sum) -> {
            long stands = number(story.atTheEnd(row));
            verdict.require(
                    stands == sum,
                    Rule.SUM,
                    () -> row + " is " + stands + ", and what was added to it comes to " + sum);
        });
    }

    private static long number(Optional<Image> image) {
        return image.map(row -> row.cells().get("n")).map(Long::valueOf).orElse(0L);
    }
}
