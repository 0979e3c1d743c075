package dev.entwine.console;

import dev.entwine.config.NotifySettings;
import dev.entwine.db.Said;
import dev.entwine.engine.Engine;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes a sample every second, on a thread of its own, keeps those of the last minutes, and wakes whoever waits for the next. Safe from any
 * thread: what is shared lies under one monitor.
 */
public final class Live implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Live.class);
    private static final int PERIOD_MS = 1_000;
    /** Five minutes. */
    private static final int KEPT_MAX = 300;
    /** The databases are asked less often than the engine. */
    private static final int STATUS_ROUNDS = 3;

    private final Supplier<Optional<Engine>> engine;
    private final Desk desk;
    private final Sampler sampler = new Sampler();
    private final Optional<Notifier> notifier;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Thread thread;
    private long number;
    private JsonNode status = JsonNodeFactory.instance.objectNode();
    private boolean closed;

    /** @param notice who is told when something needs a person */
    public Live(Supplier<Optional<Engine>> engine, Desk desk, NotifySettings notice, long spoolBytesMax) {
        this.engine = engine;
        this.desk = desk;
        this.notifier = notice.isWanted()
                ? Optional.of(new Notifier(notice, spoolBytesMax, new NoticeDelivery(notice)))
                : Optional.empty();
        this.thread = Thread.ofVirtual().name("console samples").start(this::run);
    }

    /** A moment. */
    record Sample(long number, ObjectNode document) {}

    private void run() {
        try {
            for (long round = 0; !isClosed(); round++) {
                if (round % STATUS_ROUNDS == 0) {
                    askDatabases();
                }
                take();
                Thread.sleep(PERIOD_MS);
            }
        } catch (InterruptedException e) {
            LOG.debug("no more samples");
        } catch (RuntimeException e) {
            LOG.error(
                    "the console takes no more samples, and nobody is notified any more; start the program again",
                    Said.without(e));
            throw e;
        }
    }

    private void askDatabases() {
        JsonNode now;
        try {
            now = desk.status();
        } catch (RequestException e) {
            now = JsonNodeFactory.instance.objectNode().put("trouble", String.valueOf(e.getMessage()));
        }
        synchronized (this) {
            status = now;
        }
    }

    private void take() {
        ObjectNode document = sampler.sample(Instant.now(), engine.get(), status());
        notifier.ifPresent(each -> each.look(document));
        synchronized (this) {
            samples.addLast(new Sample(++number, document));
            if (samples.size() > KEPT_MAX) {
                samples.removeFirst();
            }
            notifyAll();
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** As {@code status --json}; some seconds old. */
    synchronized JsonNode status() {
        return status;
    }

    synchronized List<Sample> history() {
        return new ArrayList<>(samples);
    }

    /** Waits for a sample after one that was seen; empty at the end, or when there is none for a while. */
    synchronized Optional<Sample> next(long seen, long waitMs) throws InterruptedException {
        long deadline = System.nanoTime() + waitMs * 1_000_000;
        while (!closed && number <= seen) {
            long leftMs = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                return Optional.empty();
            }
            wait(leftMs);
        }
        return closed ? Optional.empty() : Optional.of(samples.getLast());
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.interrupt();
    }
}
