package dev.entwine.engine;

import dev.entwine.apply.Applier;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.carrier.Spool;
import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.ChangeLock;
import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Said;
import dev.entwine.db.SiteMarks;
import dev.entwine.merge.Merger;
import dev.entwine.model.SiteId;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A running engine. {@link #start} returns once it holds every site's lease; it then works on threads of its own until {@link
 * #close}, or until something happens that it must not survive, which {@link #await} throws. Safe from any thread.
 */
public final class Engine implements AutoCloseable {
    private static final int RENEWAL_MS = 1000;
    /** Renewals from one forecast to the next: it changes slowly, and costs more than the rest of the status. */
    private static final int FORECAST_ROUNDS = 5;

    /** Renewals from one look at the tables to the next. */
    private static final int TABLE_ROUNDS = 3;

    private static final Duration STOP_WAIT = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Core core;
    private final HeldLogs heldLogs;
    private final Spool spool;
    private final RowLookUp lookUp;
    private final long epoch;
    private final Map<SiteId, Lease> leases;
    private final boolean givesWay;
    private final List<Thread> threads = new ArrayList<>();
    private final List<LogTaker> takers = new ArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile boolean stopping;
    /** As it was published last. Owned by the keeper. */
    private ObjectNode forecast = ForecastJson.NONE;

    private Engine(
            Core core,
            HeldLogs heldLogs,
            Spool spool,
            RowLookUp lookUp,
            long epoch,
            Map<SiteId, Lease> leases,
            boolean givesWay) {
        this.core = core;
        this.heldLogs = heldLogs;
        this.spool = spool;
        this.lookUp = lookUp;
        this.epoch = epoch;
        this.leases = new LinkedHashMap<>(leases);
        this.givesWay = givesWay;
    }

    /**
     * Takes the leases, waiting for sites and for another engine to end, and begins.
     *
     * @param notice told in words what is being waited for
     * @throws EngineFailure what does not mend itself by waiting
     */
    public static Engine start(Configuration configuration, String host, Consumer<String> notice)
            throws EngineFailure, InterruptedException {
        return start(configuration, host, notice, Manner.ALONE);
    }

    /** How an engine behaves towards people who change what it works on. */
    public enum Manner {
        /** What is not as it should be ends it. */
        ALONE,
        /**
         * Its {@link #await} fails with {@link EngineFailure.Kind#GAVE_WAY} when a command wants to change the set, which waits until the
         * engine is closed.
         */
        GIVING_WAY,
        /** The same; and while tables are not alike at all sites its start waits. */
        PATIENT
    }

    /** The same for an engine that others are to get on with. */
    public static Engine start(Configuration configuration, String host, Consumer<String> notice, Manner manner)
            throws EngineFailure, InterruptedException {
        Startup startup = new Startup(configuration, Thread::sleep, notice, manner == Manner.PATIENT);
        boolean started = false;
        try {
            Engine engine = build(configuration, startup.begin(host), manner != Manner.ALONE);
            started = true;
            return engine;
        } finally {
            if (!started) {
                closeQuietly(startup, "leases");
            }
        }
    }

    private static Engine build(Configuration configuration, Startup.Ready ready, boolean givesWay)
            throws EngineFailure {
        Map<SiteId, Endpoint> endpoints = new HashMap<>();
        for (SiteSettings site : configuration.sites()) {
            endpoints.put(site.id(), site.endpoint());
        }
        Spool spool;
        try {
            spool = new Spool(
                    configuration.engine().spoolDirectory(),
                    configuration.engine().memoryBytesMax(),
                    ready.tables());
        } catch (IOException e) {
            throw new EngineFailure(
                    "the spool directory " + configuration.engine().spoolDirectory() + " cannot be used: " + e
                            + "; set engine.spool_directory to one that can be written",
                    e);
        }
        List<SiteId> sites = configuration.siteIds();
        RowLookUp lookUp = new RowLookUp(endpoints);
        Core core = new Core(
                sites,
                configuration.engine(),
                GuardLimits.of(configuration),
                spool,
                outbox -> new Merger(
                        sites,
                        ready.policies()::of,
                        ready.policies()::ruleOf,
                        ready.policies().rekeying(),
                        ready.policies().scoping(),
                        outbox,
                        spool.windowMemory(),
                        ready.epoch(),
                        ready.recovered()),
                InstantSource.system(),
                lookUp);
        HeldLogs heldLogs = new HeldLogs(core);
        heldLogs.read(ready.leases().values());
        Engine engine = new Engine(core, heldLogs, spool, lookUp, ready.epoch(), ready.leases(), givesWay);
        for (SiteSettings site : configuration.sites()) {
            engine.begin(site.endpoint(), ready, configuration.engine().batchChangesMax());
        }
        ContinuousVerification verification = new ContinuousVerification(
                configuration.sites().stream().map(SiteSettings::endpoint).toList(),
                ready.tables().values(),
                configuration.engine(),
                core::renewed,
                Thread::sleep);
        engine.run("keeper", () -> engine.keep(configuration, ready.watch(), verification));
        if (verification.isWanted()) {
            engine.run("verification", verification::run);
        }
        JournalRetention retention =
                new JournalRetention(endpoints, configuration.engine(), core::renewed, Thread::sleep);
        if (retention.isWanted()) {
            engine.run("retention", retention::run);
        }
        return engine;
    }

    private void begin(Endpoint endpoint, Startup.Ready ready, int batchChangesMax) {
        LogTaker taker = new LogTaker(
                endpoint.site(),
                () -> {
                    SiteMarks.Known known = core.known(endpoint.site());
                    return Wiring.reader(
                            endpoint,
                            marks -> marks.requireUnchanged(ready.incarnation(endpoint.site()), known),
                            ready.tablesAsOf(endpoint.site()),
                            table -> ready.policies().of(table).columns());
                },
                core,
                Thread::sleep);
        Applier applier = new Applier(
                endpoint,
                ready.incarnation(endpoint.site()),
                ready.tables().values(),
                ready.policies().rekeying(),
                batchChangesMax,
                core,
                Thread::sleep);
        takers.add(taker);
        run("capture " + endpoint.site(), taker::run);
        run("apply " + endpoint.site(), applier::run);
    }

    /** What a thread does until it is interrupted. */
    private interface Work {
        void run() throws Exception;
    }

    private void run(String name, Work work) {
        threads.add(Thread.ofPlatform().name(name).daemon().start(() -> {
            try {
                work.run();
            } catch (InterruptedException e) {
                LOG.debug("{} ends", name);
            } catch (ChangedSiteException e) {
                fail(e);
            } catch (UnreadableLogException e) {
                if (e.isTableChanged()) {
                    tablesDiffer(String.valueOf(e.getMessage()));
                } else {
                    fail(name, e);
                }
            } catch (Exception | Error e) {
                fail(name, e);
            }
        }));
    }

    /** No defect of ours: the message is all that there is to know. */
    private void fail(ChangedSiteException changed) {
        if (!stopping) {
            LOG.error("{}", changed.getMessage());
            ended.completeExceptionally(new EngineFailure(String.valueOf(changed.getMessage()), changed));
        }
    }

    /** Not the engine's failure either: it has to look at the tables again. */
    private void tablesDiffer(String what) {
        if (!stopping) {
            LOG.warn("{}; the engine looks at the tables again, nothing further is applied or acknowledged", what);
            ended.completeExceptionally(new EngineFailure(EngineFailure.Kind.TABLES_DIFFER, what));
        }
    }

    private void fail(String name, Throwable cause) {
        if (!stopping) {
            LOG.error(
                    "{} has failed; the engine stops, nothing further is applied or acknowledged",
                    name,
                    Said.without(cause));
            ended.completeExceptionally(new EngineFailure(name + ": " + Said.by(cause), cause));
        }
    }

    /** Renews the leases, with the status, for as long as the engine runs and no command changes the set. */
    private void keep(Configuration configuration, TableWatch watch, ContinuousVerification verification)
            throws InterruptedException, EngineFailure {
        Spread spread = new Spread(leases.keySet());
        for (long round = 0; !stopping; round++) {
            if (round % FORECAST_ROUNDS == 0) {
                forecast = ForecastJson.of(core.forecast());
            }
            String status = StatusJson.of(core.status(), verification.state(), forecast);
            Map<SiteId, SiteMarks.Known> known = new TreeMap<>();
            leases.keySet().forEach(site -> known.put(site, core.known(site)));
            Lease.Note note =
                    new Lease.Note(StatusJson.ofKnown(known), StatusJson.ofSpread(spread.upTo(known)), status);
            for (Lease lease : leases.values()) {
                if (renew(lease, note, spread)) {
                    giveWay(lease.site());
                    return;
                }
            }
            if (round % TABLE_ROUNDS == TABLE_ROUNDS - 1 && mustBeginAnew(configuration, watch)) {
                tablesDiffer("somebody has changed a table, at all sites alike");
                return;
            }
            Thread.sleep(RENEWAL_MS);
        }
    }

    private boolean mustBeginAnew(Configuration configuration, TableWatch watch) {
        try {
            return watch.mustBeginAnew(configuration, leases.values());
        } catch (SQLException e) {
            LOG.debug("the tables cannot be looked at now", e);
            return false;
        }
    }

    private void giveWay(SiteId site) {
        String what = "giving way to a command that changes the set (site " + site + ")";
        LOG.info("{}", what);
        ended.completeExceptionally(new EngineFailure(EngineFailure.Kind.GAVE_WAY, what));
    }

    /** Returns whether a command waits for the lease. */
    private boolean renew(Lease lease, Lease.Note note, Spread spread) throws EngineFailure {
        try {
            Optional<Lease.Renewed> renewed = lease.renew(epoch, note);
            if (renewed.isPresent()) {
                core.renewed(lease.site(), renewed.get().transaction());
                spread.at(lease.site(), renewed.get().place());
                heldLogs.look(lease);
            } else {
                requireOurs(lease, lease.epoch() == epoch);
            }
            return givesWay && ChangeLock.isHeld(lease.connection());
        } catch (SQLException e) {
            LOG.debug("site {}: the lease cannot be renewed now", lease.site(), e);
            reconnect(lease);
            return false;
        }
    }

    private void reconnect(Lease lease) throws EngineFailure {
        try {
            boolean locked = lease.reconnect();
            requireOurs(lease, lease.epoch() == epoch);
            if (!locked) {
                LOG.warn(
                        "site {}: the lease's lock is still held, by our lost connection or by another engine",
                        lease.site());
            }
        } catch (SQLException e) {
            LOG.debug("site {}: not back yet", lease.site(), e);
        }
    }

    private void requireOurs(Lease lease, boolean ours) throws EngineFailure {
        if (!ours) {
            throw new EngineFailure(
                    "site " + lease.site() + ": another engine has taken over (after our epoch " + epoch + ")");
        }
    }

    public EngineStatus status() {
        return core.status();
    }

    /** What has gone through since the start. */
    public Measurements measurements() {
        return core.measurements();
    }

    /** What is to be expected of the traffic seen lately. Takes a millisecond or so for each table. */
    public TrafficForecast forecast() {
        return core.forecast();
    }

    /**
     * Stops what comes to a site, or lets it go on: what is changed elsewhere waits. The site's own changes go to the others. Not
     * remembered over a restart.
     */
    public void pause(SiteId target, boolean pause) {
        LOG.info("site {}: changes of other sites {}", target, pause ? "are held back now" : "come in again");
        core.pause(target, pause);
    }

    public long epoch() {
        return epoch;
    }

    /** Waits until the engine is closed, or has failed. */
    public void await() throws InterruptedException, EngineFailure {
        try {
            ended.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineFailure failure) {
                throw failure;
            }
            throw new IllegalStateException("only failures of the engine end it so", e);
        }
    }

    /** Stops all work; open transactions are rolled back and leases given up. Takes a few seconds at most. */
    @Override
    public void close() {
        stopping = true;
        core.stop();
        for (LogTaker taker : takers) {
            try {
                taker.stop();
            } catch (SQLException e) {
                LOG.debug("a log's connection was gone already", e);
            }
        }
        threads.forEach(Thread::interrupt);
        joinAll();
        leases.values().forEach(lease -> closeQuietly(lease, "lease of " + lease.site()));
        closeQuietly(lookUp, "connections for single rows");
        closeQuietly(spool, "spool");
        ended.complete(null);
    }

    private void joinAll() {
        try {
            for (Thread thread : threads) {
                if (!thread.join(STOP_WAIT)) {
                    LOG.warn("{} does not end", thread.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(AutoCloseable closeable, String what) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.debug("{} could not be closed", what, e);
        }
    }
}
