package dev.entwine.capture;

/** The log holds something that cannot be understood exactly; reading stops rather than guess. Says which site, table and position. */
public final class UnreadableLogException extends Exception {
    private final boolean tableChanged;

    public UnreadableLogException(String message) {
        super(message);
        tableChanged = false;
    }

    /** @param tableChanged see {@link #isTableChanged} */
    public UnreadableLogException(String message, Throwable cause, boolean tableChanged) {
        super(message, cause);
        this.tableChanged = tableChanged;
    }

    /** Whether a table has been changed since it was looked at: a new look may find that it can be read. */
    public boolean isTableChanged() {
        return tableChanged;
    }
}
