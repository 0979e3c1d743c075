package dev.entwine.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What servers and exceptions say, fit for a log: without values of rows. Servers put them into the lines after the first (DETAIL,
 * CONTEXT), into quotes where a text is no number or date, and wherever a trigger's author likes; the driver puts whole statements
 * into its own messages. The conflict journal and {@code entwine.parked} hold values anyway, and take the first line as it is.
 */
public final class Said {
    private static final String LEFT_OUT = "(left out, for it may hold values of rows)";

    private Said() {}

    /** One line, beginning with the server's severity where the server said it. */
    public static String by(SQLException trouble) {
        ServerErrorMessage server = trouble instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
        String state = trouble.getSQLState() == null ? "" : trouble.getSQLState();
        String line = firstLine(trouble.getMessage());
        if (server == null) {
            boolean ours = trouble.getClass() == SQLException.class;
            return ours || isOfConnections(state) ? line : LEFT_OUT;
        }
        String severity = server.getSeverity() + ": ";
        if (isOfUsersCode(state, server)) {
            return severity + LEFT_OUT;
        }
        return state.startsWith("22") ? severity + withoutValues(firstLine(server.getMessage())) : line;
    }

    /** The same of any exception: its class where the message is not made by the engine. */
    public static String by(Throwable trouble) {
        return switch (trouble) {
            case SQLException sql -> by(sql);
            case SiteException site -> String.valueOf(site.getMessage());
            default ->
                speaksForTheEngine(trouble)
                        ? String.valueOf(trouble.getMessage())
                        : trouble.getClass().getName();
        };
    }

    /** With the same stack traces and causes as the exception, and such messages behind the names of the classes: what a log may be given. */
    public static Throwable without(Throwable trouble) {
        return new Copy(trouble, 0);
    }

    /** Without a state it is the driver's own, mostly of a line that broke; a statement that failed has one. */
    private static boolean isOfConnections(String state) {
        return state.isEmpty() || state.startsWith("08") || state.startsWith("28") || state.startsWith("57");
    }

    /** Raised by a function, or on its way through one: what the message says is up to whoever wrote that. */
    private static boolean isOfUsersCode(String state, ServerErrorMessage server) {
        String where = server.getWhere() == null ? "" : server.getWhere();
        return state.startsWith("P0") || where.contains("function ");
    }

    private static String withoutValues(String line) {
        return line.replaceAll("\".*\"", "\"...\"").replaceAll("'.*'", "'...'").replaceAll("0x[0-9a-fA-F]+", "0x...");
    }

    /** Others, such as NumberFormatException, quote what they were given. */
    private static boolean speaksForTheEngine(Throwable trouble) {
        return trouble.getClass().getName().startsWith("dev.entwine.")
                || trouble.getClass() == IllegalStateException.class
                || trouble instanceof IOException
                || trouble instanceof UncheckedIOException
                || trouble instanceof InterruptedException
                || trouble instanceof Error;
    }

    private static String firstLine(@Nullable String text) {
        return String.valueOf(text).lines().findFirst().orElse("");
    }

    /** Never thrown: only for loggers, which print an exception by its text and stack trace. */
    private static final class Copy extends RuntimeException {
        /** A chain that is longer is one that leads back to itself. */
        private static final int DEPTH_MAX = 20;

        Copy(Throwable of, int depth) {
            super(
                    of.getClass().getName() + ": " + by(of),
                    of.getCause() == null || depth == DEPTH_MAX ? null : new Copy(of.getCause(), depth + 1),
                    false,
                    true);
            setStackTrace(of.getStackTrace());
        }
    }
}
