package dev.entwine.apply;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Incarnation;
import dev.entwine.db.LogMessages;
import dev.entwine.db.Names;
import dev.entwine.db.Sessions;
import dev.entwine.db.SiteMarks;
import dev.entwine.merge.Acknowledgement;
import dev.entwine.merge.Batch;
import dev.entwine.merge.Clash;
import dev.entwine.merge.Committed;
import dev.entwine.merge.Overwritten;
import dev.entwine.merge.RekeyRules;
import dev.entwine.merge.RowWrite;
import dev.entwine.merge.TransactionSnapshot;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.VersionVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The two connections of one target: the one that writes, and the one that commits fences meanwhile. Owned by its target's thread.
 */
final class TargetSession implements AutoCloseable {
    /** Origins can be filtered from 16 on; before, rows are known as ours by the message that comes first. */
    private static final int ORIGIN_FILTER_SINCE = 16;

    /** A row's first change is there as long as any: whoever takes them out waits for it, and the other way round. */
    private static final String STILL_PARKED = """
        SELECT row_id FROM entwine.parked
        WHERE id IN (SELECT min(id) FROM entwine.parked WHERE row_id = ANY (?) GROUP BY row_id) FOR SHARE
        """;

    /** The first words of an apply transaction make it known as ours to every reader of the log; the origin keeps its rows from them. */
    private static final String BEGIN_WITH_ORIGIN =
            "SELECT pg_current_xact_id()::xid::text, pg_logical_emit_message(true, $1::text, $2::text),"
                    + " pg_replication_origin_session_setup($3)";

    private static final String BEGIN =
            "SELECT pg_current_xact_id()::xid::text, pg_logical_emit_message(true, $1::text, $2::text)";

    private static final String ANNOUNCE =
            "SELECT pg_current_xact_id()::xid::text, pg_logical_emit_message(true, ?, ?)";

    /**
     * All in one: whose turn it is, what had been applied, what is now, and the marker that says so, which an origin would hide. Divides
     * by zero, so that nothing is committed, when the lease is another's or the progress not what was expected.
     */
    private static final String FINISH = """
        WITH lease AS (SELECT 1 FROM entwine.lease WHERE epoch = $1 FOR KEY SHARE),
             moved AS (UPDATE entwine.progress p SET position = v.now, stamp = $2
                       FROM unnest($3::text[], $4::pg_lsn[], $5::pg_lsn[]) AS v(source, expected, now)
                       WHERE p.source = v.source AND p.position = v.expected RETURNING 1)
        SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text,
               1 / (SELECT count(*) FROM lease),
               1 / CASE WHEN (SELECT count(*) FROM moved) = $6 THEN 1 ELSE 0 END,
               pg_logical_emit_message(true, $7::text, $8::text)
        """;

    private static final String EMIT = "pg_logical_emit_message";
    private static final String FINISH_WITH_ORIGIN =
            FINISH.replace(EMIT, "pg_replication_origin_session_reset(), " + EMIT);

    /** The place in the site's own log that is acknowledged, in the same transaction as the marker that names it. */
    private static final String ACKNOWLEDGE = """
        INSERT INTO entwine.progress AS p (source, position, stamp) VALUES ($1, $2::pg_lsn, $3)
        ON CONFLICT (source) DO UPDATE SET position = EXCLUDED.position, stamp = EXCLUDED.stamp
        WHERE p.position < EXCLUDED.position
        """;

    private static final String REFUSED = "22012";

    /** Somebody else holds the origin, the right to use it is gone, or it is itself. */
    private static final Set<String> ORIGIN_REFUSED = Set.of("55006", "42501", "42704");

    private final SiteId site;
    private final Connection writing;
    private final Connection fencing;
    private final RowWriter rows;
    private final TargetConstraints constraints;
    private final JournalWriter journal;
    private final SequenceFollower sequences;
    private final String origin;
    private final Set<String> parked;
    private final Versions versions = new Versions(0);
    private boolean originUsable;
    private boolean originSet;
    private boolean begun;
    /** After trouble: so that it is known whose the next trouble is. */
    private boolean beginAlone = true;

    private int transaction;
    /** What this session has committed as acknowledged. */
    private Position acknowledged = Position.NONE;

    private TargetSession(
            Endpoint endpoint, Connection writing, Connection fencing, Collection<Table> tables, RekeyRules rekeying)
            throws SQLException {
        this.site = endpoint.site();
        this.writing = writing;
        this.fencing = fencing;
        this.rows = new RowWriter(writing, tables);
        this.constraints = TargetConstraints.read(writing, rows);
        this.journal = new JournalWriter(writing);
        this.sequences = new SequenceFollower(fencing, rekeying);
        this.origin = Names.slot(writing.getCatalog());
        this.parked = RecoveryReader.parkedRows(fencing);
        this.originUsable = writing.getMetaData().getDatabaseMajorVersion() >= ORIGIN_FILTER_SINCE && ensureOrigin();
        writing.setAutoCommit(false);
    }

