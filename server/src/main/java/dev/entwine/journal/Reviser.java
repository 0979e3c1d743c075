package dev.entwine.journal;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Identifiers;
import dev.entwine.db.LogMessages;
import dev.entwine.db.Revisions;
import dev.entwine.journal.Outcome.Done;
import dev.entwine.journal.Outcome.Kind;
import dev.entwine.journal.Outcome.Refused;
import dev.entwine.model.Message;
import dev.entwine.model.Revision;
import dev.entwine.model.SiteId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Revises decisions at one site, in one transaction like any of an application's: rows, the site's own journal, and a message in the log
 * that has the engine bring the revision to the journals of all other sites. All of a selection, or nothing. Owned by one thread.
 */
public final class Reviser {
    /** An application that holds a row longer than this is told of, instead of being waited for. */
    private static final String LOCK_TIMEOUT = "5s";

    private final Connection connection;
    private final SiteId site;
    private final Order order;

    /** @param connection for {@link dev.entwine.db.Sessions.Purpose#CONTROL}, in auto-commit mode, to that site */
    public Reviser(Connection connection, SiteId site, Order order) {
        this.connection = connection;
        this.site = site;
        this.order = order;
    }

    /** One outcome for each id, in their order. With a refusal among them nothing was done for any. */
    public List<Outcome> revise(List<String> ids) throws SQLException {
        connection.setAutoCommit(false);
        try {
            begin();
            List<Outcome> outcomes = each(ids);
            if (outcomes.stream().anyMatch(Refused.class::isInstance)) {
                connection.rollback();
                return outcomes;
            }
            return commit(outcomes);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    /** The application's triggers are to find what they find for the application: the search path is the role's own. */
    private void begin() throws SQLException {
        execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
        execute("SET LOCAL search_path TO DEFAULT");
    }

    /** What is checked at the end of a transaction concerns all of them. */
    private List<Outcome> commit(List<Outcome> outcomes) throws SQLException {
        try {
            connection.commit();
            return outcomes;
        } catch (SQLException e) {
            if (!Refusals.isOfData(e)) {
                throw e;
            }
            List<Outcome> refused = new ArrayList<>();
            outcomes.forEach(outcome -> refused.add(Refusals.byDatabase(outcome.id(), e)));
            return refused;
        }
    }

    /** Without savepoints, so that the rows are the transaction's own; the first that the database refuses ends it. */
    private List<Outcome> each(List<String> ids) throws SQLException {
        List<Outcome> outcomes = new ArrayList<>();
        for (String id : ids) {
            try {
                outcomes.add(reviseOne(id));
            } catch (SQLException e) {
                if (!Refusals.isOfData(e) && !Refusals.isLocked(e)) {
                    throw e;
                }
                outcomes.add(Refusals.isLocked(e) ? Refusals.locked(id, site) : Refusals.byDatabase(id, e));
                ids.subList(outcomes.size(), ids.size()).forEach(left -> outcomes.add(Refusals.notTried(left, id)));
                return outcomes;
            }
        }
        return outcomes;
    }

    private Outcome reviseOne(String id) throws SQLException {
        Optional<JournalEntry> found = Journal.find(connection, id);
        if (found.isEmpty()) {
            return new Refused(
                    id, Kind.WRONG, "no such conflict in the journal of site " + site, "'list' shows the ids");
        }
        JournalEntry entry = found.get();
        Optional<Refused> wrong = Refusals.ofOrder(entry, order);
        if (wrong.isPresent()) {
            return wrong.get();
        }
        if (order.kind() == Revision.Kind.KEEP
                && order.site().filter(entry::wasDecidedFor).isPresent()) {
            String stands = order.site().orElseThrow().name();
            return done(entry, entry.status(), stands, List.of(), "it was decided so already; nothing is done");
        }
        return order.asIs() ? close(entry) : rewrite(entry, wanted(entry));
    }

    private static Done done(JournalEntry entry, String status, String stands, List<String> columns, String what) {
        return new Done(entry.id(), entry.table(), entry.key(), status, stands, columns, what);
    }

    private Outcome close(JournalEntry entry) throws SQLException {
        Optional<Refused> revised = revisedMeanwhile(entry);
        if (revised.isPresent()) {
            return revised.get();
        }
        record(entry, Optional.empty());
        return done(entry, "decided", "", List.of(), "the row is left as it is");
    }

    /** Locks the row, then the entry: in the order in which the engine does. */
    private Outcome rewrite(JournalEntry entry, Version wanted) throws SQLException {
        Optional<LiveTable> live = LiveTable.read(connection, entry.table());
        boolean published = Bookkeeping.published(connection).contains(entry.table());
        Optional<Refused> refused = Refusals.ofTable(entry, wanted, live, published, site);
        if (refused.isPresent()) {
            return refused.get();
        }
        LiveTable table = live.orElseThrow();
        alsoLookIn(table.typeSchemas());
        Optional<LiveTable.Row> row = table.find(connection, entry.key(), LiveTable.Lock.WAIT);
        refused = revisedMeanwhile(entry);
        if (refused.isEmpty()) {
            refused = new MovedOn(connection, site, entry).check(row);
        }
        return refused.isPresent() ? refused.get() : write(entry, table, row, wanted);
    }

    private Optional<Refused> revisedMeanwhile(JournalEntry entry) throws SQLException {
        Optional<JournalEntry> now = Journal.lock(connection, entry.id());
        return now.isPresent() && now.get().revisions().equals(entry.revisions())
                ? Optional.empty()
                : Optional.of(new Refused(
                        entry.id(),
                        Kind.REFUSED,
                        "somebody has revised it at the same time, or it was dropped for its age",
                        "look at it again with 'show'"));
    }

    private Version wanted(JournalEntry entry) {
        if (order.values().isPresent()) {
            ObjectNode image = (ObjectNode) entry.standing().deepCopy();
            image.setAll(order.values().get());
            return new Version("", "", "", 0, "update", entry.standing(), image);
        }
        return order.site()
                .flatMap(name -> entry.version(name.name()))
                .orElseGet(() -> entry.versionsBut(entry.winnerNow()).getFirst());
    }

    /** What a statement did to the row. */
    private record Written(int rows, List<String> columns, String what) {}

    private Outcome write(JournalEntry entry, LiveTable table, Optional<LiveTable.Row> row, Version wanted)
            throws SQLException {
        JsonNode image = wanted.image();
        List<String> changed = row.isPresent() ? differing(row.get(), image) : List.copyOf(image.propertyNames());
        Optional<Refused> fixed = row.isPresent() ? Refusals.ofFixed(entry.id(), table, changed) : Optional.empty();
        if (fixed.isPresent()) {
            return fixed.get();
        }
        Written written = row.isPresent() ? overwrite(entry, table, image, changed) : make(table, image, changed);
        if (written.rows() != 1) {
            return Refusals.notTaken(entry, site);
        }
        record(entry, Optional.of(wanted.site()).filter(name -> !name.isEmpty()).map(SiteId::new));
        String status = order.kind() == Revision.Kind.UNDO ? "undone" : "decided";
        return done(entry, status, wanted.site(), written.columns(), written.what());
    }

    private Written make(LiveTable table, JsonNode image, List<String> columns) throws SQLException {
        return image.isNull()
                ? new Written(1, List.of(), "the row stays deleted")
                : new Written(table.insert(connection, image), columns, "the row is there again");
    }

    private Written overwrite(JournalEntry entry, LiveTable table, JsonNode image, List<String> changed)
            throws SQLException {
        if (image.isNull()) {
            return new Written(table.delete(connection, entry.key()), List.of(), "the row is deleted");
        }
        return changed.isEmpty()
                ? new Written(1, changed, "the row is so already")
                : new Written(
                        table.update(connection, entry.key(), image, changed),
                        changed,
                        "set " + String.join(", ", changed));
    }

    private static List<String> differing(LiveTable.Row row, JsonNode image) {
        List<String> changed = new ArrayList<>();
        for (String column : image.propertyNames()) {
            if (!MovedOn.isSame(row, column, image.path(column))) {
                changed.add(column);
            }
        }
        return changed;
    }

    /** Here, and in the log for all other sites. */
    private void record(JournalEntry entry, Optional<SiteId> stands) throws SQLException {
        Revision revision;
        String sql =
                "SELECT pg_current_xact_id()::xid::text, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            long at = Math.max(row.getLong(2), lastMicros(entry) + 1);
            revision = new Revision(
                    entry.id(), order.kind(), stands, at, site, Long.parseLong(row.getString(1)), order.by());
        }
        Revisions.record(connection, revision);
        LogMessages.emit(connection, new Message.Revised(revision));
    }

    private static long lastMicros(JournalEntry entry) {
        long last = 0;
        for (JsonNode revision : entry.revisions()) {
            Instant at = OffsetDateTime.parse(revision.path("at").asString()).toInstant();
            last = Math.max(last, ChronoUnit.MICROS.between(Instant.EPOCH, at));
        }
        return last;
    }

    private void alsoLookIn(Set<String> schemas) throws SQLException {
        Set<String> names = new TreeSet<>(schemas);
        names.remove("pg_catalog");
        if (!names.isEmpty()) {
            execute("SELECT set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), "
                    + Identifiers.literal(Identifiers.list(names)) + "), true)");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
