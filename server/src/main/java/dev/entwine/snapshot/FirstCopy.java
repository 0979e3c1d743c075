package dev.entwine.snapshot;

import static java.util.Objects.requireNonNull;

import dev.entwine.db.BlockRange;
import dev.entwine.db.Identifiers;
import dev.entwine.db.SiteException;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Copies all tables to all targets, range by range, some at the same time; the first failure stops the others. Ranges that a stopped
 * copy has brought are not copied again: what has changed in them is mended ({@link CopiedPart}). Called by one thread.
 */
final class FirstCopy {
    private final SiteId sourceSite;
    private final ExportedSnapshot source;
    private final Progress progress;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Piece> pieces = new ConcurrentLinkedQueue<>();
    private final Map<SiteId, Map<TableId, Filling>> fillings = new LinkedHashMap<>();

    FirstCopy(SiteId sourceSite, ExportedSnapshot source, Progress progress) {
        this.sourceSite = sourceSite;
        this.source = source;
        this.progress = progress;
    }

    /** One table's range that one site lacks. */
    private record Piece(SiteAccess target, CopyPlan plan, BlockRange range) {}

    /** How many ranges of a table a site lacks, and how many rows it has got. */
    private static final class Filling {
        private int ranges;
        private long rows;
    }

    /** @param parallel how many ranges are copied at the same time */
    void run(List<Table> tables, List<SiteAccess> targets, int parallel) throws SiteException {
        List<CopyPlan> plans = plans(tables);
        for (SiteAccess target : targets) {
            Optional<CopyLog.State> state = target.call("reading entwine.copy", CopyLog::read);
            if (state.isPresent()) {
                mend(plans, target, state.get());
            }
            for (CopyPlan plan : plans) {
                plan(plan, target, state);
            }
        }
        progress.copying(pieces.stream()
                .mapToLong(piece -> piece.plan().bytes(piece.range()))
                .sum());
        copy(Math.min(parallel, Math.max(1, pieces.size())));
    }

    private List<CopyPlan> plans(List<Table> tables) throws SiteException {
        List<CopyPlan> plans = new ArrayList<>();
        Connection reader = source.read();
        try {
            for (Table table : tables) {
                plans.add(
                        SiteAccess.of(sourceSite, "reading the size of " + table, () -> CopyPlan.read(table, reader)));
            }
            return plans;
        } finally {
            ExportedSnapshot.closeQuietly(reader);
        }
    }

    private void mend(List<CopyPlan> plans, SiteAccess target, CopyLog.State state) throws SiteException {
        try (CopyStream stream = CopyStream.open(source, target.endpoint())) {
            for (CopyPlan plan : plans) {
                List<BlockRange> finished = state.of(plan.table().id());
                if (!finished.isEmpty()) {
                    progress.step("mending what changed in table " + plan.table() + " since it was copied to "
                            + target.site());
                    new CopiedPart(plan.table(), source, sourceSite, target.endpoint(), stream, finished).mend();
                }
            }
        }
    }

    private void plan(CopyPlan plan, SiteAccess target, Optional<CopyLog.State> state) {
        TableId table = plan.table().id();
        List<BlockRange> ranges =
                plan.ranges(state.map(known -> known.of(table)).orElse(List.of()));
        Filling filling = new Filling();
        filling.ranges = ranges.size();
        fillings.computeIfAbsent(target.site(), site -> new HashMap<>()).put(table, filling);
        ranges.forEach(range -> pieces.add(new Piece(target, plan, range)));
        if (ranges.isEmpty()) {
            progress.copied(target.site(), table, 0);
        }
    }

    private void copy(int parallel) throws SiteException {
        List<Future<Boolean>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                parallel, Thread.ofPlatform().name("copy-", 0).factory())) {
            for (int i = 0; i < parallel; i++) {
                running.add(threads.submit(this::work));
            }
        }
        for (Future<Boolean> worker : running) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                throw failure(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while copying", e);
            }
        }
    }

    private static SiteException failure(ExecutionException e) {
        if (e.getCause() instanceof SiteException failure) {
            return failure;
        }
        throw new IllegalStateException("copying failed", e.getCause());
    }

    /** Whether everything was copied. */
    private boolean work() throws SiteException {
        Map<SiteId, CopyStream> streams = new HashMap<>();
        try {
            for (Piece piece = pieces.poll(); piece != null && !stopped.get(); piece = pieces.poll()) {
                SiteAccess target = piece.target();
                if (!streams.containsKey(target.site())) {
                    streams.put(target.site(), CopyStream.open(source, target.endpoint()));
                }
                copy(piece, requireNonNull(streams.get(target.site())));
            }
            return !stopped.get();
        } catch (StoppedException e) {
            return false;
        } catch (SiteException | RuntimeException e) {
            stopped.set(true);
            throw e;
        } finally {
            streams.values().forEach(CopyStream::close);
        }
    }

    private void copy(Piece piece, CopyStream stream) throws SiteException {
        Table table = piece.plan().table();
        SiteId target = piece.target().site();
        long rows = stream.write("copying table " + table + " from site " + sourceSite, (from, to) -> {
            long copied = stream.pump(
                    table,
                    " FROM " + Identifiers.quote(table.id()) + " AS t WHERE "
                            + piece.range().condition("t"),
                    more -> report(target, table.id(), more));
            CopyLog.note(to, sourceSite, table.id(), Optional.of(piece.range()), copied);
            return copied;
        });
        progress.finished(piece.plan().bytes(piece.range()));
        finished(target, table.id(), rows);
    }

    private void finished(SiteId target, TableId table, long rows) {
        Filling filling = requireNonNull(requireNonNull(fillings.get(target)).get(table));
        synchronized (filling) {
            filling.rows += rows;
            filling.ranges--;
            if (filling.ranges == 0) {
                progress.copied(target, table, filling.rows);
            }
        }
    }

    private void report(SiteId target, TableId table, long more) {
        if (stopped.get()) {
            throw new StoppedException();
        }
        progress.rows(target, table, more);
    }

    /** Another stream has failed. */
    private static final class StoppedException extends RuntimeException {}
}
