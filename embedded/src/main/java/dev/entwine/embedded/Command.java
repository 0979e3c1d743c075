package dev.entwine.embedded;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs that are run to their end. */
final class Command {
    private Command() {}

    /**
     * @return what it wrote, to both of its outputs
     * @throws IOException it cannot be started, or failed; carries what it wrote
     */
    static String run(List<String> command, String input) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = exitCode(process);
        if (code != 0) {
            throw new IOException(command + " ended with exit code " + code + ":\n" + output.strip());
        }
        return output;
    }

    static boolean succeeds(List<String> command) {
        try {
            run(command, "");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int exitCode(Process process) throws InterruptedIOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for process " + process.pid());
        }
    }
}
