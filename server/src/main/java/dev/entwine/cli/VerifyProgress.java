package dev.entwine.cli;

import dev.entwine.model.TableId;
import dev.entwine.verify.ScanProgress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A bar on terminals, for what takes longer than a second. Thread-safe. */
final class VerifyProgress implements ScanProgress {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(150);
    private static final int WIDTH = 30;

    private final Terminal terminal;
    private final Map<TableId, Integer> order = new java.util.HashMap<>();
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos + QUIET_NANOS - REDRAW_NANOS;
    private boolean drawn;

    VerifyProgress(Terminal terminal, List<TableId> tables) {
        this.terminal = terminal;
        tables.forEach(table -> order.put(table, order.size()));
    }

    @Override
    public synchronized void scanned(TableId table, double share) {
        int filled = (int) (share * WIDTH);
        draw("[" + "#".repeat(filled) + "-".repeat(WIDTH - filled)
                + "] %3d %%  table %d of %d: %s"
                        .formatted((int) (share * 100), order.getOrDefault(table, 0) + 1, order.size(), table));
    }

    @Override
    public synchronized void judging(long rows, int round) {
        draw("looking again at " + DifferencePrinter.rows(rows) + " that changed meanwhile (round " + round + ")");
    }

    private void draw(String text) {
        long now = System.nanoTime();
        if (!terminal.live() || now - drawnNanos < REDRAW_NANOS) {
            return;
        }
        drawnNanos = now;
        drawn = true;
        terminal.err().print("\r\u001b[K" + text + "  " + TimeUnit.NANOSECONDS.toSeconds(now - startNanos) + " s");
        terminal.err().flush();
    }

    synchronized void clear() {
        if (drawn) {
            terminal.err().print("\r\u001b[K");
            terminal.err().flush();
            drawn = false;
        }
    }
}
