package dev.entwine.engine;

import dev.entwine.capture.LogReader;
import dev.entwine.capture.UnreadableLogException;
import dev.entwine.db.ChangedSiteException;
import dev.entwine.db.Endpoint;
import dev.entwine.db.Pings;
import dev.entwine.db.Said;
import dev.entwine.db.SiteException;
import dev.entwine.db.SiteMarks.Known;
import dev.entwine.db.SiteState;
import dev.entwine.db.TablesAsOf;
import dev.entwine.merge.Columns;
import dev.entwine.model.Change;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Position;
import dev.entwine.model.RowId;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import dev.entwine.verify.Streams;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The streams while no engine runs: reads every site's log, as an engine would when it starts, and acknowledges nothing. So it is known
 * of each row whether a change of it has not reached every site. Keeps an engine from starting while it reads. Used by one thread.
 */
public final class StandingStreams implements Streams {
    private final List<Endpoint> endpoints;
    private final Map<SiteId, Connection> connections;
    private final Map<TableId, Table> tables = new LinkedHashMap<>();

    /**
     * @param connections to every site, in auto-commit mode
     * @param tables      every table of the publication
     */
    public StandingStreams(List<Endpoint> endpoints, Map<SiteId, Connection> connections, List<Table> tables) {
        this.endpoints = List.copyOf(endpoints);
        this.connections = Map.copyOf(connections);
        tables.forEach(table -> this.tables.put(table.id(), table));
    }

    @Override
    public Passage pass(Set<RowId> rows) throws SiteException {
        Map<SiteId, Position> ends = new LinkedHashMap<>();
        Map<SiteId, Map<SiteId, Position>> applied = new LinkedHashMap<>();
        Set<RowId> waiting = new HashSet<>();
        for (Endpoint endpoint : endpoints) {
            ends.put(endpoint.site(), at(endpoint, "writing a ping", Pings::send));
            applied.put(endpoint.site(), at(endpoint, "reading entwine.progress", Pings::applied));
            waiting.addAll(at(endpoint, "reading entwine.merged", connection -> unfinished(connection, rows)));
        }
        for (Endpoint endpoint : endpoints) {
            SiteId site = endpoint.site();
            Position end = ends.getOrDefault(site, Position.NONE);
            TablesAsOf asOf = at(
                    endpoint,
                    "reading the position",
                    connection -> TablesAsOf.read(connection, tables, SiteState.insertPosition(connection)));
            Optional<String> trouble = read(endpoint, asOf, end, new Backlog(rows, everywhere(site, applied), waiting));
            if (trouble.isPresent()) {
                return new Passage.Held(
                        "no engine runs, and the log of site " + site + " does not tell what waits: " + trouble.get());
            }
        }
        return new Passage.Standing(waiting);
    }

    /** Up to where the site's changes are at every other site. */
    private static Position everywhere(SiteId source, Map<SiteId, Map<SiteId, Position>> applied) {
        return applied.entrySet().stream()
                .filter(target -> !target.getKey().equals(source))
                .map(target -> target.getValue().getOrDefault(source, Position.NONE))
                .min(Position::compareTo)
                .orElse(Position.NONE);
    }

    /** What is looked for in one site's log. */
    private record Backlog(Set<RowId> rows, Position everywhere, Set<RowId> waiting) {
        /** In words, what keeps the log from telling. */
        Optional<String> take(LogEntry entry) {
            if (!entry.position().isAfter(everywhere)) {
                return Optional.empty();
            }
            if (entry instanceof LogEntry.Rekeyed) {
                return Optional.of("rows got other ids there, which may not have reached every site; start the engine,"
                        + " and verify again");
            }
            if (!(entry instanceof LogEntry.LocalTransaction transaction)) {
                return Optional.empty();
            }
            for (Change change : transaction.changes()) {
                if (rows.contains(change.key().id())) {
                    waiting.add(change.key().id());
                }
            }
            return transaction.truncated().isEmpty()
                    ? Optional.empty()
                    : Optional.of("a TRUNCATE of " + transaction.truncated() + " waits; start the engine, and verify"
                            + " again");
        }
    }

    private Optional<String> read(Endpoint endpoint, TablesAsOf asOf, Position end, Backlog backlog) {
        try (LogReader log = Wiring.reader(
                endpoint,
                marks -> marks.requireUnchanged(marks.incarnation().recorded(), Known.NOTHING),
                asOf,
                table -> Columns.NONE)) {
            while (true) {
                LogEntry entry = log.next();
                Optional<String> trouble = backlog.take(entry);
                if (trouble.isPresent() || entry.position().isAfter(end)) {
                    return trouble;
                }
            }
        } catch (SQLException | UnreadableLogException | ChangedSiteException e) {
            return Optional.of(Said.by(e));
        }
    }

    /** Rows in conflict that a starting engine writes again at every site. */
    private static Set<RowId> unfinished(Connection connection, Set<RowId> rows) throws SQLException {
        String sql = "SELECT row_id FROM entwine.merged WHERE NOT finished AND row_id = ANY (?)";
        Set<RowId> unfinished = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "text", rows.stream().map(RowId::toString).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    unfinished.add(RowId.parse(row.getString(1)));
                }
            }
        }
        return unfinished;
    }

    private interface Work<T> {
        T at(Connection connection) throws SQLException;
    }

    private <T> T at(Endpoint endpoint, String doing, Work<T> work) throws SiteException {
        Connection connection = connections.get(endpoint.site());
        if (connection == null) {
            throw new IllegalArgumentException("site " + endpoint.site() + " is not connected");
        }
        try {
            return work.at(connection);
        } catch (SQLException e) {
            throw new SiteException(endpoint.site(), doing, e);
        }
    }
}
