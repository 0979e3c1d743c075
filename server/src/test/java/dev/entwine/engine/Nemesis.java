package dev.entwine.engine;

import dev.entwine.testkit.FaultProxy;
import dev.entwine.testkit.FaultProxy.Direction;
import dev.entwine.testkit.torture.Schedule;
import dev.entwine.testkit.torture.Schedule.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Carries out a schedule of faults, each on a thread of its own. */
final class Nemesis {
    private static final Duration DELAY = Duration.ofMillis(200);
    private static final long BYTES_BEFORE_CUT = 20_000;
    private static final int POLL_MILLIS = 100;

    private final Sites sites;
    private final Map<String, FaultProxy> lines;
    private final TortureEngines engines;
    private final SortedMap<Kind, Integer> done = new TreeMap<>();

    Nemesis(Sites sites, Map<String, FaultProxy> lines, TortureEngines engines) {
        this.sites = sites;
        this.lines = lines;
        this.engines = engines;
    }

    /** Returns when the time is over and every fault has ended. */
    void torture(Schedule schedule, int seconds) throws InterruptedException, ExecutionException, IOException {
        long began = System.nanoTime();
        List<Schedule.Planned> waiting = new ArrayList<>(schedule.faults());
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long millis = 0; millis < seconds * 1_000L; millis = (System.nanoTime() - began) / 1_000_000) {
                while (!waiting.isEmpty() && waiting.getFirst().atMillis() <= millis) {
                    Schedule.Planned fault = waiting.removeFirst();
                    running.add(threads.submit(() -> carryOut(fault)));
                }
                engines.keepOneRunning();
                Thread.sleep(POLL_MILLIS);
            }
            for (Future<?> fault : running) {
                fault.get();
            }
        }
    }

    /** How many of each kind. */
    SortedMap<Kind, Integer> done() {
        synchronized (done) {
            return new TreeMap<>(done);
        }
    }

    private Void carryOut(Schedule.Planned fault) throws IOException, InterruptedException {
        String site = fault.site();
        switch (fault.kind()) {
            case ENGINE_KILLED -> engines.kill(fault.millis());
            case ENGINE_FROZEN -> engines.freeze(fault.millis());
            case ENGINE_TAKEN_OVER -> engines.takeOver(fault.millis());
            case ENGINE_RESTARTED -> engines.restart(fault.millis());
            case SERVER_KILLED -> {
                sites.server(site).kill();
                Thread.sleep(fault.millis());
                sites.server(site).startAgain();
            }
            case SERVER_FROZEN -> {
                sites.server(site).pause();
                Thread.sleep(fault.millis());
                sites.server(site).resume();
            }
            case LINE_PARTED,
                    LINE_PARTED_TO_SERVER,
                    LINE_PARTED_TO_ENGINE,
                    LINE_STALLED,
                    LINE_SILENT,
                    LINE_SLOW,
                    LINE_CUT,
                    LINE_CUT_IN_MIDSTREAM,
                    LINE_REFUSED -> {
                FaultProxy line = line(site);
                spoil(line, fault.kind());
                Thread.sleep(fault.millis());
                line.heal();
            }
        }
        synchronized (done) {
            done.merge(fault.kind(), 1, Integer::sum);
        }
        return null;
    }

    private FaultProxy line(String site) {
        FaultProxy line = lines.get(site);
        if (line == null) {
            throw new IllegalArgumentException("no line to " + site);
        }
        return line;
    }

    private static void spoil(FaultProxy line, Kind kind) {
        switch (kind) {
            case LINE_PARTED -> {
                line.drop(Direction.TO_SERVER);
                line.drop(Direction.TO_CLIENT);
            }
            case LINE_PARTED_TO_SERVER -> line.drop(Direction.TO_SERVER);
            case LINE_PARTED_TO_ENGINE -> line.drop(Direction.TO_CLIENT);
            case LINE_STALLED -> {
                line.stall(Direction.TO_SERVER);
                line.stall(Direction.TO_CLIENT);
            }
            case LINE_SILENT -> line.halfOpen();
            case LINE_SLOW -> {
                line.delay(Direction.TO_SERVER, DELAY);
                line.delay(Direction.TO_CLIENT, DELAY);
            }
            case LINE_CUT -> line.cutAll();
            case LINE_CUT_IN_MIDSTREAM -> line.cutAfter(Direction.TO_SERVER, BYTES_BEFORE_CUT);
            case LINE_REFUSED -> {
                line.refuse();
                line.cutAll();
            }
            case ENGINE_KILLED, ENGINE_FROZEN, ENGINE_TAKEN_OVER, ENGINE_RESTARTED, SERVER_KILLED, SERVER_FROZEN ->
                throw new IllegalArgumentException(kind + " is no fault of a line");
        }
    }
}
