package dev.entwine.engine;

/** Why the engine cannot start, or had to stop: says what, where, measured state and next step. */
public final class EngineFailure extends Exception {
    /** What is to be done about it. */
    public enum Kind {
        /** What the message says. */
        OTHER,
        /** The configuration has to be mended: the tables are not such that it can be used for them. */
        CONFIGURATION,
        /** The configuration matches other tables than the set has: it, or the set, has been changed. */
        OTHER_TABLES,
        /** The sites' tables are not alike (any more): somebody has changed one of them, and has yet to change it elsewhere. */
        TABLES_DIFFER,
        /** A command that changes the set was stopped half-way: it has to be run again. */
        UNFINISHED,
        /** Nothing: a command changes the set, and the engine can start again at once and waits for its end. */
        GAVE_WAY
    }

    private final Kind kind;

    public EngineFailure(String message) {
        this(Kind.OTHER, message);
    }

    public EngineFailure(String message, Throwable cause) {
        super(message, cause);
        kind = Kind.OTHER;
    }

    EngineFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
