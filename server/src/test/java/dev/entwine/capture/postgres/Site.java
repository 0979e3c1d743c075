package dev.entwine.capture.postgres;

import static java.util.Objects.requireNonNull;

import dev.entwine.capture.LogReader;
import dev.entwine.db.Endpoint;
import dev.entwine.db.TablesAsOf;
import dev.entwine.embedded.PostgresServer;
import dev.entwine.model.LogEntry;
import dev.entwine.model.Message;
import dev.entwine.model.Position;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A database of its own on a server, with a publication and a slot. */
final class Site implements AutoCloseable {
    static final SiteId EAST = new SiteId("east");
    private static final String PUBLICATION = "entwine's \"own\"";
    private static final int WAIT_SECONDS_MAX = 20;

    private final PostgresServer server;
    private final String database = "d" + UUID.randomUUID().toString().replace("-", "");
    private final String slot = "s" + database;
    private final Map<TableId, Table> tables = new HashMap<>();

    Site(PostgresServer server) throws SQLException {
        this.server = server;
        server.createDatabase(database);
    }

    void execute(String sql) throws SQLException {
        server.execute(database, sql);
    }

    String value(String sql) throws SQLException {
        return requireNonNull(server.value(database, sql), sql);
    }

    /** The key is made of the first columns. */
    static Table table(String name, int keyColumns, String... columns) {
        List<Integer> key = new ArrayList<>();
        for (int i = 0; i < keyColumns; i++) {
            key.add(i);
        }
        return new Table(new TableId("public", name), Arrays.asList(columns), key);
    }

    /** Creates publication and slot: from here on changes are read. */
    void publish(Table... published) throws SQLException {
        List<String> names =
                Arrays.stream(published).map(table -> table.id().name()).toList();
        Arrays.stream(published).forEach(this::declare);
        execute("CREATE PUBLICATION \"" + PUBLICATION.replace("\"", "\"\"") + "\" FOR TABLE "
                + String.join(", ", names));
        value("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
    }

    void addToPublication(Table table) throws SQLException {
        execute("ALTER PUBLICATION \"" + PUBLICATION.replace("\"", "\"\"") + "\" ADD TABLE "
                + table.id().name());
    }

    void declare(Table table) {
        tables.put(table.id(), table);
    }

    void undeclare(Table table) {
        tables.remove(table.id());
    }

    LogReader reader() throws SQLException {
        return reader(PostgresServer.SUPERUSER, server.port());
    }

    LogReader reader(String user, int port) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
        return PostgresLogReader.open(
                new Endpoint(EAST, url, user, ""), slot, PUBLICATION, new TablesAsOf(tables, Position.NONE, Map.of()));
    }

    /** Everything that is in the log up to now. */
    List<LogEntry> readAll(LogReader reader) throws Exception {
        String token = UUID.randomUUID().toString();
        emit(new Message.Fence(token));
        List<LogEntry> entries = new ArrayList<>();
        while (true) {
            LogEntry entry = next(reader);
            if (entry instanceof LogEntry.Fence fence && fence.token().equals(token)) {
                return entries;
            }
            entries.add(entry);
        }
    }

    /** The only entry there is. */
    <E extends LogEntry> E readOne(LogReader reader, Class<E> kind) throws Exception {
        List<LogEntry> entries = readAll(reader);
        if (entries.size() != 1) {
            throw new AssertionError("expected one entry, but there are " + entries);
        }
        return kind.cast(entries.getFirst());
    }

    static LogEntry next(LogReader reader) throws Exception {
        return within("waiting for the next entry", reader::next);
    }

    static <T> T within(String what, Callable<T> work) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                result.complete(work.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new AssertionError(what + " took more than " + WAIT_SECONDS_MAX + " s", e);
        }
    }

    void emit(Message message) throws SQLException {
        emit(Message.PREFIX, message.toString());
    }

    void emit(String prefix, String text) throws SQLException {
        value("SELECT " + emission(prefix, text));
    }

    static String emission(String prefix, String text) {
        return "pg_logical_emit_message(true, '" + prefix + "', '" + text + "')";
    }

    Position confirmed() throws SQLException {
        return Position.parse(
                value("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + slot + "'"));
    }

    /** Returns when the slot stands exactly there. */
    void awaitConfirmed(Position position) throws Exception {
        within("waiting for " + position + " to be confirmed", () -> {
            while (!confirmed().equals(position)) {
                Thread.sleep(20);
            }
            return position;
        });
    }

    /** Returns when the reader has told the server once more where it is. */
    void awaitSignOfLife() throws Exception {
        String before = ofSender("reply_time");
        within("waiting for a word from the reader after " + before, () -> {
            while (ofSender("reply_time").equals(before)) {
                Thread.sleep(20);
            }
            return before;
        });
    }

    /** How much of the log the server has not been able to send to the reader. */
    long unsentBytes() throws SQLException {
        return Long.parseLong(ofSender("pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)"));
    }

    private String ofSender(String expression) throws SQLException {
        return value("SELECT " + expression + " FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid"
                + " WHERE slot_name = '" + slot + "'");
    }

    String slot() {
        return slot;
    }

    String database() {
        return database;
    }

    PostgresServer server() {
        return server;
    }

    @Override
    public void close() throws SQLException {
        String drop = "DO $$ BEGIN FOR i IN 1..200 LOOP BEGIN"
                + " PERFORM pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '" + slot
                + "'; RETURN; EXCEPTION WHEN object_in_use THEN PERFORM pg_sleep(0.05); END; END LOOP;"
                + " RAISE 'slot % stays in use', '" + slot + "'; END $$";
        server.execute("postgres", drop);
        server.execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
    }
}
