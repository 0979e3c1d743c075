package dev.entwine.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A small shell process that starts the server, and ends it and removes its scratch folder when this Java process is gone or
 * {@link #close} is called: the shell then finds its standard input closed. It runs in a session of its own, so that an interrupt
 * from the keyboard reaches this Java process alone. Owned by one thread.
 */
final class Supervisor implements AutoCloseable {
    /** The shell's own limit for ending a server is 5 s. */
    private static final int END_SECONDS_MAX = 20;

    private final Process shell;
    private final OutputStream commands;
    private final BufferedReader answers;

    /**
     * @param scratch the folder to make, and to remove at the end
     * @param ending  the signal that ends the server, {@code INT} or {@code QUIT}
     */
    Supervisor(Path scratch, Path log, String ending, List<String> server) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid", "sh", "-c", script(), "entwine-supervisor"));
        command.addAll(List.of(scratch.toString(), log.toString(), ending));
        command.addAll(server);
        shell = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        commands = shell.getOutputStream();
        answers = shell.inputReader(StandardCharsets.UTF_8);
        if (!"ready".equals(answers.readLine())) {
            throw new IOException("cannot make the folder " + scratch + " for a server");
        }
    }

    private static String script() throws IOException {
        try (InputStream script = Supervisor.class.getResourceAsStream("supervisor.sh")) {
            if (script == null) {
                throw new IllegalStateException("supervisor.sh is missing from the class path");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Starts the server; returns its process id. */
    long start() throws IOException {
        return Long.parseLong(ask("start"));
    }

    /** Sends a signal, such as {@code STOP}; a process that is gone already is no error. */
    void signal(String signal, Collection<Long> pids) throws IOException {
        if (!pids.isEmpty()) {
            ask("signal " + signal + " " + pids.stream().map(String::valueOf).collect(Collectors.joining(" ")));
        }
    }

    /** Waits for the server process, which must be at its end; returns its exit code. */
    int reap() throws IOException {
        return Integer.parseInt(ask("reap"));
    }

    private String ask(String command) throws IOException {
        commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        commands.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the process that watches over the server is gone");
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        try (commands;
                answers) {
            commands.close();
            if (!shell.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
                throw new IOException("a server did not end within " + END_SECONDS_MAX + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a server was ending");
        }
    }
}
