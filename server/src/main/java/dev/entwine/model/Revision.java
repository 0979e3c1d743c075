package dev.entwine.model;

import java.util.Locale;
import java.util.Optional;

/**
 * What a person has said of a conflict after it was decided. Stands in every site's journal, beside the decision, which it does not
 * change.
 *
 * @param conflict    the decision's id
 * @param stands      the site whose version was made to stand; empty when the row was left as it is
 * @param atMicros    when, in microseconds since the Unix epoch; later than every revision of the same conflict that its author had seen
 * @param madeAt      the site whose transaction carries it
 * @param transaction that transaction's number there
 * @param by          who, in words: one line
 */
public record Revision(
        String conflict, Kind kind, Optional<SiteId> stands, long atMicros, SiteId madeAt, long transaction, String by)
        implements JournalNote {
    private static final int WORDS = 7;
    private static final String NOBODY = "-";

    /** Which command made it. */
    public enum Kind {
        /** One site's version was made to stand, or the row was left as it is: the conflict is closed. */
        KEEP,
        /** What had lost was brought back. */
        UNDO;

        /** In messages and in the journal. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Revision {
        if (conflict.isEmpty() || conflict.indexOf(' ') >= 0) {
            throw new IllegalArgumentException("'" + conflict + "' is no conflict's id");
        }
        if (by.isBlank() || by.lines().count() != 1) {
            throw new IllegalArgumentException("the author of a revision is not one line");
        }
    }

    /** Reads what {@link #toString} wrote, and nothing else. */
    static Revision parse(String text) {
        String[] words = text.split(" ", WORDS);
        if (words.length != WORDS) {
            throw new IllegalArgumentException("a revision is cut short: '" + text + "'");
        }
        return new Revision(
                words[0],
                Kind.valueOf(words[1].toUpperCase(Locale.ROOT)),
                words[2].equals(NOBODY) ? Optional.empty() : Optional.of(new SiteId(words[2])),
                Long.parseLong(words[3]),
                new SiteId(words[4]),
                Long.parseLong(words[5]),
                words[6]);
    }

    @Override
    public String toString() {
        return String.join(
                " ",
                conflict,
                kind.word(),
                stands.map(SiteId::name).orElse(NOBODY),
                Long.toString(atMicros),
                madeAt.name(),
                Long.toString(transaction),
                by);
    }
}
