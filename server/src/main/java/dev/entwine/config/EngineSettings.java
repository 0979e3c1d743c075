package dev.entwine.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The engine's own limits.
 *
 * @param spoolDirectory  where queues overflow to; its files are not state and may be deleted while the engine is down
 * @param memoryBytesMax  what all queues together may hold in memory; too small spools early, too large starves the heap
 * @param spoolBytesMax   what all queues together may hold in files; when it is used up, capture waits and the sites keep their log
 * @param fenceTimeoutMs  how long an open apply transaction may wait for its fence before it gives its row locks back; too small
 *                        repeats work under load, too large lets applications wait behind the engine
 * @param batchChangesMax how many changes one apply transaction may hold; large batches are fast and hold locks longer
 * @param heartbeatMs     how often an idle site gets a marker so that its log can be forgotten
 * @param journalDaysMax  how long decided conflicts stay in the journal; 0: for ever
 * @param journalEntriesMax how many entries a site's journal may hold before the oldest go; 0: any number
 * @param verifyWithin    the time within which every table is to be proved equal once; empty: never
 * @param verifyPercentMax how much of the time of one session at each site that may take; too little and it takes longer than
 *                        {@code verifyWithin}, much competes with the applications
 * @param ddl                 what is done about a column that has been added at one site
 * @param copyTablesParallel how many ranges of tables {@code init} copies at the same time; each takes one connection at either side
 */
public record EngineSettings(
        Path spoolDirectory,
        long memoryBytesMax,
        long spoolBytesMax,
        int fenceTimeoutMs,
        int batchChangesMax,
        int heartbeatMs,
        int journalDaysMax,
        long journalEntriesMax,
        Optional<Duration> verifyWithin,
        int verifyPercentMax,
        int copyTablesParallel,
        SchemaChanges ddl) {
    private static final long MIB = 1024 * 1024;

    static final Bounds MEMORY_BYTES_MAX = new Bounds(256 * MIB, 16 * MIB, 65_536 * MIB);
    static final Bounds SPOOL_BYTES_MAX = new Bounds(10_240 * MIB, 64 * MIB, 16_777_216 * MIB);
    static final Bounds FENCE_TIMEOUT_MS = new Bounds(250, 10, 4_000);
    static final Bounds BATCH_CHANGES_MAX = new Bounds(5_000, 1, 100_000);
    static final Bounds HEARTBEAT_MS = new Bounds(2_000, 100, 60_000);
    static final Bounds JOURNAL_DAYS_MAX = new Bounds(0, 0, 36_500);
    static final Bounds JOURNAL_ENTRIES_MAX = new Bounds(0, 0, 1_000_000_000_000L);
    static final Duration VERIFY_WITHIN = Duration.ofHours(24);
    static final Duration VERIFY_WITHIN_MIN = Duration.ofSeconds(1);
    static final Duration VERIFY_WITHIN_MAX = Duration.ofDays(366);
    static final Bounds VERIFY_PERCENT_MAX = new Bounds(5, 1, 100);
    static final Bounds COPY_TABLES_PARALLEL = new Bounds(2, 1, 16);

    public static final EngineSettings DEFAULT = new EngineSettings(
            Path.of(System.getProperty("java.io.tmpdir"), "entwine-spool"),
            MEMORY_BYTES_MAX.initial(),
            SPOOL_BYTES_MAX.initial(),
            (int) FENCE_TIMEOUT_MS.initial(),
            (int) BATCH_CHANGES_MAX.initial(),
            (int) HEARTBEAT_MS.initial(),
            (int) JOURNAL_DAYS_MAX.initial(),
            JOURNAL_ENTRIES_MAX.initial(),
            Optional.of(VERIFY_WITHIN),
            (int) VERIFY_PERCENT_MAX.initial(),
            (int) COPY_TABLES_PARALLEL.initial(),
            SchemaChanges.HOLD);

    /** What a number is when the file does not say, and what it may be. */
    record Bounds(long initial, long min, long max) {}
}
