package dev.entwine.cli;

import java.io.PrintWriter;
import java.io.Writer;

/** Makes a terminal that nobody reads. Stateless. */
final class QuietTerminal {
    private QuietTerminal() {}

    static Terminal make() {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        return new Terminal(nowhere, nowhere, false, false);
    }
}
