package dev.entwine.cli;

/** What commands return. */
final class ExitCode {
    static final int FINE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int FOUND = 3;

    private ExitCode() {}
}
