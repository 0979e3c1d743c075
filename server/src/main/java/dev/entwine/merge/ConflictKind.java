package dev.entwine.merge;

import dev.entwine.model.Operation;
import java.util.Locale;

/** What two concurrent changes did to the row, the change of the site that comes first in precedence named first. */
public enum ConflictKind {
    INSERT_INSERT,
    UPDATE_UPDATE,
    UPDATE_DELETE,
    DELETE_UPDATE,
    DELETE_DELETE,
    /** Two rows claimed a value that a constraint gives to one alone. */
    UNIQUE,
    /** A row was deleted while another came to refer to it. */
    FOREIGN_KEY,
    /** A row merged from several versions broke a check that each of them kept. */
    CHECK,
    /** The transaction that changed the row lost another one, and its changes are decided together. */
    TRANSACTION,
    /** The same of the changes of one object. */
    OBJECT;

    /** An insert against an update or a delete is a row that was deleted and made again meanwhile: it counts as an update. */
    public static ConflictKind of(Operation first, Operation second) {
        if (first == Operation.INSERT && second == Operation.INSERT) {
            return INSERT_INSERT;
        }
        if (first == Operation.DELETE) {
            return second == Operation.DELETE ? DELETE_DELETE : DELETE_UPDATE;
        }
        return second == Operation.DELETE ? UPDATE_DELETE : UPDATE_UPDATE;
    }

    /** Whether it was decided because other changes of the transaction have lost. */
    boolean isOfScope() {
        return this == TRANSACTION || this == OBJECT;
    }

    /** Whether no two versions of the row were weighed: it was decided for the sake of a constraint or of another row. */
    public boolean isForAnotherRow() {
        return switch (this) {
            case UNIQUE, FOREIGN_KEY, CHECK, TRANSACTION, OBJECT -> true;
            case INSERT_INSERT, UPDATE_UPDATE, UPDATE_DELETE, DELETE_UPDATE, DELETE_DELETE -> false;
        };
    }

    /** As it stands in the journal. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
