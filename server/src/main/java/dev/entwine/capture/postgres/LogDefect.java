package dev.entwine.capture.postgres;

/** What is wrong with the message that is being decoded, and what to do; the decoder adds site and position. */
final class LogDefect extends Exception {
    LogDefect(String message) {
        super(message);
    }
}