    static TargetSession open(Endpoint endpoint, Collection<Table> tables, RekeyRules rekeying) throws SQLException {
        Connection writing = Sessions.open(endpoint, Sessions.Purpose.APPLY);
        try {
            Connection fencing = Sessions.open(endpoint, Sessions.Purpose.CONTROL);
            try {
                return new TargetSession(endpoint, writing, fencing, tables, rekeying);
            } catch (SQLException | RuntimeException e) {
                fencing.close();
                throw e;
            }
        } catch (SQLException | RuntimeException e) {
            writing.close();
            throw e;
        }
    }

    /** Without the right to use origins the rows travel to capture and are dropped there: only bandwidth is lost. */
    private boolean ensureOrigin() {
        String sql = "SELECT CASE WHEN pg_replication_origin_oid(?) IS NULL THEN pg_replication_origin_create(?) END";
        try (PreparedStatement statement = fencing.prepareStatement(sql)) {
            statement.setString(1, origin);
            statement.setString(2, origin);
            statement.execute();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    Set<String> parkedRows() {
        return parked;
    }

    /** Those of the rows of which a change is parked, and stays so until the transaction ends. */
    Set<String> stillParked(Set<String> rowIds) throws SQLException {
        requireBegun();
        Set<String> parkedNow = new HashSet<>();
        try (PreparedStatement statement = writing.prepareStatement(STILL_PARKED)) {
            statement.setArray(1, writing.createArrayOf("text", rowIds.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    parkedNow.add(row.getString(1));
                }
            }
        }
        return parkedNow;
    }

    /** @param known read before this is called */
    void requireUnchanged(Incarnation expected, SiteMarks.Known known) throws SQLException, ChangedSiteException {
        SiteMarks.read(site, fencing).requireUnchanged(expected, known);
    }

    VersionVector progress() throws SQLException {
        Map<SiteId, Position> progress = Bookkeeping.progress(fencing);
        progress.remove(site);
        return VersionVector.of(progress);
    }

    /** Begins the apply transaction, mostly together with the first of its statements. */
    void begin() throws SQLException {
        begun = false;
        if (beginAlone) {
            try {
                requireBegun();
            } catch (SQLException e) {
                originUsable &= !ORIGIN_REFUSED.contains(String.valueOf(e.getSQLState())); // the next try does without
                throw e;
            }
            beginAlone = false;
        }
    }

    private void requireBegun() throws SQLException {
        if (!begun) {
            script().run();
        }
    }

    /** Begins with the transaction's own first words, where they have not been said. */
    private Script script() throws SQLException {
        Script script = rows.script();
        if (!begun) {
            List<String> literals =
                    new ArrayList<>(List.of(Script.text(Message.PREFIX), Script.text(new Message.Apply().toString())));
            if (originUsable) {
                literals.add(Script.text(origin));
                originSet = true; // or not, when the message fails
            }
            script.add(originUsable ? BEGIN_WITH_ORIGIN : BEGIN, this::begun, literals);
        }
        return script;
    }

    private void begun(ResultSet row) throws SQLException {
        row.next();
        transaction = Integer.parseUnsignedInt(row.getString(1));
        versions.begin(transaction);
        begun = true;
    }

    /**
     * Writes, and looks for what refers to rows that are not there.
     *
     * @param clashes what was found of that, provided that nothing is returned
     * @return the changes of rows that are not there and that cannot be completed from the log
     */
    List<RowWrite> write(List<RowWrite> writes, List<Clash> clashes) throws SQLException {
        return rows.write(script(), writes, versions, behind(writes, clashes));
    }

    /** The same, for rows that exchange values which only one of them may have at a time, in columns that may be empty. */
    List<RowWrite> writeFreed(List<RowWrite> writes, List<Clash> clashes) throws SQLException {
        return rows.writeFreed(script(), writes, constraints::freeable, versions, behind(writes, clashes));
    }

    /** The same, for any rows that exchange values; their tables are locked for it. */
    List<RowWrite> replace(List<RowWrite> writes, List<Clash> clashes) throws SQLException {
        return rows.replace(script(), writes, versions, behind(writes, clashes));
    }

    /** What was found in a first message does not count when there is a second one. */
    private RowWriter.Behind behind(List<RowWrite> writes, List<Clash> clashes) {
        return script -> {
            clashes.clear();
            constraints.addOrphaned(script, writes, clashes);
        };
    }

    TargetConstraints constraints() {
        return constraints;
    }

    /** Begins an empty transaction beside the open one, and returns its number; {@link #announce} commits it. */
    int beginAnnouncement() throws SQLException {
        fencing.setAutoCommit(false);
        try (PreparedStatement statement = fencing.prepareStatement(ANNOUNCE)) {
            statement.setString(1, Message.PREFIX);
            statement.setString(2, new Message.Ping("settle").toString());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Integer.parseUnsignedInt(row.getString(1));
            }
        } catch (SQLException e) {
            fencing.rollback();
            fencing.setAutoCommit(true);
            throw e;
        }
    }

    void announce() throws SQLException {
        fencing.setAutoCommit(true); // commits
    }

    /** What the writes since the last call have overwritten. */
    Overwritten overwritten() {
        return versions.take();
    }

    /** Which of the site's transactions had ended at some time after the last write. */
    TransactionSnapshot ended() throws SQLException {
        TransactionSnapshot told = versions.ended();
        if (told != null) {
            return told;
        }
        try (PreparedStatement statement = fencing.prepareStatement("SELECT pg_current_snapshot()::text");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return TransactionSnapshot.parse(row.getString(1));
        }
    }

    void savepoint() throws SQLException {
        requireBegun();
        execute("SAVEPOINT row");
    }

    void releaseSavepoint() throws SQLException {
        execute("RELEASE SAVEPOINT row");
    }

    void rollbackToSavepoint() throws SQLException {
        execute("ROLLBACK TO SAVEPOINT row");
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = writing.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Commits a message of its own behind everything that the site's log holds now, and flushes the log up to there. */
    void fence(String token) throws SQLException {
        LogMessages.emit(fencing, new Message.Fence(token));
    }

    JournalWriter journal() throws SQLException {
        requireBegun();
        return journal;
    }

    /**
     * Writes the journal, progress and marker, and commits.
     *
     * @return empty, and nothing is committed, when progress is not what was expected
     */
    Optional<Committed> commit(Batch.Commit commit) throws SQLException, StaleException {
        sequences.follow(commit.rows());
        Message.Applied message = commit.message();
        try {
            List<Committed> committed = new ArrayList<>(1);
            if (!commit.notes().isEmpty() || !commit.refused().isEmpty()) {
                requireBegun();
            }
            Script script = script();
            journal.write(script, commit);
            if (message.acknowledged().isAfter(acknowledged)) {
                script.add(ACKNOWLEDGE, null, acknowledge(commit.acknowledged()));
            }
            script.add(
                    originUsable ? FINISH_WITH_ORIGIN : FINISH,
                    row -> {
                        row.next();
                        committed.add(new Committed(transaction, Integer.parseUnsignedInt(row.getString(1))));
                    },
                    finish(commit));
            script.addPlain("COMMIT", null);
            script.run();
            originSet = false;
            acknowledged = message.acknowledged();
            return Optional.of(committed.getFirst());
        } catch (SQLException e) {
            if (!REFUSED.equals(e.getSQLState())) {
                throw e;
            }
            rollback();
            requireLease(message.epoch());
            if (progress().equals(commit.expected())) {
                throw e; // by something else at the commit
            }
            return Optional.empty();
        }
    }

    private List<String> acknowledge(Acknowledgement place) {
        return List.of(
                Script.text(site.name()),
                Script.text(place.position().toString()),
                Long.toString(place.clock().micros()));
    }

    private List<String> finish(Batch.Commit commit) {
        Message.Applied message = commit.message();
        List<String> sources = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        List<String> now = new ArrayList<>();
        message.applied().asMap().forEach((source, position) -> {
            if (!position.equals(commit.expected().at(source))) {
                sources.add(source.name());
                expected.add(commit.expected().at(source).toString());
                now.add(position.toString());
            }
        });
        return List.of(
                Long.toString(message.epoch()),
                Long.toString(message.stamp().micros()),
                Script.array(sources),
                Script.array(expected),
                Script.array(now),
                Integer.toString(sources.size()),
                Script.text(Message.PREFIX),
                Script.text(message.toString()));
    }

    private void requireLease(long epoch) throws SQLException, StaleException {
        try (PreparedStatement statement = fencing.prepareStatement("SELECT 1 FROM entwine.lease WHERE epoch = ?")) {
            statement.setLong(1, epoch);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new StaleException(site, epoch);
                }
            }
        }
    }

    void rollback() throws SQLException {
        beginAlone = true;
        writing.rollback();
        if (originSet) {
            execute("SELECT pg_replication_origin_session_reset() WHERE pg_replication_origin_session_is_setup()");
            originSet = false;
            writing.commit();
        }
    }

    /** Ends what is open as the server sees fit: closing rolls back. */
    @Override
    public void close() throws SQLException {
        try (fencing) {
            writing.close();
        }
    }
}
