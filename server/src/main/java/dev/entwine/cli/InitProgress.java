package dev.entwine.cli;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Progress;

/** Prints what an initialization is doing. Thread-safe. */
final class InitProgress implements Progress {
    private static final long REDRAW_NANOS = 200_000_000;

    private final Terminal terminal;
    private long drawnNanos = System.nanoTime();
    private boolean drawn;

    InitProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public synchronized void step(String what) {
        clear();
        terminal.err().println(what);
    }

    @Override
    public synchronized void rows(SiteId target, TableId table, long rows) {
        if (terminal.live() && System.nanoTime() - drawnNanos > REDRAW_NANOS) {
            clear();
            terminal.err().print("  " + table + " to " + target + ": " + "%,d".formatted(rows) + " rows so far");
            terminal.err().flush();
            drawn = true;
            drawnNanos = System.nanoTime();
        }
    }

    @Override
    public synchronized void copied(SiteId target, TableId table, long rows) {
        clear();
        terminal.err().println("  " + table + " to " + target + ": " + "%,d".formatted(rows) + " rows");
    }

    private void clear() {
        if (drawn) {
            terminal.err().print("\r\u001b[K");
            drawn = false;
        }
    }
}
