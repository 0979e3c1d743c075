package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Catalog;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Identifiers;
import dev.entwine.db.InitialRows;
import dev.entwine.db.SiteException;
import dev.entwine.fault.FaultPoint;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Beginning.Divergence;
import dev.entwine.snapshot.Merging.Common;
import dev.entwine.verify.ScanProgress;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Sets up all sites, or leaves all of them as they were: what fails half-way is taken back before this returns. A copy that was
 * killed, or cut off from a server, goes on where it was when it is run again; anything else that was stopped half-way is taken back
 * by the next attempt. Used once, by one thread.
 */
public final class Initialization {
    private static final int DIFFERENCES_MAX = 20;

    private final List<Table> tables;
    private final Progress progress;
    private final Settings settings;
    private final List<SiteAccess> sites = new ArrayList<>();
    private final Map<SiteId, SlotSnapshot> slots = new LinkedHashMap<>();
    private boolean copying;

    private Initialization(List<Table> tables, Settings settings, Progress progress) {
        this.tables = tables;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * How to do it.
     *
     * @param beginning          what the sites hold
     * @param copyParallel       how many ranges are copied at the same time
     * @param slotWaitSeconds    how long to wait for the transactions that are open when a slot is created
     * @param interleave         whether sequences that would give the same value at two sites are changed, for good
     * @param needsWholeRows     the tables that get {@code REPLICA IDENTITY FULL}, which they keep when the set is removed
     */
    public record Settings(
            Beginning beginning,
            int copyParallel,
            int slotWaitSeconds,
            boolean interleave,
            Predicate<TableId> needsWholeRows) {
        Optional<SiteId> source() {
            return beginning instanceof Beginning.CopyFrom copy ? Optional.of(copy.source()) : Optional.empty();
        }
    }

    /** What came of it. */
    public sealed interface Outcome {
        /**
         * An engine may start now.
         *
         * @param diverged how the tables differ that it will make the same; empty unless sites are merged
         */
        record Initialized(int tables, List<Divergence> diverged) implements Outcome {
            public Initialized {
                diverged = List.copyOf(diverged);
            }
        }

        /** Nothing was done. Holds how the tables differ that would be made the same. */
        record Planned(List<Divergence> diverged) implements Outcome {
            public Planned {
                diverged = List.copyOf(diverged);
            }
        }

        /** Nothing had to be done. */
        record AlreadyInitialized(int tables) implements Outcome {}

        /**
         * An engine may start now.
         *
         * @param reason   why the set had to begin anew, in words
         * @param diverged how the tables differ that the engine will make the same
         */
        record BegunAnew(String reason, List<Divergence> diverged) implements Outcome {
            public BegunAnew {
                diverged = List.copyOf(diverged);
            }
        }

        /** There was no reason to begin anew; nothing was changed. */
        record NothingToDo() implements Outcome {}

        /** The sites are not equal; nothing is left behind. Holds the tables that differ. */
        record Different(List<TableComparison> tables) implements Outcome {
            public Different {
                tables = List.copyOf(tables);
            }
        }
    }

    /**
     * Sets the sites up.
     *
     * @param endpoints of all sites, whose catalogs have no errors
     * @param tables    the agreed tables
     * @throws RefusedException the state of the sites does not allow it; nothing was changed
     * @throws SiteException    something failed; everything was taken back, or the message says what was not
     */
    public static Outcome run(List<Endpoint> endpoints, List<Table> tables, Settings settings, Progress progress)
            throws SiteException, RefusedException {
        Initialization initialization = new Initialization(tables, settings, progress);
        try {
            for (Endpoint endpoint : endpoints) {
                initialization.sites.add(SiteAccess.open(endpoint));
            }
            return initialization.run();
        } finally {
            initialization.close();
        }
    }

    private Outcome run() throws SiteException, RefusedException {
        if (settings.beginning() instanceof Beginning.Anew anew) {
            return anew(anew);
        }
        SetState state = SetState.read(sites, tables);
        if (state == SetState.INITIALIZED) {
            interleave();
            return new Outcome.AlreadyInitialized(tables.size());
        }
        if (settings.beginning() instanceof Beginning.Merge merge && merge.dryRun()) {
            return new Outcome.Planned(plan(merge, Common.NOTHING));
        }
        boolean goesOn = state == SetState.UNFINISHED && StoppedCopy.canGoOn(sites, tables, settings.source());
        if (state == SetState.UNFINISHED && !goesOn) {
            progress.step("taking back an initialization that was stopped half-way");
            undo();
        }
        if (settings.source().isPresent()) {
            EmptyTargets.require(tables, targets());
        }
        return goesOn ? goOn() : buildOrUndo();
    }

    /** From new slots, since what committed while nobody held the old ones' snapshots is in no copied row. */
    private Outcome goOn() throws SiteException, RefusedException {
        progress.step("going on with a copy that was stopped: " + StoppedCopy.describe(targets()));
        for (SiteAccess site : sites) {
            site.call("dropping the slot", Leftovers::dropSlot);
        }
        try {
            return fill();
        } catch (SiteException | RefusedException | RuntimeException e) {
            stopAfter(e);
            throw e;
        }
    }

    private Outcome buildOrUndo() throws SiteException, RefusedException {
        Outcome outcome;
        try {
            UUID setId = UUID.randomUUID();
            for (SiteAccess site : sites) {
                createSchema(site, setId);
            }
            outcome = fill();
        } catch (SiteException e) {
            if (copying && (e.isAway() || e.isShort())) {
                stopAfter(e);
            } else {
                undoAfter(e);
            }
            throw e;
        } catch (RefusedException | RuntimeException e) {
            undoAfter(e);
            throw e;
        }
        if (!(outcome instanceof Outcome.Initialized)) {
            undo();
        }
        return outcome;
    }

    /** What was stopped half-way is done all over again: nothing but an engine uses what was made, and none starts before the end. */
    private Outcome anew(Beginning.Anew anew) throws SiteException, RefusedException {
        Optional<String> reason = BeginningAnew.reason(anew, sites, tables);
        if (reason.isEmpty()) {
            return new Outcome.NothingToDo();
        }
        // What cannot be merged is found out while the sites are still as they were.
        requireMergeable(plan(asMerge(anew), common(anew)));
        for (SiteAccess site : sites) {
            if (SetState.meta(site).isEmpty()) {
                createSchema(site, BeginningAnew.set(sites));
            }
        }
        Set<TableId> unknown = BeginningAnew.unknown(sites, tables);
        for (SiteAccess site : sites) {
            progress.step("forgetting up to where site " + site.site() + " was");
            Catalog catalog = site.catalog();
            site.inTransaction("beginning anew", connection -> {
                setReplicaIdentity(connection, catalog);
                Bookkeeping.beginAnew(connection, anew.command(), tables, unknown);
                if (anew instanceof Beginning.Rejoin rejoin && !rejoin.site().equals(site.site())) {
                    Bookkeeping.forgetSpread(connection);
                }
            });
            site.call("dropping the slot", Leftovers::dropSlot);
        }
        for (SiteAccess site : sites) {
            if (anew instanceof Beginning.Rejoin rejoin && rejoin.site().equals(site.site())) {
                Sequences.passRows(tables, sites, site);
            }
        }
        Outcome filled = fill();
        return filled instanceof Outcome.Initialized done
                ? new Outcome.BegunAnew(reason.get(), done.diverged())
                : filled;
    }

    private static Beginning.Merge asMerge(Beginning.Anew anew) {
        return new Beginning.Merge(anew.rules(), false, false);
    }

    private Common common(Beginning.Anew anew) throws SiteException {
        return BeginningAnew.common(anew, sites, BeginningAnew.unknown(sites, tables));
    }

    private void undoAfter(Exception failure) {
        progress.step("failed; taking back what was created");
        try {
            undo();
        } catch (SiteException e) {
            failure.addSuppressed(e);
        }
    }

    /** What was copied stays, and holds up nobody: the slots go, if their servers can be reached. */
    private void stopAfter(Exception failure) {
        progress.step("stopped; what was copied stays: run the same command again to go on, or 'entwine remove' to"
                + " take it back");
        closeSlots();
        for (SiteAccess site : sites) {
            try {
                site.call("dropping the slot", Leftovers::dropSlot);
            } catch (SiteException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private void interleave() throws SiteException {
        if (settings.interleave()) {
            Interleaving.establish(tables, sites, progress);
        }
    }

    private List<Divergence> plan(Beginning.Merge merge, Common common) throws SiteException {
        Map<SiteId, ExportedSnapshot> snapshots = new LinkedHashMap<>();
        Merging.Times times = Merging.Times.of(sites);
        try {
            for (SiteAccess site : sites) {
                snapshots.put(site.site(), ExportedSnapshot.take(site.endpoint()));
            }
            try (Merging merging = Merging.dryRun(snapshots, merge, common, times, progress)) {
                return differing(merging.compare(tables, catalogs()));
            }
        } finally {
            snapshots.values().forEach(ExportedSnapshot::close);
        }
    }

    private static List<Divergence> differing(List<Divergence> divergences) {
        return divergences.stream().filter(table -> !table.isNone()).toList();
    }

    private List<Catalog> catalogs() throws SiteException {
        List<Catalog> catalogs = new ArrayList<>();
        for (SiteAccess site : sites) {
            catalogs.add(site.catalog());
        }
        return catalogs;
    }

    /** Sequences first: what the source gives out from its snapshot on, no other site does. */
    private Outcome fill() throws SiteException, RefusedException {
        interleave();
        Merging.Times times = Merging.Times.of(sites);
        for (SiteAccess site : sites) {
            progress.step("creating the slot at " + site.site() + " (waits for open transactions)");
            slots.put(site.site(), SlotSnapshot.create(site, settings.slotWaitSeconds()));
            FaultPoint.INIT_SLOT.pass();
        }
        List<Divergence> diverged = List.of();
        switch (settings.beginning()) {
            case Beginning.CopyFrom copy -> copyFrom(source());
            case Beginning.Merge merge -> diverged = merge(merge, Common.NOTHING, times);
            case Beginning.Anew anew -> diverged = merge(asMerge(anew), common(anew), times);
            case Beginning.Equal equal -> {
                List<TableComparison> different = compare();
                if (!different.isEmpty()) {
                    return new Outcome.Different(different);
                }
            }
        }
        FaultPoint.INIT_FILLED.pass();
        finish();
        return new Outcome.Initialized(tables.size(), diverged);
    }

    private List<Divergence> merge(Beginning.Merge merge, Common common, Merging.Times times)
            throws SiteException, RefusedException {
        try (Merging merging = Merging.of(slots, merge, common, times, progress)) {
            List<Divergence> diverged = differing(merging.compare(tables, catalogs()));
            requireMergeable(diverged);
            merging.commit();
            return diverged;
        }
    }

    private void requireMergeable(List<Divergence> diverged) throws RefusedException {
        List<String> refusals = new ArrayList<>();
        diverged.forEach(table ->
                table.refusals().forEach(refusal -> refusals.add("  table " + table.table() + ": " + refusal)));
        if (!refusals.isEmpty()) {
            throw new RefusedException("the sites cannot be merged as the tables' rules are:\n"
                    + String.join("\n", refusals)
                    + (settings.beginning() instanceof Beginning.Merge
                            ? "\n'init --merge --dry-run' shows the rows"
                            : "\n'verify' shows the rows"));
        }
    }

    private void createSchema(SiteAccess site, UUID setId) throws SiteException {
        progress.step("creating schema and publication at " + site.site());
        Catalog catalog = site.catalog();
        site.inTransaction("creating schema and publication", connection -> {
            setReplicaIdentity(connection, catalog);
            Bookkeeping.create(connection, site.site(), setId, tables);
            if (catalog.rights().origins()) {
                Bookkeeping.createOrigin(connection);
            }
        });
        FaultPoint.INIT_SCHEMA.pass();
    }

    private void setReplicaIdentity(Connection connection, Catalog catalog) throws SQLException {
        for (Table table : tables) {
            Catalog.Relation relation = catalog.ordinaryTables().get(table.id());
            for (String name : relation != null && settings.needsWholeRows().test(table.id())
                    ? relation.notFull()
                    : List.<String>of()) {
                execute(connection, "ALTER TABLE " + name + " REPLICA IDENTITY FULL");
            }
        }
    }

    private void copyFrom(SiteAccess source) throws SiteException {
        progress.step(
                "copying " + (tables.size() == 1 ? "1 table" : tables.size() + " tables") + " from " + source.site());
        copying = true;
        new FirstCopy(source.site(), slot(source.site()).snapshot(), progress)
                .run(tables, targets(), settings.copyParallel());
        Catalog catalog = source.catalog();
        String names =
                tables.stream().map(table -> Identifiers.quote(table.id())).collect(Collectors.joining(", "));
        for (SiteAccess target : targets()) {
            Sequences.advance(tables, catalog, target);
            progress.step("analyzing the tables at " + target.site());
            target.call("analyzing the tables", connection -> execute(connection, "ANALYZE " + names));
        }
    }

    private List<TableComparison> compare() throws SiteException {
        Map<SiteId, Connection> readers = new LinkedHashMap<>();
        List<TableComparison> different = new ArrayList<>();
        try {
            for (SiteAccess site : sites) {
                readers.put(site.site(), slot(site.site()).snapshot().read());
            }
            for (Table table : tables) {
                progress.step("comparing table " + table.id());
                TableComparison comparison = Verification.compare(table, readers, DIFFERENCES_MAX, ScanProgress.NONE);
                if (!comparison.equal()) {
                    different.add(comparison);
                }
            }
            return different;
        } finally {
            readers.values().forEach(ExportedSnapshot::closeQuietly);
        }
    }

    /** The rows of every site contain exactly what every other site committed before its log begins, with its initial rows if any. */
    private void finish() throws SiteException {
        Map<SiteId, Position> contained = new LinkedHashMap<>();
        for (SiteAccess site : sites) {
            Position first = site.call("reading entwine.initial", InitialRows::range)
                    .map(InitialRows.Range::first)
                    .orElse(slot(site.site()).start());
            contained.put(site.site(), first.previous());
        }
        for (SiteAccess site : sites) {
            site.inTransaction("writing progress", connection -> {
                for (Map.Entry<SiteId, Position> other : contained.entrySet()) {
                    if (!other.getKey().equals(site.site())) {
                        Bookkeeping.startProgress(connection, other.getKey(), other.getValue());
                    }
                }
            });
            FaultPoint.INIT_PROGRESS.pass();
        }
        for (SiteAccess site : sites) {
            if (settings.beginning() instanceof Beginning.Rejoin rejoin
                    && rejoin.site().equals(site.site())) {
                site.inTransaction("beginning a new incarnation", Bookkeeping::newIncarnation);
            }
        }
        for (SiteAccess site : sites) {
            site.inTransaction("marking the site as initialized", Bookkeeping::markInitialized);
            FaultPoint.INIT_MARKED.pass();
        }
        for (SiteAccess site : sites) {
            site.inTransaction(
                    "forgetting how rows were copied", connection -> CopyLog.forget(connection, Optional.empty()));
        }
    }

    private SlotSnapshot slot(SiteId site) {
        SlotSnapshot slot = slots.get(site);
        if (slot == null) {
            throw new IllegalStateException("no slot was created at site " + site);
        }
        return slot;
    }

    private SiteAccess source() {
        return sites.stream()
                .filter(site -> settings.source().equals(Optional.of(site.site())))
                .findFirst()
                .orElseThrow();
    }

    private List<SiteAccess> targets() {
        return sites.stream()
                .filter(site -> !settings.source().equals(Optional.of(site.site())))
                .toList();
    }

    /** Tries every site, whatever happens at the others. */
    private void undo() throws SiteException {
        closeSlots();
        List<SiteException> failures = new ArrayList<>();
        for (SiteAccess site : sites) {
            try {
                Leftovers.undo(site);
            } catch (SiteException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            SiteException first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw first;
        }
    }

    private void closeSlots() {
        slots.values().forEach(SlotSnapshot::close);
        slots.clear();
    }

    private void close() throws SiteException {
        closeSlots();
        for (SiteAccess site : sites) {
            site.close();
        }
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }
}
