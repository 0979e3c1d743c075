package dev.entwine.engine;

import static java.util.Objects.requireNonNull;

import dev.entwine.apply.Applier.Sleeper;
import dev.entwine.apply.RecoveryReader;
import dev.entwine.config.Configuration;
import dev.entwine.config.ConfigurationException.Problem;
import dev.entwine.config.SchemaChanges;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.AddedColumns;
import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Catalog;
import dev.entwine.db.ChangeLock;
import dev.entwine.db.ConnectionTrouble;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Finding;
import dev.entwine.db.Incarnation;
import dev.entwine.db.Said;
import dev.entwine.db.SiteMarks;
import dev.entwine.db.SiteRequirements;
import dev.entwine.db.SiteState;
import dev.entwine.db.TableSet;
import dev.entwine.db.TablesAsOf;
import dev.entwine.fault.FaultPoint;
import dev.entwine.merge.Recovered;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.policy.PolicySet;
import dev.entwine.policy.WholeRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes every site's lease, in order, and reads from the sites all that an engine starts from. Waits for sites that cannot be reached
 * and, as a standby, for an engine that runs.
 */
final class Startup implements AutoCloseable {
    private static final int POLL_MS = 500;
    private static final int RECHECK_MS = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(Startup.class);

    private final Configuration configuration;
    private final Sleeper sleeper;
    private final Consumer<String> notice;
    private final String holder = UUID.randomUUID().toString();
    private final Map<SiteId, Lease> leases = new LinkedHashMap<>();
    private final boolean waitsForTables;
    private String lastNotice = "";

    /**
     * @param notice         told in words what is being waited for, whenever that changes
     * @param waitsForTables whether tables that are not alike at all sites are waited for rather than refused
     */
    Startup(Configuration configuration, Sleeper sleeper, Consumer<String> notice, boolean waitsForTables) {
        this.configuration = configuration;
        this.sleeper = sleeper;
        this.notice = notice;
        this.waitsForTables = waitsForTables;
    }

    /**
     * What an engine starts from.
     *
     * @param tablesAsOf the tables as they were found at each site
     */
    record Ready(
            long epoch,
            Map<SiteId, Lease> leases,
            TableWatch watch,
            Map<TableId, Table> tables,
            Map<SiteId, TablesAsOf> tablesAsOf,
            PolicySet policies,
            Map<SiteId, SiteMarks> marks,
            Map<SiteId, Recovered> recovered) {
        Incarnation incarnation(SiteId site) {
            return requireNonNull(marks.get(site)).incarnation().recorded();
        }

        TablesAsOf tablesAsOf(SiteId site) {
            return requireNonNull(tablesAsOf.get(site));
        }
    }

    /** Waits for sites that are away, for a lease that another engine has, and begins again when a site is lost on the way. */
    Ready begin(String host) throws InterruptedException, EngineFailure {
        while (true) {
            try {
                if (acquireAll()) {
                    Optional<Ready> ready = readWhenAlike(host);
                    if (ready.isPresent()) {
                        return ready.get();
                    }
                }
            } catch (SQLException e) {
                if (!isConnectionLost(e)) {
                    throw new EngineFailure(
                            "starting failed at one of the sites (SQLSTATE " + e.getSQLState() + "): " + Said.by(e)
                                    + "; mend it and run again",
                            e);
                }
                say("beginning again, for a site was lost while starting: " + Said.by(e));
            }
            close();
            sleeper.sleep(POLL_MS);
        }
    }

    /** Returns false when a command changes the set: it waits until no lease is held. */
    private boolean acquireAll() throws InterruptedException, EngineFailure {
        for (SiteSettings site : configuration.sites()) {
            Optional<Lease> lease = acquire(site.endpoint());
            if (lease.isEmpty()) {
                say("waiting for the end of a command that changes the set (site " + site.id() + ")");
                return false;
            }
            leases.put(site.id(), lease.get());
            FaultPoint.LEASE_LOCKED.pass();
        }
        return true;
    }

    /** The connection broke, or the server ended it or is not up yet. */
    private static boolean isConnectionLost(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P0");
    }

