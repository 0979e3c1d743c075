package dev.entwine.embedded;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Processes of the operating system, by id. */
final class Processes {
    /** How often a condition is looked at; small against the 50 ms that a server needs to start or stop. */
    private static final long LOOK_MILLIS = 3;

    private Processes() {}

    interface Condition {
        boolean holds() throws IOException;
    }

    /** Whether the process is gone, or nothing but an exit code that nobody has fetched. */
    static boolean isGone(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state == 'Z' || state == 'X';
        } catch (IOException e) {
            return true;
        }
    }

    static boolean areGone(Collection<Long> pids) {
        return pids.stream().allMatch(Processes::isGone);
    }

    static List<Long> children(long pid) {
        return ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .toList();
    }

    /** Waits; says whether the condition came to hold within the limit. */
    static boolean await(Duration limit, Condition condition) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for a server");
            }
        }
        return true;
    }
}
