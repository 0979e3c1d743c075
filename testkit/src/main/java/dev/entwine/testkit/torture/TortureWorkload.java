package dev.entwine.testkit.torture;

import dev.entwine.testkit.witness.Witness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writers and one reader at every site, over the {@link Tables}. Plain JDBC: what keeps the sites in step is not known here. Any thread
 * may call anything.
 */
public final class TortureWorkload implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(60);

    /** Of findings: what follows after so many says nothing new. */
    private static final int FINDINGS_MAX = 50;

    private final List<TortureWriter> writers = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Acknowledged> acknowledged = ConcurrentHashMap.newKeySet();
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final AtomicLong looks = new AtomicLong();

    private TortureWorkload(TortureOptions options, Map<String, Witness.Connector> sites) {
        for (Map.Entry<String, Witness.Connector> site : new TreeMap<>(sites).entrySet()) {
            for (int number = 0; number < options.writers(); number++) {
                TortureWriter writer =
                        new TortureWriter(site.getKey(), number, options, site.getValue(), acknowledged::add);
                writers.add(writer);
                threads.add(Thread.ofVirtual().name("torture-" + writer).start(writer::run));
            }
            Reader reader = new Reader(site.getKey(), site.getValue(), this::found, looks);
            readers.add(reader);
            threads.add(
                    Thread.ofVirtual().name("torture-reader-" + site.getKey()).start(reader::run));
        }
    }

    /** Starts writing and looking at every site; the tables must be there. */
    public static TortureWorkload start(TortureOptions options, Map<String, Witness.Connector> sites) {
        return new TortureWorkload(options, sites);
    }

    private void found(String finding) {
        if (findings.size() < FINDINGS_MAX) {
            findings.add(finding);
        }
    }

    /**
     * Lets each writer finish its transaction. Nothing is written after it returns; readers go on.
     *
     * @throws IllegalStateException a writer did not end in time
     */
    public void stopWriting() {
        writers.forEach(TortureWriter::stop);
        await("torture-reader-", false);
    }

    private void await(String prefix, boolean those) {
        for (Thread thread : threads) {
            try {
                if (thread.getName().startsWith(prefix) == those && !thread.join(END_MAX)) {
                    throw new IllegalStateException(thread.getName() + " did not end within " + END_MAX);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the workload was ending", e);
            }
        }
    }

    public Set<Acknowledged> acknowledged() {
        return Set.copyOf(acknowledged);
    }

    /** What readers saw and nobody should have. */
    public List<String> findings() {
        return List.copyOf(findings);
    }

    /** How often readers looked. */
    public long looks() {
        return looks.get();
    }

    @Override
    public void close() {
        writers.forEach(TortureWriter::stop);
        readers.forEach(Reader::stop);
        await("torture-", true);
    }
}