    /** Returns empty when a command that changes the set waits for the leases. */
    private Optional<Ready> readWhenAlike(String host) throws SQLException, InterruptedException, EngineFailure {
        while (true) {
            String differ;
            try {
                return Optional.of(read(host));
            } catch (EngineFailure e) {
                boolean mends = waitsForTables || configuration.engine().ddl() == SchemaChanges.REPLICATE;
                if (!mends || e.kind() != EngineFailure.Kind.TABLES_DIFFER) {
                    throw e;
                }
                differ = String.valueOf(e.getMessage());
            }
            AddedColumns.Result columns = addColumns(configuration, catalogs(), leases.values());
            if (!columns.added().isEmpty()) {
                continue;
            }
            differ = columns.withRefused(differ);
            say("waiting until the tables are alike again at all sites; nothing is carried over, nothing is lost:\n"
                    + differ);
            for (Lease lease : leases.values()) {
                lease.waiting(differ);
            }
            sleeper.sleep(RECHECK_MS);
            for (Lease lease : leases.values()) {
                if (ChangeLock.isHeld(lease.connection())) {
                    return Optional.empty();
                }
            }
        }
    }

    /** Adds what one site has and another lacks, if that is wanted. */
    static AddedColumns.Result addColumns(Configuration configuration, List<Catalog> catalogs, Collection<Lease> leases)
            throws SQLException {
        if (configuration.engine().ddl() == SchemaChanges.HOLD) {
            return new AddedColumns.Result(List.of(), List.of());
        }
        Map<SiteId, Connection> connections = new TreeMap<>();
        leases.forEach(lease -> connections.put(lease.site(), lease.connection()));
        AddedColumns.Result columns =
                AddedColumns.bring(table -> configuration.ruleFor(table).isPresent(), catalogs, connections);
        columns.added().forEach(what -> LOG.info("{}", what));
        return columns;
    }

    private Ready read(String host) throws SQLException, InterruptedException, EngineFailure {
        marks(); // before anything is changed
        TableWatch watch = TableWatch.begin(leases.values());
        Map<SiteId, Position> places = new TreeMap<>();
        for (Lease lease : leases.values()) {
            places.put(lease.site(), SiteState.insertPosition(lease.connection()));
        }
        List<Catalog> catalogs = catalogs();
        List<Table> tables = tables(catalogs);
        PolicySet policies = policies(tables, catalogs);
        Map<TableId, Table> byName = new TreeMap<>();
        tables.forEach(table -> byName.put(table.id(), table));
        Map<SiteId, TablesAsOf> tablesAsOf = new TreeMap<>();
        for (Lease lease : leases.values()) {
            Position place = requireNonNull(places.get(lease.site()));
            tablesAsOf.put(lease.site(), TablesAsOf.read(lease.connection(), byName, place));
        }
        long epoch = beginEpoch(host);
        Map<SiteId, SiteMarks> marks = marks(); // an older engine's last transaction may have moved them until now
        Set<String> journaled = journaledEverywhere();
        Map<SiteId, Recovered> recovered = new TreeMap<>();
        for (Lease lease : leases.values()) {
            SiteMarks found = requireNonNull(marks.get(lease.site()));
            recovered.put(lease.site(), recover(lease.connection(), found, byName, journaled));
        }
        FaultPoint.STARTUP_READ.pass();
        return new Ready(epoch, new LinkedHashMap<>(leases), watch, byName, tablesAsOf, policies, marks, recovered);
    }

    /** A site that is not what the others know has to be brought back first. */
    private Map<SiteId, SiteMarks> marks() throws SQLException, EngineFailure {
        Map<SiteId, SiteMarks> marks = new LinkedHashMap<>();
        for (Lease lease : leases.values()) {
            marks.put(lease.site(), SiteMarks.read(lease.site(), lease.connection()));
        }
        Map<SiteId, String> changed = SiteMarks.changed(marks.values());
        if (!changed.isEmpty()) {
            StringBuilder text = new StringBuilder();
            changed.forEach((site, reason) -> text.append("site ")
                    .append(site)
                    .append(": ")
                    .append(reason)
                    .append("\n"));
            throw new EngineFailure(text + "nothing was applied or acknowledged. Run 'entwine rejoin CONFIG "
                    + changed.keySet().iterator().next()
                    + "': it compares the sites, and what either of them lacks it gets");
        }
        return marks;
    }

