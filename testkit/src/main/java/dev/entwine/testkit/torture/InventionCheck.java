package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.Optional;

/** What comes from elsewhere was written by an application, with just these values; and nobody's rows vanish by themselves. */
final class InventionCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        for (String site : story.observations().sites()) {
            for (Commit commit : story.observations().log(site)) {
                if (!commit.byUser()) {
                    commit.effects().forEach(effect -> judge(story, commit, effect, verdict));
                    verdict.judged("row versions brought", commit.effects().size());
                }
            }
        }
    }

    private static void judge(Story story, Commit commit, Effect effect, Verdict verdict) {
        if (effect.isDelete()) {
            verdict.require(
                    story.isDeletedBySomebody(effect.row()) || story.isConstrained(effect.row()),
                    Rule.NOT_INVENTED,
                    () -> commit + " deletes " + effect.row() + ", which no application has deleted");
            return;
        }
        Image written = effect.after().orElseThrow();
        Optional<Image> original = original(story, effect.row(), written.tag());
        if (original.isEmpty()) {
            verdict.complain(
                    Rule.NOT_INVENTED,
                    commit + " writes a version of " + effect.row() + " that nobody made: " + written);
            return;
        }
        verdict.require(
                comparable(effect.row(), written).equals(comparable(effect.row(), original.get())),
                Rule.NOT_INVENTED,
                () -> commit + " writes " + effect.row() + " as " + written + ", and it was made as " + original.get());
    }

    /** The version as it was made, by an application or before everything. */
    private static Optional<Image> original(Story story, RowId row, String tag) {
        UserWrite made = story.version(row, tag);
        return made != null
                ? made.effect.after()
                : Optional.ofNullable(story.observations().before().get(row))
                        .filter(image -> image.tag().equals(tag));
    }

    /** A sum is of several versions. */
    private static Image comparable(RowId row, Image image) {
        return row.table().equals(Tables.TALLY) ? image.without("n") : image;
    }
}
