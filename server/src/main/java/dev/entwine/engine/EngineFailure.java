package dev.entwine.engine;

/** Why the engine cannot start, or had to stop: says what, where, measured state and next step. */
public final class EngineFailure extends Exception {
    public EngineFailure(String message) {
        super(message);
    }

    public EngineFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