    private Optional<Lease> acquire(Endpoint endpoint) throws InterruptedException, EngineFailure {
        while (true) {
            try {
                Lease lease = Lease.connect(endpoint);
                return locked(lease) ? Optional.of(lease) : Optional.empty();
            } catch (SQLException e) {
                requireMendable(endpoint, e);
                say("waiting for site " + endpoint.site() + ": " + Said.by(e));
            }
            sleeper.sleep(POLL_MS);
        }
    }

    /** A wrong password or a database that is not there does not mend itself. */
    private static void requireMendable(Endpoint endpoint, SQLException e) throws EngineFailure {
        String state = String.valueOf(e.getSQLState());
        if (state.startsWith("28") || state.equals("3D000")) {
            Finding trouble = ConnectionTrouble.explain(endpoint, e);
            throw new EngineFailure(
                    "site " + endpoint.site() + ": " + trouble.what() + "\n  mend: " + trouble.mend(), e);
        }
    }

    /** Closes the lease if it returns false, for a command that changes the set, or fails. */
    private boolean locked(Lease lease) throws SQLException, InterruptedException, EngineFailure {
        boolean locked = false;
        try {
            boolean changing = ChangeLock.isHeld(lease.connection());
            if (!changing) {
                requireInitialized(lease);
            }
            while (!changing && !lease.tryLock()) {
                say("standing by: an engine runs on " + lease.holder().orElse("an unknown host") + " (site "
                        + lease.site() + "); this one takes over when that ends");
                sleeper.sleep(POLL_MS);
                changing = ChangeLock.isHeld(lease.connection());
            }
            if (!changing && !ChangeLock.isHeld(lease.connection())) {
                requireInitialized(lease); // others may have begun, and not ended, a change while this one stood by
                locked = true;
            }
            return locked;
        } finally {
            if (!locked) {
                lease.close();
            }
        }
    }

    private static void requireInitialized(Lease lease) throws SQLException, EngineFailure {
        Connection connection = lease.connection();
        Optional<Bookkeeping.Meta> found = Bookkeeping.meta(connection);
        Optional<String> anew = found.flatMap(Bookkeeping.Meta::anew);
        if (anew.isPresent()) {
            throw new EngineFailure(
                    EngineFailure.Kind.UNFINISHED,
                    "site " + lease.site() + ": '" + anew.get()
                            + "' was stopped half-way, or is at work; run it again with this configuration");
        }
        Bookkeeping.Meta meta = found.filter(Bookkeeping.Meta::initialized)
                .orElseThrow(() -> new EngineFailure("site " + lease.site()
                        + " is not initialized; run 'entwine init' with this configuration first, or, if the other"
                        + " sites are, 'entwine rejoin' for this one"));
        if (!meta.site().equals(lease.site())) {
            throw new EngineFailure("site " + lease.site() + ": this database was initialized as site " + meta.site()
                    + "; give the sites of the configuration the urls that they had then");
        }
        if (meta.schemaVersion() != Bookkeeping.SCHEMA_VERSION) {
            throw new EngineFailure("site " + lease.site() + ": its schema entwine has version " + meta.schemaVersion()
                    + ", and this program reads version " + Bookkeeping.SCHEMA_VERSION
                    + "; nothing was applied or acknowledged. Run the program that initialized it until 'wait' returns"
                    + " 0, stop writing, and run 'entwine remove' and 'entwine init --equal' with this one");
        }
    }

    private List<Catalog> catalogs() throws SQLException {
        List<Catalog> catalogs = new ArrayList<>();
        for (Lease lease : leases.values()) {
            catalogs.add(Catalog.read(lease.site(), lease.connection()));
        }
        return catalogs;
    }

    private PolicySet policies(List<Table> tables, List<Catalog> catalogs) throws EngineFailure {
        PolicySet policies = PolicySet.compile(configuration, tables, catalogs);
        if (!policies.problems().isEmpty()) {
            throw new EngineFailure(
                    EngineFailure.Kind.CONFIGURATION,
                    policies.problems().stream().map(Problem::toString).collect(Collectors.joining("\n")));
        }
        return policies;
    }

