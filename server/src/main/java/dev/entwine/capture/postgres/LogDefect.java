package dev.entwine.capture.postgres;

/** What is wrong with the message that is being decoded, and what to do; the decoder adds site and position. */
final class LogDefect extends Exception {
    private final boolean tableChanged;

    LogDefect(String message) {
        this(message, false);
    }

    private LogDefect(String message, boolean tableChanged) {
        super(message);
        this.tableChanged = tableChanged;
    }

    /** A table is not, at this place, what it was when it was looked at. */
    static LogDefect changed(String message) {
        return new LogDefect(message, true);
    }

    boolean isTableChanged() {
        return tableChanged;
    }
}
