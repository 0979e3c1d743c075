package dev.entwine.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The engines of a torture: at least one runs, or will soon. Any thread may call anything. */
final class TortureEngines {
    private static final String HEAP = "512m";
    private static final String SMALL_HEAP = "160m";
    private static final int STOP_SECONDS_MAX = 30;

    private final Sites sites;
    private final List<Process> running = new ArrayList<>();
    private final List<String> endedByThemselves = new ArrayList<>();
    private int restarts;

    TortureEngines(Sites sites) {
        this.sites = sites;
    }

    synchronized void start() throws IOException {
        running.add(sites.engine(HEAP));
    }

    /** Whoever has ended although nobody wanted it to is remembered, and replaced. */
    synchronized void keepOneRunning() throws IOException {
        for (Process process : List.copyOf(running)) {
            if (!process.isAlive()) {
                running.remove(process);
                endedByThemselves.add("engine " + process.pid() + " with code " + process.exitValue());
            }
        }
        if (running.isEmpty()) {
            start();
        }
    }

    synchronized List<String> endedByThemselves() {
        return List.copyOf(endedByThemselves);
    }

    /** The one that has run longest. */
    private synchronized Process first() {
        return running.getFirst();
    }

    private synchronized void forget(Process process) {
        running.remove(process);
    }

    /** Nothing runs for as long. */
    void kill(int millis) throws IOException, InterruptedException {
        Process process = first();
        synchronized (this) {
            forget(process);
            process.destroyForcibly().waitFor();
            Thread.sleep(running.isEmpty() ? millis : 0);
            keepOneRunning();
        }
    }

    void freeze(int millis) throws IOException, InterruptedException {
        Process process = first();
        signal(process, "STOP");
        Thread.sleep(millis);
        signal(process, "CONT");
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    void takeOver(int millis) throws IOException, InterruptedException {
        start();
        Thread.sleep(millis);
        kill(0);
    }

    /** In good order, which may take as long as a line is down; then it is killed. */
    void restart(int millis) throws IOException, InterruptedException {
        Process process = first();
        synchronized (this) {
            forget(process);
            process.destroy();
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            Thread.sleep(millis);
            running.add(sites.engine(restarts++ % 2 == 0 ? SMALL_HEAP : HEAP));
        }
    }

    /** Only the newest goes on. */
    synchronized void leaveOne() throws InterruptedException {
        while (running.size() > 1) {
            running.removeFirst().destroyForcibly().waitFor();
        }
    }
}