    private List<Table> tables(List<Catalog> catalogs) throws SQLException, EngineFailure {
        List<Finding> findings = new ArrayList<>();
        for (Catalog catalog : catalogs) {
            findings.addAll(SiteRequirements.check(catalog));
            findings.addAll(WholeRows.check(configuration, catalog));
        }
        require(EngineFailure.Kind.OTHER, findings);
        TableSet tables = agree(configuration, catalogs);
        require(EngineFailure.Kind.TABLES_DIFFER, tables.findings());
        for (Lease lease : leases.values()) {
            requirePublished(lease, tables.tables());
        }
        return tables.tables();
    }

    static TableSet agree(Configuration configuration, List<Catalog> catalogs) {
        return TableSet.agree(table -> configuration.ruleFor(table).isPresent(), catalogs);
    }

    private static void require(EngineFailure.Kind otherwise, List<Finding> findings) throws EngineFailure {
        String errors = errors(findings);
        if (!errors.isEmpty()) {
            throw new EngineFailure(otherwise, errors);
        }
    }

    /** In words, with what mends them. */
    static String errors(List<Finding> findings) {
        return findings.stream()
                .filter(Finding::isError)
                .map(finding ->
                        finding.site().map(site -> "site " + site + ": ").orElse("") + finding.what() + "\n  mend: "
                                + finding.mend())
                .collect(Collectors.joining("\n"));
    }

    /** A table that is not in the publication is not in the stream either: its changes would go nowhere, without a word. */
    private static void requirePublished(Lease lease, List<Table> tables) throws SQLException, EngineFailure {
        List<TableId> published =
                Bookkeeping.published(lease.connection()).stream().sorted().toList();
        List<TableId> wanted = tables.stream().map(Table::id).sorted().toList();
        if (!published.equals(wanted)) {
            throw new EngineFailure(
                    EngineFailure.Kind.OTHER_TABLES,
                    "site " + lease.site() + " was initialized with the tables " + published
                            + ", the configuration now matches " + wanted
                            + "; nothing was applied. Run 'entwine add-table' to have these in the set, or give the"
                            + " configuration the tables that it had");
        }
    }

    private long beginEpoch(String host) throws SQLException {
        long newest = 0;
        for (Lease lease : leases.values()) {
            newest = Math.max(newest, lease.epoch());
        }
        for (Lease lease : leases.values()) {
            lease.begin(newest + 1, holder, host);
            FaultPoint.EPOCH_BEGUN.pass();
        }
        return newest + 1;
    }

    /** Of the decisions that some site does not call finished, those of which no site lacks anything. */
    private Set<String> journaledEverywhere() throws SQLException {
        Set<String> unfinished = new HashSet<>();
        for (Lease lease : leases.values()) {
            unfinished.addAll(RecoveryReader.unfinished(lease.connection()));
        }
        if (unfinished.isEmpty()) {
            return unfinished;
        }
        Map<String, Long> lengths = new HashMap<>();
        for (Lease lease : leases.values()) {
            Map<String, Long> there = RecoveryReader.durable(lease.connection(), unfinished);
            if (lengths.isEmpty()) {
                lengths.putAll(there);
            }
            lengths.entrySet().retainAll(there.entrySet());
            if (lengths.isEmpty()) {
                break;
            }
        }
        return lengths.keySet();
    }

    private static Recovered recover(
            Connection connection, SiteMarks marks, Map<TableId, Table> tables, Set<String> journaled)
            throws SQLException {
        return new Recovered(
                marks.acknowledged(),
                RecoveryReader.clock(connection, marks.site()),
                marks.applied(),
                new RecoveryReader(connection, tables).rows(journaled),
                RecoveryReader.unfinished(connection).stream()
                        .filter(journaled::contains)
                        .collect(Collectors.toUnmodifiableSet()),
                RecoveryReader.rekeys(connection, marks.acknowledged()));
    }

    private void say(String text) {
        if (!text.equals(lastNotice)) {
            lastNotice = text;
            notice.accept(text);
        }
    }

    /** Gives the leases back, if starting has failed. */
    @Override
    public void close() {
        for (Lease lease : leases.values()) {
            try {
                lease.close();
            } catch (SQLException e) {
                LOG.debug("site {}: the lease's connection was gone already", lease.site(), e);
            }
        }
        leases.clear();
    }
}
