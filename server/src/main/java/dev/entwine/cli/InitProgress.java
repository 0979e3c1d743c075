package dev.entwine.cli;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Progress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Prints what an initialization is doing: a bar on terminals, else a line now and then. Thread-safe. */
final class InitProgress implements Progress {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int WIDTH = 30;

    private final Terminal terminal;
    private long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;
    private boolean drawn;
    private long bytes;
    private long bytesDone;
    private long rows;

    InitProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public synchronized void step(String what) {
        clear();
        terminal.err().println(what);
    }

    @Override
    public synchronized void copying(long bytesInAll) {
        bytes = bytesInAll;
        startNanos = System.nanoTime();
        drawnNanos = startNanos;
    }

    @Override
    public synchronized void rows(SiteId target, TableId table, long more) {
        rows += more;
        long now = System.nanoTime();
        if (now - drawnNanos > (terminal.live() ? REDRAW_NANOS : LINE_NANOS)) {
            clear();
            String text = CopyRate.of(bytes, bytesDone, rows, Duration.ofNanos(now - startNanos)) + "  " + table
                    + " to " + target;
            if (terminal.live()) {
                int filled = (int) (WIDTH * share());
                terminal.err().print("[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] " + text);
                terminal.err().flush();
                drawn = true;
            } else {
                terminal.err().println("  " + text);
            }
            drawnNanos = now;
        }
    }

    private double share() {
        return bytes == 0 ? 0 : Math.min(1, (double) bytesDone / bytes);
    }

    @Override
    public synchronized void finished(long more) {
        bytesDone += more;
    }

    @Override
    public synchronized void copied(SiteId target, TableId table, long rowsCopied) {
        clear();
        terminal.err().println("  " + table + " to " + target + ": " + "%,d".formatted(rowsCopied) + " rows");
    }

    private void clear() {
        if (drawn) {
            terminal.err().print("\r\u001b[K");
            drawn = false;
        }
    }
}
