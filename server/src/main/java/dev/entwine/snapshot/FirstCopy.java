package dev.entwine.snapshot;

import dev.entwine.db.SiteException;
import dev.entwine.model.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Copies all tables to all targets, some at the same time; the first failure stops the others. Called by one thread. */
final class FirstCopy {
    private final int parallel;
    private final AtomicBoolean stopped = new AtomicBoolean();

    FirstCopy(int parallel) {
        this.parallel = parallel;
    }

    void run(List<Table> tables, SiteAccess source, SlotSnapshot snapshot, List<SiteAccess> targets, Progress progress)
            throws SiteException {
        List<TableCopy> copies = new ArrayList<>();
        for (Table table : tables) {
            for (SiteAccess target : targets) {
                copies.add(new TableCopy(table, snapshot, source.site(), target.endpoint(), progress, stopped));
            }
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(
                parallel, Thread.ofVirtual().name("copy-", 0).factory())) {
            CompletionService<TableCopy> running = new ExecutorCompletionService<>(threads);
            copies.forEach(copy -> running.submit(task(copy)));
            for (int i = 0; i < copies.size(); i++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            stopped.set(true);
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while copying", e);
        }
    }

    private Callable<TableCopy> task(TableCopy copy) {
        return () -> {
            if (!stopped.get()) {
                try {
                    copy.run();
                } catch (SiteException | RuntimeException e) {
                    stopped.set(true);
                    throw e;
                }
            }
            return copy;
        };
    }

    private static SiteException failure(ExecutionException e) {
        if (e.getCause() instanceof SiteException failure) {
            return failure;
        }
        throw new IllegalStateException("copying failed", e.getCause());
    }
}
