package dev.entwine.snapshot;

/** What was asked for cannot be done in the state that was found; nothing was changed. Says what was found and what to do. */
public final class RefusedException extends Exception {
    public RefusedException(String message) {
        super(message);
    }
}
