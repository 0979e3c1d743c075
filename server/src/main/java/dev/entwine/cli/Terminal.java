package dev.entwine.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes.
 *
 * @param out    results
 * @param err    errors and progress
 * @param colour whether somebody looks at {@code out} on a terminal that shows colours
 * @param live   whether lines on {@code err} may be overwritten
 */
record Terminal(PrintWriter out, PrintWriter err, boolean colour, boolean live) {
    /**
     * The process's own streams. Java 21 cannot ask whether one of them is a terminal, so the launcher does and sets
     * {@code entwine.tty.out} and {@code entwine.tty.err}. Colours follow NO_COLOR and TERM=dumb.
     */
    static Terminal system(Environment environment) {
        boolean smart =
                !environment.has("NO_COLOR") && !environment.value("TERM").equals("dumb");
        return new Terminal(
                writer(System.out),
                writer(System.err),
                smart && Boolean.getBoolean("entwine.tty.out"),
                smart && Boolean.getBoolean("entwine.tty.err"));
    }

    @SuppressWarnings("DefaultCharset") // the terminal's, not ours
    private static PrintWriter writer(java.io.PrintStream stream) {
        Charset charset =
                stream.charset().equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : stream.charset();
        return new PrintWriter(stream, true, charset);
    }

    String red(String text) {
        return coloured("31", text);
    }

    String yellow(String text) {
        return coloured("33", text);
    }

    String green(String text) {
        return coloured("32", text);
    }

    String bold(String text) {
        return coloured("1", text);
    }

    private String coloured(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
