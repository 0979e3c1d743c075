package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Commit;
import dev.entwine.testkit.witness.Effect;
import dev.entwine.testkit.witness.RowId;
import org.jspecify.annotations.Nullable;

/** What one transaction of an application made of one row: a version, or a delete. Part of one {@link Story}, which alone changes it. */
final class UserWrite {
    final Commit commit;
    final Effect effect;

    /** The write whose version, or delete, stood there before; null for what was there at the beginning, and where it cannot be told. */
    @Nullable
    UserWrite seen;

    /** How many writes precede it along {@link #seen}. */
    int depth;

    /** Another one has been made on top of it. */
    boolean overwritten;

    UserWrite(Commit commit, Effect effect) {
        this.commit = commit;
        this.effect = effect;
    }

    RowId row() {
        return effect.row();
    }

    /** Whether whoever made this had the other one below, next or farther down. */
    boolean descendsFrom(UserWrite other) {
        UserWrite at = this;
        while (at != null && at.depth > other.depth) {
            at = at.seen;
        }
        return at == other && this != other;
    }

    @Override
    public String toString() {
        return (effect.isDelete() ? "delete" : "version") + " of " + row() + " by " + commit
                + effect.after().map(image -> " (" + image.tag() + ")").orElse("");
    }
}
