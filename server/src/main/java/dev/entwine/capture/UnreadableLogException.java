package dev.entwine.capture;

/** The log holds something that cannot be understood exactly; reading stops rather than guess. Says which site, table and position. */
public final class UnreadableLogException extends Exception {
    public UnreadableLogException(String message) {
        super(message);
    }

    public UnreadableLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
