package dev.entwine.merge;

/** A conflict in a table whose policy is to stop: nothing of the transaction that would make it has been taken. */
public final class HaltedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HaltedException(String message) {
        super(message);
    }
}
