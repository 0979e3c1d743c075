package dev.entwine.merge;

import dev.entwine.model.Image;

/** What became of two concurrent versions of a row. */
public sealed interface Verdict {
    /** Which of the two stands. */
    enum Choice implements Verdict {
        MERGED,
        ARRIVING
    }

    /** Neither stands as it is: the row becomes this. */
    record Combined(Image image) implements Verdict {}
}
