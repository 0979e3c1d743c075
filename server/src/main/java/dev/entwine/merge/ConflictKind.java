package dev.entwine.merge;

import dev.entwine.model.Operation;
import java.util.Locale;

/** What two concurrent changes did to the row, the change of the site that comes first in precedence named first. */
public enum ConflictKind {
    INSERT_INSERT,
    UPDATE_UPDATE,
    UPDATE_DELETE,
    DELETE_UPDATE,
    DELETE_DELETE;

    /** An insert against an update or a delete is a row that was deleted and made again meanwhile: it counts as an update. */
    static ConflictKind of(Operation first, Operation second) {
        if (first == Operation.INSERT && second == Operation.INSERT) {
            return INSERT_INSERT;
        }
        if (first == Operation.DELETE) {
            return second == Operation.DELETE ? DELETE_DELETE : DELETE_UPDATE;
        }
        return second == Operation.DELETE ? UPDATE_DELETE : UPDATE_UPDATE;
    }

    /** As it stands in the journal. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
