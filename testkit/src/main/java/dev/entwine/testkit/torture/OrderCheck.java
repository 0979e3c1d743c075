package dev.entwine.testkit.torture;

import dev.entwine.testkit.torture.Verdict.Rule;
import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.Image;
import dev.entwine.testkit.witness.RowId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one site's applications wrote arrives at another once, whole and in their order. Rows that only they write, and never delete,
 * show it exactly: each transaction of the engine brings of them just what a run of the site's transactions, beginning where the last one
 * ended, has left. Several that are brought together may hide what lies between.
 */
final class OrderCheck implements Judge.Check {
    @Override
    public void judge(Story story, Verdict verdict) {
        for (String from : story.observations().sites()) {
            for (String to : story.observations().sites()) {
                if (!from.equals(to)) {
                    new Way(story, from, to, verdict).judge();
                }
            }
        }
    }

    /** From one site to another. */
    private static final class Way {
        private final Story story;
        private final String from;
        private final String to;
        private final Verdict verdict;
        private final List<Commit> sent;
        /** The index in the log of the transactions that made the version. */
        private final Map<RowId, Map<String, Integer>> made = new HashMap<>();

        private int next;

        Way(Story story, String from, String to, Verdict verdict) {
            this.story = story;
            this.from = from;
            this.to = to;
            this.verdict = verdict;
            sent = story.observations().log(from).stream()
                    .filter(Commit::byUser)
                    .toList();
        }

        void judge() {
            for (int i = 0; i < sent.size(); i++) {
                for (Map.Entry<RowId, String> version : own(sent.get(i)).entrySet()) {
                    made.computeIfAbsent(version.getKey(), row -> new HashMap<>())
                            .put(version.getValue(), i);
                }
            }
            for (Commit commit : story.observations().log(to)) {
                if (!commit.byUser()) {
                    arrive(commit, own(commit));
                }
            }
            Map<RowId, String> missing = left(sent.size());
            verdict.require(
                    missing.isEmpty(),
                    Rule.WHOLE_AND_IN_ORDER,
                    () -> "of what " + from + " wrote, these have never come to " + to + ": " + missing);
        }

        private Map<RowId, String> own(Commit commit) {
            Map<RowId, String> own = new HashMap<>();
            for (Effect effect : commit.effects()) {
                Optional<String> tag = effect.after().map(Image::tag);
                if (tag.isPresent() && story.ownerOf(effect.row()).equals(Optional.of(from))) {
                    own.put(effect.row(), tag.get());
                }
            }
            return own;
        }

        private void arrive(Commit commit, Map<RowId, String> brought) {
            if (brought.isEmpty()) {
                return;
            }
            int last = -1;
            for (Map.Entry<RowId, String> version : brought.entrySet()) {
                last = Math.max(last, placeOf(version.getKey(), version.getValue()));
            }
            int end = Math.max(last + 1, next);
            Map<RowId, String> expected = left(end);
            verdict.require(
                    expected.equals(brought),
                    Rule.WHOLE_AND_IN_ORDER,
                    () -> commit + " brings " + difference(brought, expected) + ", after " + next + " transactions of "
                            + from + " that had come and with up to " + end);
            verdict.judged("transactions in order", end - next);
            next = end;
        }

        /** Of what nobody made, another check speaks. */
        private int placeOf(RowId row, String tag) {
            return made.getOrDefault(row, Map.of()).getOrDefault(tag, -1);
        }

        /** What the transactions from the next one up to this have left in the rows. */
        private Map<RowId, String> left(int end) {
            Map<RowId, String> left = new HashMap<>();
            for (int i = next; i < end; i++) {
                left.putAll(own(sent.get(i)));
            }
            return left;
        }

        private static String difference(Map<RowId, String> brought, Map<RowId, String> expected) {
            Map<RowId, String> tooMuch = new HashMap<>(brought);
            tooMuch.entrySet().removeAll(expected.entrySet());
            Map<RowId, String> tooLittle = new HashMap<>(expected);
            tooLittle.entrySet().removeAll(brought.entrySet());
            return tooMuch + " which is not its turn, and lacks " + tooLittle;
        }
    }
}
